"""The self-attention of encoder and decoder: over all, or a neighbourhood."""

from keras import ops

from tfformer.layers.attention import (
    MultiHeadAttention,
    scaled_dot_product_attention,
)
from tfformer.layers.restricted_attention import RestrictedSelfAttention


def self_attention(settings, causal, dtype):
    """Makes the self-attention that the settings of a stack's layer ask for.

    Args:
        settings: those of `EncoderLayer` and `DecoderLayer`.
        causal: whether a position must not see those after it. Attention over
            all positions gets this as a mask instead, when it is called.
        dtype: the policy.

    Returns:
        `MultiHeadAttention`, or `RestrictedSelfAttention` where there is an
        `attention_window`. Their weights have the same names and shapes.
    """
    arguments = {
        "num_heads": settings["num_heads"],
        "model_dim": settings["model_dim"],
        "key_dim": settings["key_dim"],
        "value_dim": settings["value_dim"],
        "dropout_rate": settings["attention_dropout_rate"],
        "initializer_gain": settings["initializer_gain"],
        "dtype": dtype,
        "name": "self_attention",
    }
    window = settings["attention_window"]
    if not window:
        return MultiHeadAttention(**arguments)
    return RestrictedSelfAttention(window=window, causal=causal, **arguments)


def attend_to_itself(attention, x, mask, training):
    """Calls what `self_attention` made and returns its output only.

    Args:
        attention: the layer.
        x: `[batch, length, model_dim]`.
        mask: bool, as the layer takes it.
        training: whether dropout acts.
    """
    if isinstance(attention, RestrictedSelfAttention):
        return attention(x, attention_mask=mask, training=training)
    return attention(x, x, attention_mask=mask, training=training)[0]


def self_attention_weights(layer, x, mask):
    """What each position attends to, for people to look at.

    Costs work and memory by the square of the length, also where the layer
    itself does not.

    Args:
        layer: of a stack, such as an `EncoderLayer`.
        x: `[batch, length, model_dim]`, what the layer gets.
        mask: bool, the layer's mask of self-attention.

    Returns:
        float32 `[batch, num_heads, length, length]`.
    """
    attention = layer.self_attention
    x = layer.self_attention_residual.before(x)
    if isinstance(attention, RestrictedSelfAttention):
        within = attention.in_reach(ops.shape(x)[1])
        mask = within if mask is None else ops.logical_and(mask, within)
    queries, keys, values = attention.project_all(x)
    return scaled_dot_product_attention(queries, keys, values, mask)[1]
