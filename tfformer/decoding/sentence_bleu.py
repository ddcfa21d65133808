"""BLEU between hypotheses of one sentence: the utility of translation."""

from keras import ops

from tfformer.config import PAD_ID
from tfformer.decoding.overlap import overlap

_ORDER = 4


def sentence_bleu(tokens, reference):
    """Scores hypotheses against one, over tokens of the vocabulary.

    Smoothed as by Lin and Och (2004): one is added to matches and totals of
    n-grams beyond the first order.

    Args:
        tokens: int32 `[n, length]`, padded with 0.
        reference: int32 `[length]`, padded with 0.

    Returns:
        float32 `[n]`: BLEU in [0, 1].
    """
    lengths, wanted = _length(tokens), _length(reference)
    grams, others = _shifted(tokens), _shifted(reference)
    product = 1.0
    for n in range(1, _ORDER + 1):
        matches = overlap(
            ops.stack(grams[:n], axis=-1),
            grams[n - 1] != PAD_ID,
            ops.stack(others[:n], axis=-1),
            others[n - 1] != PAD_ID,
        )
        more = float(n > 1)
        totals = ops.maximum(lengths - (n - 1), 0.0) + more
        product *= (matches + more) / ops.maximum(totals, 1.0)
    ratio = wanted / ops.maximum(lengths, 1.0)
    brevity = ops.exp(ops.minimum(1.0 - ratio, 0.0))
    return ops.power(product, 1 / _ORDER) * brevity


def _length(tokens):
    return ops.sum(ops.cast(tokens != PAD_ID, "float32"), axis=-1)


def _shifted(tokens):
    """The tokens, those one further, and so on: n-grams side by side."""
    length = ops.shape(tokens)[-1]
    axes = [(0, 0)] * (len(tokens.shape) - 1)
    padded = ops.pad(tokens, (*axes, (0, _ORDER - 1)))
    return [padded[..., n : n + length] for n in range(_ORDER)]
