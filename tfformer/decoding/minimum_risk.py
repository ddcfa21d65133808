"""Minimum Bayes risk: of a beam, the hypothesis that the others agree with.

The likeliest sequence need not be the best one. Each hypothesis is held
against all of the beam as if they were references, weighed by what the model
thinks of them, and the one with the highest expected score wins (Kumar and
Byrne, 2004).
"""

import typing
from collections.abc import Callable

from keras import ops

from tfformer.config import PAD_ID
from tfformer.decoding.constraint import IMPOSSIBLE
from tfformer.decoding.length_penalty import length_penalty
from tfformer.decoding.take_rows import take_rows

# Of hypotheses, int32 `[n, length]`, how good each is where another, int32
# `[length]`, is the reference: float32 `[n]`, 0 or more.
Utility: typing.TypeAlias = Callable[[typing.Any, typing.Any], typing.Any]


def minimum_risk(tokens, scores, utility, alpha, sharpness, static=False):
    """Orders the hypotheses of each sentence by their expected utility.

    Args:
        tokens: int32 `[batch, n, length]`, padded with 0.
        scores: float32 `[batch, n]`, log-probabilities over length penalty.
        utility: a `Utility`.
        alpha: of the length penalty.
        sharpness: a hypothesis weighs as its probability to this power; 0
            makes all of them equal.
        static: whether every shape must follow from those of the arguments.

    Returns:
        `tokens` and `scores` in another order, the best first; what is
        impossible stays behind.
    """
    lengths = ops.sum(ops.cast(tokens != PAD_ID, "int32"), axis=-1)
    possible = scores > IMPOSSIBLE / 2
    log_probabilities = scores * length_penalty(lengths, alpha)
    weights = ops.softmax(
        ops.where(possible, sharpness * log_probabilities, IMPOSSIBLE), axis=-1
    )
    compared = tokens
    if not static:
        # Much of it is padding: an output may be longer than its input.
        compared = tokens[:, :, : ops.max(lengths, initial=1)]
    expected = _expected(compared, weights, utility)
    n = ops.shape(tokens)[1]
    _, order = ops.top_k(ops.where(possible, expected, -1.0), n)
    return take_rows(tokens, order), take_rows(scores, order)


def _expected(tokens, weights, utility):
    """The utility of each hypothesis over all as references: `[batch, n]`."""
    # And of a sentence of padding, since TensorFlow cannot stack the results
    # of none.
    tokens = ops.pad(tokens, ((0, 1), (0, 0), (0, 0)))
    shape = ops.shape(tokens)
    batch, n, length = shape[0], shape[1], shape[2]
    references = ops.reshape(tokens, (batch * n, length))
    # A reference at a time (TensorFlow may run ten): all of them together
    # would take `n` times the memory.
    utilities = ops.map(
        lambda pair: utility(*pair), (ops.repeat(tokens, n, axis=0), references)
    )
    utilities = ops.reshape(utilities, (batch, n, n))[:-1]
    return ops.sum(utilities * weights[:, :, None], axis=1)
