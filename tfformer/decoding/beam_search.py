"""Beam search, a pure function over a cache and a step function.

It knows nothing of models: `step_function(tokens, step, cache)` scores the
next token, as `Transformer.decode_step` does. Written in `keras.ops`, it runs
eagerly, in a graph that is exported, and on other backends.
"""

import typing

import keras
from keras import ops

from tfformer.config import BOS_ID, EOS_ID, PAD_ID
from tfformer.decoding.constraint import IMPOSSIBLE, Unconstrained
from tfformer.decoding.length_penalty import length_penalty
from tfformer.decoding.normaliser import log_normaliser
from tfformer.decoding.take_rows import take_rows
from tfformer.decoding.top_k import top_k, top_k_of_beams


class BeamState(typing.NamedTuple):
    """What one step of the search hands to the next.

    Attributes:
        step: int32 `[]`, tokens chosen so far.
        live_tokens: int32 `[batch, beam, max_length]`, hypotheses without end.
        live_scores: float32 `[batch, beam]`, their log-probabilities.
        finished_tokens: int32 `[batch, beam, max_length]`, ended hypotheses.
        finished_scores: float32 `[batch, beam]`, their log-probabilities over
            the length penalty, best first; `IMPOSSIBLE` where there is none.
        cache: pytree of `[batch, beam, ...]`, in the order of `live_tokens`.
        kept: pytree of the rest of the cache, in no order.
        constraint: the constraint's state, in the same order.
    """

    step: typing.Any
    live_tokens: typing.Any
    live_scores: typing.Any
    finished_tokens: typing.Any
    finished_scores: typing.Any
    cache: typing.Any
    kept: typing.Any
    constraint: typing.Any


def beam_search(
    step_function,
    cache,
    max_lengths,
    beam_size=4,
    alpha=0.6,
    n_best=1,
    constraint=None,
    inputs=None,
    longest=None,
    barred=(),
):
    """Finds the likeliest sequences, each ended by the end id.

    Every hypothesis that reaches its maximum length ends there: its last token
    is the end id, at that id's own probability. So the search space is all
    sequences of 1 to `max_length` tokens with one end id, at the end. A
    sentence is done when none of its live beams can still win: a live
    log-probability over the largest penalty, which bounds what it may become,
    is no better than the `n_best`-th finished score.

    Args:
        step_function: `(tokens [batch, beam], step [], cache)` to `(logits
            float32 [batch, beam, vocabulary], cache)`.
        cache: a dictionary of three pytrees: "beams", of tensors `[batch,
            beam, ...]`, which are reordered with their hypotheses, "kept",
            which the step function changes and the search leaves alone, and
            "shared", which never changes.
        max_lengths: int32 `[batch]`, largest number of tokens per sentence,
            end id counted, at least 1.
        beam_size: live hypotheses per sentence; an int or a scalar tensor.
        alpha: of the length penalty; a float or a scalar tensor.
        n_best: hypotheses that must be right, at most `beam_size`; a search
            for one may stop earlier.
        constraint: bars tokens; see `tfformer.decoding.constraint`.
        inputs: int32 `[batch, source_length]`, what the constraint looks at.
        longest: length of the answer's last axis, at least the largest of
            `max_lengths`, which it is by default. A compiler with static
            shapes (XLA) needs one that no value of a tensor decides.
        barred: ids that no sequence has, few and known beforehand.

    Returns:
        Token ids int32 `[batch, beam, max_length]`, end id included and padded
        with 0, and scores float32 `[batch, beam]`: log-probability over length
        penalty, best first. A row without a hypothesis has no tokens and the
        score `IMPOSSIBLE`.
    """
    shared = cache["shared"]
    constraint = constraint or Unconstrained()
    source = constraint.read(inputs)
    last = ops.max(max_lengths, initial=1)
    longest = last if longest is None else longest
    final_penalty = length_penalty(max_lengths, alpha)

    def unfinished(*state):
        state = BeamState(*state)
        # Where alpha is below 0, the shortest has the largest penalty.
        largest_penalty = ops.maximum(
            final_penalty, length_penalty(state.step + 1, alpha)
        )
        bound = ops.max(state.live_scores, axis=1) / largest_penalty
        worst = state.finished_scores[:, n_best - 1]
        can_win = ops.logical_and(
            bound > worst, state.step < ops.cast(max_lengths, "int32")
        )
        return ops.logical_and(state.step < last, ops.any(can_win))

    def advance(*state):
        state = BeamState(*state)
        logits, new_cache = step_function(
            _newest_tokens(state),
            state.step,
            {"beams": state.cache, "kept": state.kept, "shared": shared},
        )
        must_end = state.step + 1 >= max_lengths
        beams, tokens, scores = _best_extensions(
            logits,
            state.live_scores,
            must_end,
            constraint.allowed(source, state.constraint),
            beam_size,
            barred,
        )
        state = state._replace(cache=new_cache["beams"], kept=new_cache["kept"])
        return _next_state(
            state, constraint, beams, tokens, scores, beam_size, alpha
        )

    state = _first_state(
        cache,
        constraint.first_state(source, max_lengths, beam_size),
        max_lengths,
        longest,
        beam_size,
    )
    state = BeamState(*ops.while_loop(unfinished, advance, tuple(state)))
    return state.finished_tokens, state.finished_scores


