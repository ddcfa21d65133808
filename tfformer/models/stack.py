"""The layers that encoders and decoders are stacks of."""


def stack_layer(kind, settings, dtype, name):
    """Makes one.

    Args:
        kind: `EncoderLayer` or `DecoderLayer`.
        settings: the fields of `tfformer.config.ModelConfig` that describe a
            layer, as a dictionary.
        dtype: the policy.
        name: of the layer.

    Returns:
        The layer, not built yet.
    """
    head_dim = settings["model_dim"] // settings["num_heads"]
    return kind(
        model_dim=settings["model_dim"],
        ffn_dim=settings["ffn_dim"],
        num_heads=settings["num_heads"],
        key_dim=settings["key_dim"] or head_dim,
        value_dim=settings["value_dim"] or head_dim,
        dropout_rate=settings["dropout_rate"],
        attention_dropout_rate=settings["attention_dropout_rate"],
        ffn_dropout_rate=settings["ffn_dropout_rate"],
        normalization=settings["normalization"],
        attention_window=settings["attention_window"],
        initializer_gain=settings["initializer_gain"],
        dtype=dtype,
        name=name,
    )
