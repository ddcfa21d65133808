"""Charts of binary trees: sums, marginals and the best tree, vectorised.

A tree over `n` words is a set of spans (i, j) between the `n + 1` gaps before,
between and after its words, with 0 <= i < j <= n. Its score is the sum of the
scores of its spans of two words or more. Every function goes over the widths
of spans one after the other, and does all spans of a width, in all sentences
of a batch, at once (Stern et al., 2017; Zhang et al., 2020).
"""

from keras import ops

# The score of what is no span. Finite, so that differences are numbers.
NO_SPAN = -1e9


def real_spans(num_gaps, lengths):
    """Marks the spans that a sentence has.

    Args:
        num_gaps: int or scalar tensor, one more than the longest sentence.
        lengths: int32 `[batch]`, words of each sentence.

    Returns:
        bool `[batch, num_gaps, num_gaps]`.
    """
    gaps = ops.arange(num_gaps, dtype="int32")
    rising = gaps[:, None] < gaps[None, :]
    return ops.logical_and(rising[None], gaps <= lengths[:, None, None])


def inside(scores, lengths):
    """Sums over all binary trees below each span, in log space.

    Args:
        scores: float32 `[batch, gaps, gaps]`, of each span.
        lengths: int32 `[batch]`, words of each sentence.

    Returns:
        float32 `[batch, gaps, gaps]`, the span's own score counted.
    """
    return _bottom_up(scores, lengths, _log_sum, _no_choice)[0]


def log_partition(scores, lengths):
    """The logarithm of the summed exponentials of all trees' scores.

    Its gradient by the scores are the marginals. They come from an outside
    pass rather than from differentiating the inside pass step by step.

    Args:
        scores: float32 `[batch, gaps, gaps]`.
        lengths: int32 `[batch]`.

    Returns:
        float32 `[batch]`; 0 for sentences of one word or none.
    """

    @ops.custom_gradient
    def summed(scores):
        sums = inside(scores, lengths)

        def gradient(*args, upstream=None):
            upstream = args[0] if upstream is None else upstream
            return upstream[:, None, None] * _marginals(scores, sums, lengths)

        return _of_root(sums, lengths), gradient

    return summed(scores)


def marginals(scores, lengths):
    """The probability of each span of two words or more.

    Args:
        scores: float32 `[batch, gaps, gaps]`.
        lengths: int32 `[batch]`.

    Returns:
        float32 `[batch, gaps, gaps]`, 0 for other spans.
    """
    return _marginals(scores, inside(scores, lengths), lengths)


def best_tree(scores, lengths):
    """Finds the tree of the largest summed score, exactly.

    Args:
        scores: float32 `[batch, gaps, gaps]`.
        lengths: int32 `[batch]`.

    Returns:
        The tree's spans, those of single words among them, as bool `[batch,
        gaps, gaps]`.
    """
    _, splits = _bottom_up(scores, lengths, _largest, _choice)
    gaps = ops.arange(ops.shape(scores)[1], dtype="int32")
    root = _is_root(gaps, lengths)
    real = real_spans(ops.shape(scores)[1], lengths)

    def step(width, chosen):
        # (i, k) is chosen if a chosen (i, j) is split at k, and (k, j) alike.
        ends = gaps + width
        left = ops.any(
            ops.logical_and(chosen, ops.equal(splits, ends[None, :, None])),
            axis=2,
        )
        starts = gaps - width
        right = ops.any(
            ops.logical_and(chosen, ops.equal(splits, starts[None, None])),
            axis=1,
        )
        right = ops.take(right, _clipped(ends, gaps), axis=1)
        found = ops.logical_or(left, right)[:, :, None]
        found = ops.logical_and(found, _of_width(gaps, width))
        return width - 1, ops.logical_or(chosen, found)

    start = ops.logical_and(root, real)
    _, chosen = ops.while_loop(
        lambda width, _: width > 0,
        step,
        (ops.shape(gaps)[0] - 2 + ops.zeros((), "int32"), start),
    )
    return ops.logical_and(chosen, real)


def splits_of(tree):
    """Names the spans of two words or more of a tree by where they part.

    Each gap between two words is where exactly one span is parted: from the
    largest span that ends there to the largest that begins there.

    Args:
        tree: bool `[batch, gaps, gaps]`, as of `best_tree`.

    Returns:
        Two int32 `[batch, gaps - 1]`: where the span that is parted after word
        t begins, and where it ends; both 0 after the last word.
    """
    count = ops.shape(tree)[1]
    gaps = ops.arange(count, dtype="int32")
    first = ops.min(ops.where(tree, gaps[None, :, None], count), axis=1)
    last = ops.max(ops.where(tree, gaps[None, None, :], 0), axis=2)
    inner = ops.logical_and(first < count, last > 0)[:, 1:]
    return (
        ops.where(inner, first[:, 1:], 0),
        ops.where(inner, last[:, 1:], 0),
    )


