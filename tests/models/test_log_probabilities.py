"""Forced decoding: what a model says of targets that it is given."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.decoding.test_search import INPUTS, log_probability, random_model
from tests.models.test_ensemble import log_of_mean
from tests.training.five_trees import Setting
from tfformer.config import BOS_ID, EOS_ID, PAD_ID, DecodeConfig
from tfformer.decoding.constraint import IMPOSSIBLE
from tfformer.decoding.search import search
from tfformer.models.ensemble import Ensemble
from tfformer.training.build import build_model

TARGETS = np.array([[4, 5, 2, 0], [7, 2, 0, 0], [8, 9, 10, 2]], "int32")
# Learned positions end here, before sources and targets do.
SHORT = {"positions": "learned", "max_positions": 3}
VARIANTS = [
    {"normalization": "pre", "attention_window": 4},
    {"dropout_rate": 0.5, "label_smoothing": 0.4, **SHORT},
]


@pytest.fixture(scope="module", params=[*range(len(VARIANTS)), "ensemble"])
def model(request):
    if request.param == "ensemble":
        return Ensemble([random_model(**VARIANTS[i]) for i in (0, 1)])
    return random_model(**VARIANTS[request.param])


@pytest.fixture(scope="module")
def score(model):
    """A graph for any shape, as the programs have it."""
    ids = tf.TensorSpec([None, None], tf.int32)
    graph = tf.function(model.log_probabilities, input_signature=[ids, ids])
    return lambda inputs, targets: graph(inputs, targets).numpy()


@pytest.mark.parametrize(
    "settings",
    [
        {"method": "greedy"},
        {"beam_size": 3, "length_penalty_alpha": 0.0},
    ],
    ids=["greedy", "beam"],
)
def test_what_a_search_found_has_the_score_that_it_told(model, score, settings):
    config = DecodeConfig(extra_length=3, **settings)
    best = 1 if config.method == "greedy" else config.beam_size
    tokens, scores = map(np.array, search(model, INPUTS, config, n_best=best))
    seen = 0
    for n in range(best):
        there = scores[:, n] > IMPOSSIBLE / 2
        told = score(INPUTS, tokens[:, n]).sum(1)
        np.testing.assert_allclose(told[there], scores[there, n], atol=1e-4)
        seen += there.sum()
    assert seen >= len(INPUTS)


def test_it_is_that_of_the_logits(model, score):
    want = log_of_mean(getattr(model, "members", [model]), TARGETS)
    np.testing.assert_allclose(score(INPUTS, TARGETS).sum(1), want, atol=1e-5)


def test_padding_and_other_rows_change_nothing(score):
    together = score(INPUTS, TARGETS)
    assert (together[TARGETS == 0] == 0.0).all()
    wide = [np.pad(ids[::-1], ((0, 0), (0, 3))) for ids in (INPUTS, TARGETS)]
    np.testing.assert_allclose(score(*wide)[::-1, :-3], together, atol=1e-5)
    for row, (ids, targets) in enumerate(zip(INPUTS, TARGETS, strict=True)):
        ids, targets = ids[ids > 0], targets[targets > 0]
        alone = score(ids[None], targets[None])[0]
        np.testing.assert_allclose(
            alone, together[row, : len(alone)], atol=1e-5
        )


@pytest.mark.parametrize("prefix", [[], [4, 5]], ids=["empty", "some"])
def test_continuations_share_a_probability_of_one(model, score, prefix):
    """The id of padding, which no text has, holds the rest."""
    tokens = range(1, 12)
    inputs = np.repeat(INPUTS[:1], len(tokens), 0)
    targets = np.array([[*prefix, token] for token in tokens], "int32")
    told = score(inputs, targets)
    # What came before is the same, and so is its score.
    before = told[:, :-1]
    np.testing.assert_allclose(
        before, np.broadcast_to(before[0], before.shape), 1e-6
    )

    shares = np.exp(told[:, -1]).sum() + of_padding(model, prefix)
    assert shares == pytest.approx(1.0, abs=1e-5)


def of_padding(model, prefix):
    cache = model.init_cache(INPUTS[:1])
    for step, token in enumerate([BOS_ID, *prefix]):
        logits, cache = model.decode_step(
            np.array([[token]], "int32"), np.int32(step), cache
        )
    return float(keras.ops.softmax(logits)[0, 0, PAD_ID])


def test_a_decoder_over_words_is_scored_likewise(tmp_path):
    setting = Setting(tmp_path, "parsing/tiny_words")
    model = build_model(setting.config, setting.vocabularies)
    inputs, targets = setting.batch()
    want = log_probability(model, inputs, targets)
    got = np.array(model.log_probabilities(inputs, targets))
    np.testing.assert_allclose(got.sum(1), want, atol=1e-4)
    assert (targets == EOS_ID).sum() == len(targets)
