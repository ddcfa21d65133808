"""From ids to ids: a model and a `DecodeConfig` become one search."""

from keras import ops

from tfformer.config import CHART_METHODS, PAD_ID
from tfformer.decoding.beam_search import beam_search
from tfformer.decoding.chart_search import chart_search
from tfformer.decoding.constraint import NO_TEXT
from tfformer.decoding.minimum_risk import minimum_risk
from tfformer.decoding.sampling import greedy_search, sample


def search(
    model,
    inputs,
    config,
    n_best=1,
    seed=None,
    constraint=None,
    static=False,
    utility=None,
):
    """Decodes a batch with the method that `config` names.

    Args:
        model: a `Transformer`, or a `ChartParser` for the methods of charts;
            or an ensemble of either.
        inputs: int32 `[batch, source_length]`, padded with 0.
        config: a `DecodeConfig`.
        n_best: hypotheses wanted for each sentence; at most the beam's size,
            1 unless the method is "beam".
        seed: of sampling: an int, or a `keras.random.SeedGenerator` that gives
            every batch its own draws. None takes the configuration's.
        constraint: bars tokens; see `tfformer.decoding.constraint`.
        static: whether every shape must follow from that of `inputs`, as XLA
            needs it. Caches then have their full length from the start, and
            so have the tokens returned.
        utility: compares hypotheses where `config.rerank` is "mbr"; see
            `minimum_risk`.

    Returns:
        Token ids int32 `[batch, n_best, max_length]`, end id included, padded
        with 0, and scores float32 `[batch, n_best]`, best first, which after
        reranking need not be the highest.
    """
    if config.method in CHART_METHODS:
        return chart_search(model, inputs, config.method)
    width = model.row_width
    max_lengths = maximum_lengths(inputs, config.extra_length, width)
    rows = -(-ops.shape(inputs)[1] // width)
    longest = rows + config.extra_length if static else None
    if config.method == "beam":
        alpha, reranked = config.length_penalty_alpha, config.rerank == "mbr"
        tokens, scores = search_beam(
            model,
            inputs,
            max_lengths,
            config.beam_size,
            alpha,
            config.beam_size if reranked else n_best,
            constraint,
            longest,
        )
        if reranked:
            tokens, scores = minimum_risk(
                tokens, scores, utility, alpha, config.mbr_sharpness, static
            )
            tokens, scores = tokens[:, :n_best], scores[:, :n_best]
        return tokens, scores
    cache = model.init_cache(inputs, max_length=longest)
    if config.method == "greedy":
        return greedy_search(
            model.decode_step, cache, max_lengths, constraint, inputs, longest
        )
    return sample(
        model.decode_step,
        cache,
        max_lengths,
        config.temperature,
        config.top_k,
        config.top_p,
        config.seed if seed is None else seed,
        constraint,
        inputs,
        longest,
    )


def search_beam(
    model,
    inputs,
    max_lengths,
    beam_size,
    alpha,
    n_best,
    constraint=None,
    longest=None,
):
    """Beam search whose size and alpha may be tensors, as an export needs.

    Args:
        model: see `search`.
        inputs: int32 `[batch, source_length]`, padded with 0.
        max_lengths: int32 `[batch]`, tokens that each output may have.
        beam_size: hypotheses kept of each sentence; an int or a scalar tensor.
        alpha: of the length penalty (Wu et al., 2016); likewise.
        n_best: hypotheses returned of each sentence; likewise.
        constraint: what may follow a prefix, such as `TreeConstraint`.
        longest: length of the answer's last axis and of the cache, or None
            for what `max_lengths` asks and a cache that grows.

    Returns:
        Token ids int32 `[batch, n_best, max_length]`, end id included, padded
        with 0, and scores float32 `[batch, n_best]`, best first.
    """
    tokens, scores = beam_search(
        model.decode_step,
        model.init_cache(inputs, beam_size, longest),
        max_lengths,
        beam_size,
        alpha,
        n_best,
        constraint,
        inputs,
        longest,
        # A constraint has its own rules.
        NO_TEXT if constraint is None else (),
    )
    return tokens[:, :n_best], scores[:, :n_best]


def maximum_lengths(inputs, extra_length, row_width=1):
    """Tokens each output may have: those of its input and some more.

    What is nothing but padding, which no text gives, may have none, so that
    no search waits for it.

    Args:
        inputs: int32 `[batch, source_length]`, padded with 0.
        extra_length: how many more.
        row_width: ids that stand for one token together.

    Returns:
        int32 `[batch]`.
    """
    real = ops.cast(ops.not_equal(inputs[:, ::row_width], PAD_ID), "int32")
    real = ops.sum(real, axis=1)
    return ops.where(real > 0, real + extra_length, 0)