def _bottom_up(scores, lengths, combine, choose):
    """Fills a chart from narrow spans to wide ones.

    Args:
        scores: float32 `[batch, gaps, gaps]`.
        lengths: int32 `[batch]`.
        combine: of the sums of both halves over the places to split,
            `[batch, gaps, gaps]`, makes one value over the last axis.
        choose: of the same makes an int32 choice.

    Returns:
        The chart, and the choices, each `[batch, gaps, gaps]`.
    """
    gaps = ops.arange(ops.shape(scores)[1], dtype="int32")
    real = real_spans(ops.shape(scores)[1], lengths)
    chart = ops.where(ops.logical_and(real, _of_width(gaps, 1)), 0.0, NO_SPAN)
    scores = ops.where(real, scores, NO_SPAN)
    choices = ops.cast(ops.zeros_like(scores), "int32")

    def step(width, chart, choices):
        ends = _clipped(gaps + width, gaps)
        # A span needs a row of the chart and one of its transpose.
        halves = chart + ops.take(ops.swapaxes(chart, 1, 2), ends, axis=1)
        place = ops.logical_and(real, _of_width(gaps, width))
        values = combine(halves)[:, :, None] + scores
        chart = ops.where(place, values, chart)
        choices = ops.where(place, choose(halves), choices)
        return width + 1, chart, choices

    _, chart, choices = ops.while_loop(
        lambda width, *_: width < ops.shape(gaps)[0],
        step,
        (2 + ops.zeros((), "int32"), chart, choices),
    )
    return chart, choices


def _marginals(scores, sums, lengths):
    """The outside pass; `sums` are those of `inside`."""
    gaps = ops.arange(ops.shape(scores)[1], dtype="int32")
    real = real_spans(ops.shape(scores)[1], lengths)
    wide = ops.logical_and(real, gaps[None, :] - gaps[:, None] > 1)
    scores = ops.where(wide, scores, 0.0)
    root = ops.logical_and(_is_root(gaps, lengths), real)
    # Of each span: what is around it, and its own score.
    around = ops.where(root, scores, NO_SPAN)
    sums_turned = ops.swapaxes(sums, 1, 2)

    def step(width, around):
        ends = _clipped(gaps + width, gaps)
        # (i, k) as the left half of (i, j), and as the right half of (h, k).
        left = around + ops.take(sums, ends, axis=1)
        turned = ops.swapaxes(around, 1, 2)
        right = ops.take(turned, ends, axis=1) + sums_turned
        value = _log_sum(ops.concatenate([left, right], axis=2))
        place = ops.logical_and(real, _of_width(gaps, width))
        place = ops.logical_and(place, ops.logical_not(root))
        values = value[:, :, None] + scores
        return width - 1, ops.where(place, values, around)

    _, around = ops.while_loop(
        lambda width, _: width > 1,
        step,
        (ops.shape(gaps)[0] - 2 + ops.zeros((), "int32"), around),
    )
    total = _of_root(sums, lengths)[:, None, None]
    exponents = ops.where(wide, around + sums - scores - total, NO_SPAN)
    return ops.where(wide, ops.exp(exponents), 0.0)


def _of_root(chart, lengths):
    """Reads the span of all words, 0 where there are none."""
    rows = chart[:, 0]
    root = ops.take_along_axis(rows, lengths[:, None], axis=1)[:, 0]
    return ops.where(lengths > 0, root, 0.0)


def _is_root(gaps, lengths):
    """bool `[batch, gaps, gaps]`: the span of all words."""
    first = ops.equal(gaps, 0)[None, :, None]
    return ops.logical_and(
        first, ops.equal(gaps[None, None, :], lengths[:, None, None])
    )


def _of_width(gaps, width):
    """bool `[gaps, gaps]`: the spans of that many words."""
    return ops.equal(gaps[None, :] - gaps[:, None], width)


def _clipped(places, gaps):
    """Keeps places in the chart; what they name beyond it is masked."""
    return ops.clip(places, 0, ops.shape(gaps)[0] - 1)


def _log_sum(values):
    return ops.logsumexp(values, axis=2)


def _largest(values):
    return ops.max(values, axis=2)


def _choice(values):
    return ops.cast(ops.argmax(values, axis=2), "int32")[:, :, None]


def _no_choice(values):
    return ops.zeros_like(values[:, :, :1], dtype="int32")
