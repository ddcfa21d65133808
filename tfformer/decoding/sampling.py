"""Greedy search and sampling: one hypothesis, one token at a time."""

import typing

import keras
import numpy as np
from keras import ops

from tfformer.config import BOS_ID, EOS_ID, PAD_ID
from tfformer.decoding.constraint import IMPOSSIBLE, NO_TEXT, Unconstrained
from tfformer.decoding.normaliser import log_normaliser
from tfformer.decoding.top_k import top_k


class SequenceState(typing.NamedTuple):
    """What one step hands to the next.

    Attributes:
        step: int32 `[]`, tokens chosen so far.
        newest: int32 `[batch, 1]`, the last token of each sequence.
        tokens: int32 `[batch, max_length]`, padded with 0.
        scores: float32 `[batch]`, log-probability of each sequence.
        done: bool `[batch]`, whether it has ended.
        cache: what of the model's cache changes.
        constraint: the constraint's state.
    """

    step: typing.Any
    newest: typing.Any
    tokens: typing.Any
    scores: typing.Any
    done: typing.Any
    cache: typing.Any
    constraint: typing.Any


def greedy_search(
    step_function,
    cache,
    max_lengths,
    constraint=None,
    inputs=None,
    longest=None,
):
    """Takes the likeliest token at each step.

    Padding, the beginning and the unknown id are never taken, unless a
    constraint is given, which has its own rules.

    Args:
        step_function: as of `beam_search`, with a beam of 1.
        cache: as of `beam_search`, with a beam of 1.
        max_lengths: int32 `[batch]`, largest number of tokens, end id counted.
        constraint: as of `beam_search`.
        inputs: as of `beam_search`.
        longest: as of `beam_search`.

    Returns:
        Token ids int32 `[batch, 1, max_length]`, end id included and padded
        with 0, and log-probabilities float32 `[batch, 1]`.
    """
    return _decode(
        step_function,
        cache,
        max_lengths,
        _likeliest_text if constraint is None else _likeliest,
        constraint or Unconstrained(),
        inputs,
        longest,
    )


def sample(
    step_function,
    cache,
    max_lengths,
    temperature=1.0,
    top_k=0,
    top_p=1.0,
    seed=0,
    constraint=None,
    inputs=None,
    longest=None,
):
    """Draws each token from the model's distribution, perhaps cut short.

    Padding, the beginning and the unknown id are never drawn.

    Args:
        step_function: as of `beam_search`, with a beam of 1.
        cache: as of `beam_search`, with a beam of 1.
        max_lengths: int32 `[batch]`, largest number of tokens, end id counted.
        temperature: divides the logits; below 1 sharpens, above 1 flattens.
        top_k: draw from the k likeliest tokens only; 0 means all.
        top_p: draw from the smallest set of likeliest tokens that holds this
            much probability (nucleus sampling, Holtzman et al., 2020).
        seed: an int, by which the same batch gives the same sequences, or a
            `keras.random.SeedGenerator`, which moves on with every call.
        constraint: as of `beam_search`.
        inputs: as of `beam_search`.
        longest: as of `beam_search`.

    Returns:
        As `greedy_search`; the scores are log-probabilities under the model
        itself, before temperature and cuts.
    """
    if longest is None:
        longest = ops.max(max_lengths, initial=1)
    shape = (ops.shape(max_lengths)[0], longest)
    # Drawn before the loop: a draw inside one would need a changing seed.
    uniform = keras.random.uniform(shape, seed=seed)

    def choose(logits, state):
        token = sample_token(
            bar_special(logits / temperature),
            ops.take(uniform, state.step, axis=1),
            top_k,
            top_p,
        )
        return token, None

    return _decode(
        step_function,
        cache,
        max_lengths,
        choose,
        constraint or Unconstrained(),
        inputs,
        longest,
    )


def bar_special(logits):
    """Bars the ids that no text has, to which label smoothing gives a share."""
    return ops.where(_special(logits.shape[-1]), IMPOSSIBLE, logits)


def _special(vocabulary):
    return np.isin(np.arange(vocabulary), NO_TEXT)


def _likeliest(logits, state):
    token = top_k(logits, 1)[1][:, 0]
    return token, token


