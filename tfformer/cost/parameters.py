"""How many weights a model has, by formula."""

from tfformer.config import ModelConfig


def count_parameters(
    model: ModelConfig, source_vocab_size: int, target_vocab_size: int
) -> int:
    """Counts the weights of a `Transformer`, exactly.

    Attention has no biases; feed-forward networks have both of theirs, and
    LayerNorm its gain and bias. Tied embeddings count once.

    Args:
        model: the configuration.
        source_vocab_size: ids of the source, special ones included.
        target_vocab_size: ids of the target; where all embeddings are tied
            it is the same vocabulary.
    """
    return embedding_parameters(
        model, source_vocab_size, target_vocab_size
    ) + model.num_layers * (encoder_layer(model) + decoder_layer(model))


def embedding_parameters(
    model: ModelConfig, source_vocab_size: int, target_vocab_size: int
) -> int:
    """Counts what is outside of the layers: tables, and last norms if any."""
    rows = {
        "all": target_vocab_size,
        "target": source_vocab_size + target_vocab_size,
        "none": source_vocab_size + 2 * target_vocab_size,
    }[model.share_embeddings]
    if model.positions == "learned":
        rows += 2 * model.max_positions
    # Pre-norm has one more norm above each stack.
    norms = 2 if model.normalization == "pre" else 0
    return rows * model.model_dim + norms * _norm(model)


def encoder_layer(model: ModelConfig) -> int:
    """Counts one layer of the encoder: two sub-layers."""
    return attention(model) + feed_forward(model) + 2 * _norm(model)


def decoder_layer(model: ModelConfig) -> int:
    """Counts one layer of the decoder: three sub-layers."""
    return 2 * attention(model) + feed_forward(model) + 3 * _norm(model)


def attention(model: ModelConfig) -> int:
    """Counts the four projections of one multi-head attention."""
    key_dim, value_dim = head_dims(model)
    return 2 * model.model_dim * model.num_heads * (key_dim + value_dim)


def feed_forward(model: ModelConfig) -> int:
    """Counts both matrices and biases of one feed-forward network."""
    return (2 * model.model_dim + 1) * model.ffn_dim + model.model_dim


def head_dims(model: ModelConfig) -> tuple[int, int]:
    """Returns d_k and d_v, which follow from d_model and h if not given."""
    head_dim = model.model_dim // model.num_heads
    return model.key_dim or head_dim, model.value_dim or head_dim


def _norm(model: ModelConfig) -> int:
    return 2 * model.model_dim
