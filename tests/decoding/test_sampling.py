import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.decoding.toy import VOCABULARY, ToyModel
from tfformer.config import BOS_ID, EOS_ID, PAD_ID, UNK_ID
from tfformer.decoding.constraint import IMPOSSIBLE, Unconstrained
from tfformer.decoding.sampling import greedy_search, sample, sample_token

LOGITS = np.log(np.array([[0.1, 0.4, 0.2, 0.3]], "float32"))


def draw(count, **settings):
    uniform = (np.arange(count, dtype="float32") + 0.5) / count
    logits = np.repeat(LOGITS, count, axis=0)
    tokens = np.array(sample_token(logits, uniform, **settings))
    return np.bincount(tokens, minlength=4) / count


def test_draws_follow_the_distribution():
    np.testing.assert_allclose(draw(1000), [0.1, 0.4, 0.2, 0.3], atol=2e-3)


def test_top_k_keeps_the_likeliest():
    np.testing.assert_allclose(
        draw(1000, top_k=2), [0, 4 / 7, 0, 3 / 7], atol=2e-3
    )


def test_top_p_keeps_the_smallest_set_that_holds_the_mass():
    np.testing.assert_allclose(
        draw(1000, top_p=0.69), [0, 4 / 7, 0, 3 / 7], atol=2e-3
    )
    np.testing.assert_allclose(draw(1000, top_p=0.01), [0, 1, 0, 0])


@settings(max_examples=20)
@given(
    seed=st.integers(0, 1000),
    uniform=st.integers(0, 999).map(lambda i: i / 1000),
)
def test_a_draw_is_always_a_kept_token(seed, uniform):
    logits = np.random.default_rng(seed).normal(size=(1, 9)).astype("float32")
    token = int(
        sample_token(
            logits * 5, np.array([uniform], "float32"), top_k=3, top_p=0.9
        )[0]
    )
    assert token in np.argsort(-logits[0])[:3]


@pytest.mark.parametrize("seed", range(3))
def test_sampling_is_a_function_of_its_seed(seed):
    lengths = np.array([6, 3], "int32")
    model = ToyModel(2, 6, seed)
    runs = [
        np.array(sample(model.step, model.cache(1), lengths, 5.0, seed=s)[0])
        for s in (seed, seed, *range(seed + 1, seed + 9))
    ]
    np.testing.assert_array_equal(runs[0], runs[1])
    assert any(not np.array_equal(runs[0], other) for other in runs[2:])


@pytest.mark.parametrize("seed", range(3))
def test_scores_are_the_models_own_log_probabilities(seed):
    lengths = np.array([6, 3], "int32")
    model = ToyModel(2, 6, seed)
    check_scores(
        model,
        lengths,
        *sample(model.step, model.cache(1), lengths, temperature=0.5, top_k=3),
    )


@pytest.mark.parametrize("seed", range(3))
def test_greedy_scores_are_the_models_log_probabilities(seed):
    # A length of 1 must end, whatever is likeliest.
    lengths = np.array([6, 1], "int32")
    model = ToyModel(2, 6, seed)
    check_scores(
        model, lengths, *greedy_search(model.step, model.cache(1), lengths)
    )


def check_scores(model, lengths, tokens, scores):
    for i, row in enumerate(np.array(tokens)[:, 0]):
        end = np.flatnonzero(row == EOS_ID)[0]
        assert end < lengths[i]
        want = model.log_probability(i, tuple(row[: end + 1]))
        assert float(scores[i, 0]) == pytest.approx(want, abs=1e-4)


class Text(Unconstrained):
    """Allows the ids that a text has."""

    def allowed(self, source, state):
        ids = np.arange(VOCABULARY)
        return ~np.isin(ids, (PAD_ID, BOS_ID, UNK_ID))[None, None]


def test_a_cold_sample_is_greedy():
    lengths = np.array([6, 6], "int32")
    model = ToyModel(2, 6, 0)
    cold = sample(model.step, model.cache(1), lengths, temperature=1e-3)
    for constraint in (None, Text()):
        greedy = greedy_search(model.step, model.cache(1), lengths, constraint)
        np.testing.assert_array_equal(cold[0], greedy[0])


@pytest.mark.parametrize("likely", [PAD_ID, BOS_ID, UNK_ID])
def test_greedy_search_takes_no_id_that_no_text_has(likely):
    lengths = np.array([6, 4], "int32")
    model = ToyModel(2, 6, 0)
    # So likely that the share of any other is no number in float32.
    model.table[0, :, :, likely] += 200.0
    tokens, scores = greedy_search(model.step, model.cache(1), lengths)
    check_scores(model, lengths, tokens, scores)
    for row in np.array(tokens)[:, 0]:
        length = np.argmax(row == EOS_ID)
        assert not {PAD_ID, BOS_ID, UNK_ID} & set(row[:length])


@pytest.mark.parametrize("seed", range(3))
def test_ids_that_no_text_has_are_never_drawn(seed):
    lengths = np.full(2, 9, "int32")
    model = ToyModel(2, 9, seed)
    # So hot that all are as likely.
    tokens, _ = sample(
        model.step, model.cache(1), lengths, temperature=1000.0, seed=seed
    )
    for row in np.array(tokens)[:, 0]:
        length = np.argmax(row == EOS_ID)
        assert not {PAD_ID, BOS_ID, UNK_ID} & set(row[:length])
        assert not row[length + 1 :].any()


@pytest.mark.parametrize("find", [greedy_search, sample])
def test_scores_that_are_no_numbers_give_no_hypothesis(find):
    model = ToyModel(2, 4, 0)
    model.table[1] = np.nan
    found = find(model.step, model.cache(1), np.array([4, 4], "int32"))
    scores = np.array(found[1])[:, 0]
    assert scores[0] > IMPOSSIBLE / 2
    assert scores[1] == IMPOSSIBLE