def _first_state(cache, constraint_state, max_lengths, longest, beam_size):
    """One live hypothesis per sentence, empty; the other beams impossible."""
    batch = ops.shape(max_lengths)[0]
    first = ops.arange(beam_size) == 0
    live = ops.where(first, 0.0, IMPOSSIBLE)
    blank = ops.full((batch, beam_size, longest), PAD_ID, dtype="int32")
    nothing = ops.full((batch, beam_size), IMPOSSIBLE, dtype="float32")
    return BeamState(
        step=ops.convert_to_tensor(0, "int32"),
        live_tokens=blank,
        live_scores=ops.zeros((batch, beam_size), "float32") + live,
        finished_tokens=blank,
        finished_scores=nothing,
        cache=cache["beams"],
        kept=cache["kept"],
        constraint=constraint_state,
    )


def _newest_tokens(state):
    """The token before `step` of every live beam: `[batch, beam]`."""
    previous = ops.maximum(state.step - 1, 0)
    newest = ops.take(state.live_tokens, previous, axis=2)
    return ops.where(state.step == 0, BOS_ID, newest)


def _best_extensions(logits, live_scores, must_end, allowed, beam_size, barred):
    """The 2 x beam best continuations of all beams of each sentence.

    Twice the beam, so that `beam_size` live ones remain even if every beam's
    end is among them.

    Returns:
        The beam each extends, its token and its log-probability, all `[batch,
        2 * beam]`; where a sentence must end, in no order.
    """
    # The normaliser is the same for all tokens of a beam, and joins its score.
    gained = live_scores - log_normaliser(logits, top_k(logits, 1)[1])[..., 0]
    possible = logits
    if allowed is not None:
        # Below any score that can be had, but finite, so that sums stay so.
        possible = ops.where(allowed, logits, IMPOSSIBLE)
    scores, beams, tokens = top_k_of_beams(
        possible, gained, 2 * beam_size, barred
    )
    ends = possible[..., EOS_ID] + gained
    must_end = must_end[:, None]
    return (
        ops.where(
            must_end, ops.tile(ops.arange(beam_size, dtype="int32"), 2), beams
        ),
        ops.where(must_end, EOS_ID, tokens),
        ops.where(
            must_end,
            ops.concatenate([ends, ops.full_like(ends, IMPOSSIBLE)], axis=1),
            scores,
        ),
    )


def _next_state(state, constraint, beams, tokens, scores, beam_size, alpha):
    """Divides extensions into the live and the finished."""
    ended = tokens == EOS_ID
    extended = _write(take_rows(state.live_tokens, beams), state.step, tokens)
    live_scores, kept = ops.top_k(
        ops.where(ended, IMPOSSIBLE, scores), beam_size
    )
    new_scores = scores / length_penalty(state.step + 1, alpha)
    # An impossible score stays so, whatever it is divided by.
    possible = ops.logical_and(ended, scores > IMPOSSIBLE / 2)
    pool_scores = ops.concatenate(
        [state.finished_scores, ops.where(possible, new_scores, IMPOSSIBLE)],
        axis=1,
    )
    pool_tokens = ops.concatenate(
        [
            state.finished_tokens,
            ops.where(possible[:, :, None], extended, PAD_ID),
        ],
        axis=1,
    )
    finished_scores, best = ops.top_k(pool_scores, beam_size)
    origin = take_rows(beams, kept)

    def of_origin(tree):
        return keras.tree.map_structure(
            lambda tensor: take_rows(tensor, origin), tree
        )

    return BeamState(
        step=state.step + 1,
        live_tokens=take_rows(extended, kept),
        live_scores=live_scores,
        finished_tokens=take_rows(pool_tokens, best),
        finished_scores=finished_scores,
        cache=of_origin(state.cache),
        kept=state.kept,
        constraint=constraint.advance(
            of_origin(state.constraint), take_rows(tokens, kept)
        ),
    )


def _write(sequences, step, tokens):
    """Puts `tokens` `[batch, n]` at place `step` of `[batch, n, length]`."""
    here = ops.arange(ops.shape(sequences)[2]) == step
    return ops.where(here, tokens[:, :, None], sequences)
