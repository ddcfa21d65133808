import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.decoding.toy import ToyModel
from tfformer.config import EOS_ID
from tfformer.decoding.beam_search import beam_search
from tfformer.decoding.constraint import IMPOSSIBLE, NO_TEXT
from tfformer.decoding.length_penalty import length_penalty
from tfformer.decoding.sampling import greedy_search

# More beams than there are prefixes: nothing is ever pruned.
WIDE = 64


def strip(tokens):
    return tuple(int(t) for t in tokens if t)


@settings(max_examples=12)
@given(
    seed=st.integers(0, 10_000),
    alpha=st.sampled_from([-2.0, -1.0, 0.0, 0.6, 1.0, 2.0]),
    lengths=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    n_best=st.integers(1, 4),
    barred=st.sampled_from([(), (0, 1), (0, 1, 3)]),
)
def test_a_wide_beam_equals_brute_force(seed, alpha, lengths, n_best, barred):
    model = ToyModel(len(lengths), max(lengths), seed)
    # Token 0 is padding; the toy may emit it, which only hides it from strip.
    tokens, scores = beam_search(
        model.step,
        model.cache(WIDE),
        np.array(lengths, "int32"),
        WIDE,
        alpha,
        n_best,
        barred=barred,
    )
    for sentence, length in enumerate(lengths):
        wanted = [
            (score, sequence)
            for score, sequence in model.all_scored(sentence, length, alpha)
            if not set(sequence) & set(barred)
        ]
        for place, (score, sequence) in enumerate(wanted[:n_best]):
            assert float(scores[sentence, place]) == pytest.approx(
                score, abs=1e-4
            )
            got = tuple(np.array(tokens)[sentence, place][: len(sequence)])
            assert got == sequence


@settings(max_examples=12)
@given(
    seed=st.integers(0, 10_000),
    beam=st.integers(1, 4),
    alpha=st.sampled_from([0.0, 0.6]),
)
def test_scores_are_those_of_the_sequences(seed, beam, alpha):
    lengths = np.array([6, 3], "int32")
    model = ToyModel(2, 6, seed)
    tokens, scores = map(
        np.array,
        beam_search(model.step, model.cache(beam), lengths, beam, alpha, beam),
    )
    assert (np.diff(scores, axis=1) <= 0).all()
    for sentence in range(2):
        seen = set()
        for row, score in zip(tokens[sentence], scores[sentence], strict=True):
            if score <= IMPOSSIBLE / 2:
                continue
            ends = np.flatnonzero(row == EOS_ID)
            assert len(ends) == 1 and ends[0] < lengths[sentence]
            sequence = tuple(row[: ends[0] + 1])
            assert sequence not in seen
            seen.add(sequence)
            want = model.log_probability(sentence, sequence)
            want /= ((5 + len(sequence)) / 6) ** alpha
            assert score == pytest.approx(want, abs=1e-4)


@pytest.mark.parametrize("seed", range(5))
def test_greedy_search_takes_the_likeliest_id_of_a_text(seed):
    lengths = np.array([5, 4, 2], "int32")
    model = ToyModel(3, 5, seed)
    tokens, scores = greedy_search(model.step, model.cache(1), lengths)
    for sentence in range(3):
        row = np.array(tokens)[sentence, 0]
        sequence = tuple(row[: np.flatnonzero(row == EOS_ID)[0] + 1])
        want = model.log_probability(sentence, sequence)
        assert float(scores[sentence, 0]) == pytest.approx(want, abs=1e-4)
        previous = 1
        history = 0.0
        for step, token in enumerate(sequence[:-1]):
            history += previous
            logits = (
                model.table[sentence, step, previous]
                + np.sin(history) * model.drift[sentence]
            )
            logits[list(NO_TEXT)] = -np.inf
            assert token == logits.argmax()
            previous = token


@pytest.mark.parametrize("seed", range(5))
def test_a_graph_and_a_tensor_beam_size_change_nothing(seed):
    lengths = np.array([5, 4], "int32")
    model = ToyModel(2, 5, seed)

    @tf.function(input_signature=[tf.TensorSpec([], tf.int32)])
    def search(beam):
        cache = model.cache(1)
        history = tf.zeros([2, beam, 1])
        cache["beams"]["history"] = history
        return beam_search(model.step, cache, lengths, beam, 0.6, beam)

    eager = beam_search(model.step, model.cache(3), lengths, 3, 0.6, 3)
    for one, other in zip(eager, search(3), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("seed", range(4))
def test_a_sentence_does_not_depend_on_its_batch(seed):
    lengths = np.array([6, 2, 4], "int32")
    model = ToyModel(3, 6, seed)
    together = beam_search(model.step, model.cache(3), lengths, 3, 0.6, 1)
    for i in range(3):
        alone = ToyModel(3, 6, seed)
        alone.table, alone.drift = (
            alone.table[i : i + 1],
            alone.drift[i : i + 1],
        )
        tokens, scores = beam_search(
            alone.step, alone.cache(3), lengths[i : i + 1], 3, 0.6, 1
        )
        assert float(scores[0, 0]) == pytest.approx(
            float(together[1][i, 0]), abs=1e-5
        )
        n = int(lengths[i])
        np.testing.assert_array_equal(
            np.array(tokens)[0, 0, :n], np.array(together[0])[i, 0, :n]
        )


def test_a_finished_search_stops_early():
    steps = []
    model = ToyModel(1, 50, 0)
    model.table[..., EOS_ID] += 20.0

    def step(tokens, step, cache):
        steps.append(int(step))
        return model.step(tokens, step, cache)

    beam_search(step, model.cache(2), np.array([50], "int32"), 2, 0.6, 1)
    assert len(steps) < 5


def test_length_penalty_is_gnmts():
    got = length_penalty(np.array([1, 7, 25]), 0.6)
    np.testing.assert_allclose(got, [1.0, 2.0**0.6, 5.0**0.6], rtol=1e-6)
