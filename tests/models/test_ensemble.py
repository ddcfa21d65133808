"""Ensembles: the mean of their members, step by step and as a whole."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from nltk.tree import Tree

from tests.decoding.test_search import INPUTS, random_model
from tests.training.five_trees import Setting
from tfformer.config import DecodeConfig
from tfformer.decoding.constraint import IMPOSSIBLE
from tfformer.decoding.length_penalty import length_penalty
from tfformer.decoding.search import search
from tfformer.models.ensemble import ChartEnsemble, Ensemble
from tfformer.training.build import build_model


def probabilities(model, tokens):
    logits = np.array(model((INPUTS, tokens)), "float64")
    exponents = np.exp(logits - logits.max(-1, keepdims=True))
    return exponents / exponents.sum(-1, keepdims=True)


def log_of_mean(models, tokens):
    """Of the tokens of each row, by each model on the whole sequence."""
    mean = np.mean([probabilities(model, tokens) for model in models], axis=0)
    told = np.take_along_axis(mean, tokens[..., None], -1)[..., 0]
    return (np.log(told) * (tokens > 0)).sum(-1)


@pytest.fixture(scope="module")
def members():
    """Two of different sizes and normalisation."""
    models = [
        random_model(num_layers=1),
        random_model(num_layers=1, model_dim=8, normalization="pre"),
    ]
    random = np.random.default_rng(0)
    for model in models:
        for weight in model.trainable_weights:
            weight.assign_add(random.normal(size=weight.shape) * 0.2)
    return models


@pytest.mark.parametrize("static", [False, True])
def test_every_hypothesis_has_the_mean_probability(members, static):
    config = DecodeConfig(beam_size=3, extra_length=6)
    model = Ensemble(members)
    shape = INPUTS.shape if static else (None, None)
    graph = tf.function(
        lambda ids: search(model, ids, config, n_best=3, static=static),
        input_signature=[tf.TensorSpec(shape, tf.int32)],
    )
    tokens, scores = (value.numpy() for value in graph(INPUTS))
    for n in range(3):
        there = scores[:, n] > IMPOSSIBLE / 2
        lengths = (tokens[:, n] > 0).sum(1)
        want = log_of_mean(members, tokens[:, n])
        want = want / np.array(length_penalty(lengths, 0.6))
        np.testing.assert_allclose(
            scores[there, n], want[there], rtol=1e-4, atol=1e-4
        )
    assert there.any()


def test_greedy_search_has_the_mean_probability(members):
    config = DecodeConfig(method="greedy", extra_length=6)
    tokens, scores = map(np.array, search(Ensemble(members), INPUTS, config))
    want = log_of_mean(members, tokens[:, 0])
    np.testing.assert_allclose(scores[:, 0], want, rtol=1e-4, atol=1e-4)
    # And no member alone would have said the same.
    for member in members:
        alone, _ = map(np.array, search(member, INPUTS, config))
        assert not np.array_equal(alone, tokens)


def test_of_equal_members_it_is_one_of_them(members):
    config = DecodeConfig(beam_size=2, extra_length=6)
    one = members[0]
    want, want_scores = map(np.array, search(one, INPUTS, config, n_best=2))
    both = Ensemble([one, one])
    tokens, scores = map(np.array, search(both, INPUTS, config, n_best=2))
    np.testing.assert_array_equal(tokens, want)
    np.testing.assert_allclose(scores, want_scores, rtol=1e-5)


def drawn(setting, random):
    """A parser of random weights."""
    model = build_model(setting.config, setting.vocabularies)
    for weight in model.weights:
        weight.assign(random.normal(size=weight.shape) * 0.3)
    return model


def test_parsers_over_words_point_and_obey_together(tmp_path):
    """Each member follows the words; the constraint follows the search."""
    setting = Setting(tmp_path, "parsing/tiny_words")
    random = np.random.default_rng(0)
    one, other = (drawn(setting, random) for _ in range(2))
    want = setting.parse(one)
    assert setting.parse(Ensemble([one, one])) == want
    trees = setting.parse(Ensemble([one, other]))
    words = [Tree.fromstring(tree).leaves() for tree in trees]
    assert words == [example.inputs.split() for example in setting.examples]
    assert trees != want


@pytest.fixture(scope="module")
def charts(tmp_path_factory):
    """Five trees and two chart parsers of random weights."""
    setting = Setting(tmp_path_factory.mktemp("trees"), "parsing/tiny_chart")
    random = np.random.default_rng(0)
    inputs, _ = setting.batch()
    return inputs, [drawn(setting, random), drawn(setting, random)]


def test_chart_scores_are_means(charts):
    inputs, (one, other) = charts
    ensemble = ChartEnsemble([one, other])
    read, first, second = (m.read(inputs) for m in (ensemble, one, other))
    for name in ("tags", "spans"):
        want = (getattr(first, name) + getattr(second, name)) / 2
        np.testing.assert_allclose(getattr(read, name), want, atol=1e-5)
    np.testing.assert_array_equal(read.lengths, first.lengths)
    begins = np.zeros((len(inputs), 1), "int32")
    ends = begins + 2
    want = one.label(first.gaps, begins, ends)
    want = (want + other.label(second.gaps, begins, ends)) / 2
    got = ensemble.label(read.gaps, begins, ends)
    np.testing.assert_allclose(got, want, atol=1e-5)


@pytest.mark.parametrize("method", ["mbr", "cky"])
def test_of_equal_chart_parsers_it_is_one_of_them(charts, method):
    inputs, (one, _) = charts
    config = DecodeConfig(method=method)
    want, want_scores = search(one, inputs, config)
    trees, scores = search(ChartEnsemble([one, one]), inputs, config)
    np.testing.assert_array_equal(trees, want)
    np.testing.assert_allclose(scores, want_scores, rtol=1e-4)


def test_weights_are_those_of_the_members(members):
    ensemble = Ensemble(members)
    assert isinstance(ensemble, keras.Model)
    want = sum(len(member.weights) for member in members)
    assert len(ensemble.weights) == want
