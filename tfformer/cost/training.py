"""What training takes: operations counted, memory and time estimated."""

import typing

from tfformer.config import ExperimentConfig, ModelConfig
from tfformer.cost.parameters import count_parameters, head_dims

# Of an activation, by policy.
_BYTES = {"float32": 4, "mixed_bfloat16": 2, "bfloat16": 2}


class Tokens(typing.NamedTuple):
    """What one update reads.

    Attributes:
        batch: tokens of each side of the batch, padding counted.
        length: tokens of a sentence, the same on both sides.
    """

    batch: int
    length: int


def training_flops(
    config: ExperimentConfig, target_vocab_size: int, tokens: Tokens
) -> float:
    """Counts the operations of the matrix products of a whole training.

    A multiply-add is two operations, and the gradient takes twice what the
    forward pass takes: 6 operations for each weight of a product and each
    token that passes through it, and as many for each pair of tokens in an
    attention. Everything else (softmax, LayerNorm, Adam) is left out; with
    `train.recompute`, layers compute their forward pass twice.

    Args:
        config: the experiment.
        target_vocab_size: ids of the target.
        tokens: what an update reads.
    """
    model = config.model
    layers = model.num_layers * _layer_multiply_adds(model, tokens.length)
    projection = model.model_dim * target_vocab_size
    passes = 4 if config.train.recompute else 3
    step = 2 * tokens.batch * (passes * layers + 3 * projection)
    # R-Drop reads every sentence twice.
    step *= 2 if config.train.r_drop else 1
    teachers = len(config.train.teacher_paths)
    step += 2 * tokens.batch * teachers * (layers + projection)
    return float(config.train.steps) * step


def _layer_multiply_adds(model: ModelConfig, length: int) -> int:
    """Of an encoder and a decoder layer, a token of each side."""
    key_dim, value_dim = head_dims(model)
    joined = model.num_heads * (key_dim + value_dim)
    # What a mask hides is computed all the same.
    pairs = sum(_keys_of_a_query(model, length)) * joined
    attentions = 3 * 2 * model.model_dim * joined + pairs
    return attentions + 2 * 2 * model.model_dim * model.ffn_dim


def _keys_of_a_query(model: ModelConfig, length: int) -> tuple[int, int, int]:
    """In the encoder, in the decoder, and between them."""
    if not model.attention_window:
        return length, length, length
    # Here, since it imports Keras.
    from tfformer.layers.restricted_attention import keys_of_a_query

    window = model.attention_window
    return (
        keys_of_a_query(length, window, causal=False),
        keys_of_a_query(length, window, causal=True),
        length,
    )


class Memory(typing.NamedTuple):
    """Bytes on each device.

    Attributes:
        weights: exact.
        gradients: exact; all of them are held at once.
        moments: exact; Adam's two for each weight.
        average: exact; the moving average of the weights in float32, where
            `train.ema_decay` asks for one.
        activations: an ESTIMATE of what is kept for the gradient, without
            what the framework needs for itself; of `train.teachers`, which
            are taken for models of this size, their weights and predictions
            are counted here.
    """

    weights: int
    gradients: int
    moments: int
    average: int
    activations: int


def training_memory(
    config: ExperimentConfig,
    source_vocab_size: int,
    target_vocab_size: int,
    tokens: Tokens,
    devices: int,
) -> Memory:
    """Tells what memory each of some devices needs; all hold all weights.

    Args:
        config: the experiment.
        source_vocab_size: ids of the source.
        target_vocab_size: ids of the target.
        tokens: what an update reads, on all devices together.
        devices: how many share a batch.
    """
    parameters = count_parameters(
        config.model, source_vocab_size, target_vocab_size
    )
    # Weights that are float32 while products are bfloat16 are "mixed".
    of_weights = 2 if config.model.dtype == "bfloat16" else 4
    weights = of_weights * parameters
    copies = 2 if config.train.r_drop else 1
    share = -(-tokens.batch // (devices * config.train.accumulate_steps))
    return Memory(
        weights,
        weights,
        2 * weights,
        # Float32 whatever the weights are.
        4 * parameters if config.train.ema_decay else 0,
        copies
        * share
        * _bytes_of_a_token(config, target_vocab_size, tokens.length)
        + _bytes_of_teachers(config, weights, share * target_vocab_size),
    )


def _bytes_of_teachers(
    config: ExperimentConfig, weights: int, predictions: int
) -> int:
    """An estimate: their weights, and their probabilities, twice."""
    teachers = len(config.train.teacher_paths)
    return teachers * weights + (2 * 4 * predictions if teachers else 0)


def _bytes_of_a_token(
    config: ExperimentConfig, target_vocab_size: int, length: int
) -> int:
    """An estimate: one source and one target token's activations."""
    model = config.model
    key_dim, value_dim = head_dims(model)
    # Of an attention: queries, keys, values, joined values, weights before and
    # after the softmax; of a sub-layer: its output, its sum and its norm.
    attentions = model.num_heads * (
        3 * (2 * key_dim + 2 * value_dim)
        + 2 * sum(_keys_of_a_query(model, length))
    )
    layers = attentions + 2 * model.ffn_dim + 5 * 3 * model.model_dim
    layers *= model.num_layers
    if config.train.recompute:
        # What enters each layer, and one pair of layers at a time.
        layers = layers // model.num_layers + (
            2 * model.num_layers * model.model_dim
        )
    # Logits and their softmax stay float32.
    return _BYTES[model.dtype] * layers + 2 * 4 * target_vocab_size
