"""The tree of each sentence, from a chart parser's scores."""

from keras import ops

from tfformer.decoding.chart import (
    best_tree,
    log_partition,
    marginals,
    splits_of,
)
from tfformer.decoding.constraint import IMPOSSIBLE


def chart_search(model, inputs, method):
    """Parses a batch.

    The best tree over unlabelled spans is found first, and the label of each
    of its spans after that (Zhang et al., 2020).

    Args:
        model: a `ChartParser`.
        inputs: int32 `[batch, length]`, padded with 0.
        method: "mbr" for the tree with the most expected spans (Goodman,
            1996), "cky" for the likeliest.

    Returns:
        Trees int32 `[batch, 1, words * 5]` as ids of
        `tfformer.data.chart_vocabulary`, and their log-probabilities float32
        `[batch, 1]`; impossible where the scores are no numbers.
    """
    reading = model.read(inputs)
    scores, lengths = reading.spans, reading.lengths
    wanted = marginals(scores, lengths) if method == "mbr" else scores
    begins, ends = splits_of(best_tree(wanted, lengths))
    labels, label_scores = _best(model.label(reading.gaps, begins, ends))
    words = ops.arange(ops.shape(begins)[1], dtype="int32")
    real = words[None, :] < lengths[:, None]
    alone = ops.where(real, words[None, :], 0)
    leaves, leaf_scores = _best(
        model.label(reading.gaps, alone, ops.where(real, alone + 1, 0))
    )
    tags, _ = _best(reading.tags)
    fields = ops.stack(
        [
            _numbered(tags, real),
            _numbered(leaves, real),
            *(_numbered(field, ends > 0) for field in (begins, ends, labels)),
        ],
        axis=-1,
    )
    score = (
        tree_scores(scores, begins, ends)
        - log_partition(scores, lengths)
        + ops.sum(ops.where(ends > 0, label_scores, 0.0), axis=1)
        + ops.sum(ops.where(real, leaf_scores, 0.0), axis=1)
    )
    # Neither too small nor no number.
    sound = score > IMPOSSIBLE / 2
    score = ops.where(sound, score, IMPOSSIBLE)
    flat = ops.reshape(fields, (ops.shape(fields)[0], 1, -1))
    return flat, score[:, None]


def tree_scores(scores, begins, ends):
    """Sums the scores of trees.

    Args:
        scores: float32 `[batch, gaps, gaps]`.
        begins: int32 `[batch, spans]`.
        ends: int32 `[batch, spans]`, 0 where there is no span.

    Returns:
        float32 `[batch]`.
    """
    batch, gaps = ops.shape(scores)[0], ops.shape(scores)[1]
    # Not `ops.take_along_axis`, which fails where there is no span at all.
    rows = ops.arange(batch, dtype="int32")[:, None] * gaps + begins
    chosen = ops.take(ops.reshape(scores, (-1,)), rows * gaps + ends, axis=0)
    return ops.sum(ops.where(ends > 0, chosen, 0.0), axis=1)


def _best(logits):
    """The best index, and its log-probability."""
    best = ops.cast(ops.argmax(logits, axis=-1), "int32")
    score = ops.max(logits, axis=-1) - ops.logsumexp(logits, axis=-1)
    return best, score


def _numbered(values, real):
    """Counts from 1, with 0 for what is not there."""
    return ops.where(real, values + 1, 0)
