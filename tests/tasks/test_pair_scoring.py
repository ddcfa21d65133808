import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.decoding.test_search import log_probability
from tfformer.config import EOS_ID, DataConfig, DecodeConfig
from tfformer.data.pocket import triples
from tfformer.data.vocabulary import Vocabulary, train_vocabulary
from tfformer.errors import DataError
from tfformer.models.transformer import Transformer
from tfformer.tasks import batching
from tfformer.tasks.pair_scoring import PairScore, PairScoring
from tfformer.tasks.task import BLANK
from tfformer.tasks.translation import TranslationTask

PAIRS = [(triple.english, triple.german) for triple in triples("dev", 8)]
ODD = [("Hi.", ""), ("a", "b" * 40), ("\U0001f600", " \x00\u2581"), ("x", " ")]
IDS = tf.TensorSpec([None, None], tf.int32)


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    path = tmp_path_factory.mktemp("scoring") / "vocabulary.model"
    train_vocabulary([text for pair in PAIRS for text in pair], path, 320)
    vocabulary = Vocabulary(path)
    keras.utils.set_random_seed(0)
    model = Transformer(320, 320, 1, 16, 32, 2, dropout_rate=0.5)
    model.build()
    task = TranslationTask(DataConfig(source="pocket"), None)
    return model, (vocabulary, vocabulary), task


@pytest.fixture(scope="module")
def make(parts):
    def make(compile_function=None, **changes):
        config = DecodeConfig(**{"batch_tokens": 60, **changes})
        return PairScoring(*parts, config, compile_function)

    return make


@pytest.fixture(scope="module")
def scoring(make):
    return make(lambda f: tf.function(f, input_signature=[IDS, IDS]))


def test_a_score_is_that_of_the_model_on_the_pair_alone(parts, scoring):
    """What is blank ends at once, as a search may."""
    model, (vocabulary, _), _ = parts
    scores = list(scoring.score(PAIRS + ODD))
    for pair, score in zip(PAIRS + ODD, scores, strict=True):
        source, target = (np.array([ids]) for ids in vocabulary.encode(pair))
        if not pair[1].strip(BLANK):
            target = np.array([[EOS_ID]])
        want = log_probability(model, source, target)[0]
        assert score.log_probability == pytest.approx(want, abs=1e-4)
        assert score.tokens == target.size
    assert scoring.unscored == 0


@settings(max_examples=4)
@given(st.permutations(range(len(PAIRS))), st.integers(1, 9))
def test_order_windows_and_batches_change_no_score(scoring, order, window):
    alone = [next(scoring.score([pair])) for pair in PAIRS]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batching, "WINDOW", window)
        scores = list(scoring.score(PAIRS[i] for i in order))
    for i, score in zip(order, scores, strict=True):
        assert score == pytest.approx(alone[i], abs=1e-4)


def test_what_the_model_is_not_asked_about_keeps_its_line(make):
    scoring = make(max_input_length=20)
    short = [("", ""), (" \t", " "), ("", "Hallo."), ("a " * 30, "a")]
    counts = []
    scores = list(scoring.score([*short, ("a", "a " * 30)], counts.append))
    certain, unscored = PairScore(0.0, 0), PairScore(-math.inf, 0)
    assert scores[:4] == [certain, certain, unscored, unscored]
    # The limit is of inputs, as in a search.
    assert math.isfinite(scores[4].log_probability)
    assert scoring.unscored == 2
    assert sum(counts) == 5


def test_weights_that_are_no_numbers_give_no_score(make):
    def no_numbers(_):
        return lambda ids, targets: np.full(targets.shape, np.nan)

    scoring = make(no_numbers)
    assert list(scoring.score(PAIRS)) == [PairScore(-math.inf, 0)] * 8
    assert scoring.unscored == 8


@pytest.mark.parametrize(
    ("tokens", "told"),
    [
        (60, "in a batch of 1, .* Make that line shorter, in both texts"),
        (9999, "in a batch of 3, .* Try --set decode.batch_tokens=4999"),
    ],
)
def test_a_line_that_memory_is_short_for_is_named(make, tokens, told):
    def short_of_memory(_):
        def score(ids, targets):
            if targets.shape[1] > 100:
                raise tf.errors.ResourceExhaustedError(None, None, "OOM")
            return np.zeros(targets.shape)

        return score

    scores = make(short_of_memory, batch_tokens=tokens).score(
        [*PAIRS[:2], ("a", "a " * 200)]
    )
    with pytest.raises(DataError, match=f"^Line 3 of the input .*{told}"):
        list(scores)
