"""Charts against all trees, one by one."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from tfformer.decoding.chart import (
    best_tree,
    log_partition,
    marginals,
    splits_of,
)


def all_trees(begin, end):
    """Every binary tree, as the set of its spans of two words or more."""
    if end - begin == 1:
        yield frozenset()
    for middle in range(begin + 1, end):
        for left in all_trees(begin, middle):
            for right in all_trees(middle, end):
                yield left | right | {(begin, end)}


def score(scores, tree):
    return sum(scores[span] for span in tree)


@tf.function(
    input_signature=[
        tf.TensorSpec([None, None, None]),
        tf.TensorSpec([None], tf.int32),
    ]
)
def chart(scores, lengths):
    """Everything there is, in one graph for all shapes."""
    with tf.GradientTape() as tape:
        tape.watch(scores)
        total = log_partition(scores, lengths)
    tree = best_tree(scores, lengths)
    return {
        "total": total,
        "gradient": tape.gradient(total, scores),
        "marginals": marginals(scores, lengths),
        "tree": tree,
        "splits": tf.stack(splits_of(tree), axis=-1),
    }


def run(scores, lengths):
    values = chart(scores.astype("float32"), np.array(lengths, "int32"))
    return {name: value.numpy() for name, value in values.items()}


@settings(max_examples=12)
@given(
    st.lists(st.integers(0, 6), min_size=1, max_size=4),
    st.integers(0, 2),
    st.integers(0, 2**16),
    st.sampled_from([0.1, 1.0, 5.0]),
)
def test_it_equals_all_trees(lengths, padding, seed, scale):
    gaps = max(lengths) + 1 + padding
    random = np.random.default_rng(seed)
    scores = scale * random.normal(size=(len(lengths), gaps, gaps))
    got = run(scores, lengths)
    for i, length in enumerate(lengths):
        trees = list(all_trees(0, length)) or [frozenset()]
        weights = np.array([score(scores[i], tree) for tree in trees])
        total = np.logaddexp.reduce(weights)
        assert got["total"][i] == pytest.approx(total, abs=1e-4)
        want = np.zeros((gaps, gaps))
        for tree, weight in zip(trees, weights, strict=True):
            for span in tree:
                want[span] += np.exp(weight - total)
        np.testing.assert_allclose(got["marginals"][i], want, atol=1e-5)
        np.testing.assert_allclose(got["gradient"][i], want, atol=1e-5)
        begins, ends = np.nonzero(got["tree"][i])
        spans = {(b, e) for b, e in zip(begins, ends, strict=True)}
        wide = {(b, e) for b, e in spans if e - b > 1}
        assert wide in trees
        assert score(scores[i], wide) == pytest.approx(weights.max(), abs=1e-4)
        assert spans - wide == {(k, k + 1) for k in range(length)}
        named = {(b, e) for b, e in got["splits"][i] if e}
        assert named == wide


def test_expected_spans_are_those_of_a_tree():
    lengths = [40, 17]
    scores = np.random.default_rng(0).normal(size=(2, 41, 41))
    got = run(scores, lengths)["marginals"]
    np.testing.assert_allclose(got.sum((1, 2)), [39, 16], rtol=1e-4)
    assert got.min() >= 0
    assert got.max() < 1 + 1e-4


def test_large_scores_stay_numbers():
    scores = 1e4 * np.random.default_rng(0).normal(size=(1, 31, 31))
    got = run(scores, [30])
    assert np.isfinite(got["total"]).all()
    assert np.isfinite(got["gradient"]).all()


@pytest.mark.parametrize("scale", [1.0, np.nan, np.inf])
def test_any_scores_give_indices_inside_the_chart(scale):
    scores = scale * np.random.default_rng(0).normal(size=(2, 9, 9))
    splits = run(scores, [8, 3])["splits"]
    assert (splits >= 0).all()
    assert (splits < 9).all()