def _likeliest_text(logits, state):
    """The likeliest of the ids that a text has, and of all.

    They hardly ever differ, so the second look is taken only where they do.
    """
    token, _ = _likeliest(logits, state)
    barred = ops.take(_special(logits.shape[-1]), token)
    again = ops.any(ops.logical_and(barred, ops.logical_not(state.done)))
    chosen = ops.cond(
        again,
        lambda: _likeliest(bar_special(logits), state)[0],
        lambda: token,
    )
    return chosen, token


def sample_token(logits, uniform, top_k=0, top_p=1.0):
    """Draws one token by inverting the cumulative distribution.

    Args:
        logits: float32 `[batch, vocabulary]`.
        uniform: float32 `[batch]`, in [0, 1).
        top_k: see `sample`.
        top_p: see `sample`.

    Returns:
        int32 `[batch]`.
    """
    vocabulary = logits.shape[-1]
    values, tokens = ops.top_k(logits, min(top_k or vocabulary, vocabulary))
    probabilities = ops.softmax(values, axis=-1)
    before = ops.cumsum(probabilities, axis=-1) - probabilities
    # The likeliest token is always kept: nothing comes before it.
    kept = ops.where(before < top_p, probabilities, 0.0)
    cumulative = ops.cumsum(kept, axis=-1)
    threshold = uniform[:, None] * cumulative[:, -1:]
    place = ops.sum(ops.cast(cumulative <= threshold, "int32"), axis=-1)
    # Rounding may lead one past the last kept token; step back onto it.
    last = ops.sum(ops.cast(kept > 0, "int32"), axis=-1) - 1
    place = ops.minimum(place, last)[:, None]
    return ops.cast(ops.take_along_axis(tokens, place, axis=1)[:, 0], "int32")


def _decode(
    step_function,
    cache,
    max_lengths,
    choose,
    constraint,
    inputs,
    longest,
):
    """Runs `choose(logits [batch, vocabulary], state)` until all have ended.

    It gives the token of each row, and the largest of all, from which a
    normaliser can be had, or None where it did not look for that.
    """
    shared = cache["shared"]
    last = ops.max(max_lengths, initial=1)
    longest = last if longest is None else longest
    batch = ops.shape(max_lengths)[0]
    source = constraint.read(inputs)

    def unfinished(*state):
        state = SequenceState(*state)
        return ops.logical_and(
            state.step < last, ops.logical_not(ops.all(state.done))
        )

    def advance(*state):
        state = SequenceState(*state)
        logits, new_cache = step_function(
            state.newest, state.step, {**state.cache, "shared": shared}
        )
        logits = logits[:, 0]
        allowed = constraint.allowed(source, state.constraint)
        possible = (
            logits
            if allowed is None
            else ops.where(allowed[:, 0], logits, IMPOSSIBLE)
        )
        chosen, likeliest = choose(possible, state)
        must_end = state.step + 1 >= max_lengths
        tokens = ops.where(must_end, EOS_ID, chosen)
        known = likeliest is not None and allowed is None
        largest = likeliest[:, None] if known else None
        gained = ops.take_along_axis(
            logits, tokens[:, None], axis=1
        ) - log_normaliser(logits, largest)
        tokens = ops.where(state.done, PAD_ID, tokens)
        here = ops.arange(longest) == state.step
        return SequenceState(
            step=state.step + 1,
            newest=tokens[:, None],
            tokens=ops.where(here, tokens[:, None], state.tokens),
            scores=state.scores + ops.where(state.done, 0.0, gained[:, 0]),
            done=ops.logical_or(state.done, tokens == EOS_ID),
            cache=_changing(new_cache),
            constraint=constraint.advance(state.constraint, tokens[:, None]),
        )

    first = SequenceState(
        step=ops.convert_to_tensor(0, "int32"),
        newest=ops.full((batch, 1), BOS_ID, dtype="int32"),
        tokens=ops.full((batch, longest), PAD_ID, dtype="int32"),
        scores=ops.zeros((batch,), "float32"),
        done=ops.zeros((batch,), "bool"),
        cache=_changing(cache),
        constraint=constraint.first_state(source, max_lengths, 1),
    )
    state = SequenceState(*ops.while_loop(unfinished, advance, tuple(first)))
    # Neither too small nor no number.
    scores = ops.where(state.scores > IMPOSSIBLE / 2, state.scores, IMPOSSIBLE)
    return state.tokens[:, None], scores[:, None]


def _changing(cache):
    return {name: cache[name] for name in ("beams", "kept")}
