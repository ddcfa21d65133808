import numpy as np
import pytest
import tensorflow as tf

from tfformer.losses import label_smoothed_cross_entropy

RANDOM = np.random.default_rng(0)
LOGITS = RANDOM.normal(size=(3, 5, 11)).astype("float32") * 3
TARGETS = RANDOM.integers(0, 11, (3, 5)).astype("int32")
WEIGHTS = RANDOM.integers(0, 2, (3, 5)).astype("float32")


def reference(logits, targets, weights, smoothing):
    """The definition, in float64: -sum q log p over real tokens."""
    logits = logits.astype("float64")
    log_p = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    size = logits.shape[-1]
    q = np.eye(size)[targets] * (1 - smoothing) + smoothing / size
    return (-(q * log_p).sum(-1) * weights).sum(), weights.sum()


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.4])
def test_equals_the_definition(smoothing):
    got = label_smoothed_cross_entropy(LOGITS, TARGETS, WEIGHTS, smoothing)
    want = reference(LOGITS, TARGETS, WEIGHTS, smoothing)
    np.testing.assert_allclose(np.array(got), want, rtol=1e-5)


def test_parts_add_up_to_the_whole():
    whole = np.array(label_smoothed_cross_entropy(LOGITS, TARGETS, WEIGHTS))
    parts = [
        np.array(
            label_smoothed_cross_entropy(
                LOGITS[i : i + 1], TARGETS[i : i + 1], WEIGHTS[i : i + 1]
            )
        )
        for i in range(3)
    ]
    np.testing.assert_allclose(sum(parts), whole, rtol=1e-5)


def test_padding_counts_for_nothing():
    changed = np.where(WEIGHTS[..., None] > 0, LOGITS, 99.0).astype("float32")
    np.testing.assert_allclose(
        np.array(label_smoothed_cross_entropy(changed, TARGETS, WEIGHTS)),
        np.array(label_smoothed_cross_entropy(LOGITS, TARGETS, WEIGHTS)),
        rtol=1e-6,
    )


def test_large_logits_stay_finite():
    loss, _ = label_smoothed_cross_entropy(LOGITS * 1e4, TARGETS, WEIGHTS)
    assert np.isfinite(float(loss))


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_gradient_is_softmax_minus_the_target_distribution(smoothing):
    logits = tf.Variable(LOGITS)
    with tf.GradientTape() as tape:
        loss, _ = label_smoothed_cross_entropy(
            logits, TARGETS, WEIGHTS, smoothing
        )
    exact = LOGITS.astype("float64")
    softmax = np.exp(exact) / np.exp(exact).sum(-1, keepdims=True)
    size = LOGITS.shape[-1]
    q = np.eye(size)[TARGETS] * (1 - smoothing) + smoothing / size
    np.testing.assert_allclose(
        tape.gradient(loss, logits),
        (softmax - q) * WEIGHTS[..., None],
        atol=1e-6,
    )
