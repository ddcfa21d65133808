import numpy as np
import pytest
import tensorflow as tf

from tfformer.losses import label_smoothed_cross_entropy
from tfformer.training.projected_loss import projected_cross_entropy
from tfformer.training.r_drop import r_drop_loss

RANDOM = np.random.default_rng(0)
STATES = RANDOM.normal(size=(9, 6)).astype("float32")
TABLE = RANDOM.normal(size=(13, 6)).astype("float32")
TARGETS = RANDOM.integers(0, 13, 9).astype("int32")


def with_gradients(function, states, table):
    states, table = tf.constant(states), tf.constant(table)
    with tf.GradientTape() as tape:
        tape.watch([states, table])
        # What is above need not be one.
        loss = 3.0 * function(states, table)
    return [float(loss), *map(np.array, tape.gradient(loss, [states, table]))]


def plain(states, table, smoothing):
    logits = tf.matmul(states, table, transpose_b=True)[None]
    weights = tf.ones((1, len(TARGETS)))
    return label_smoothed_cross_entropy(
        logits, TARGETS[None], weights, smoothing
    )[0]


@pytest.mark.parametrize("graph", [False, True])
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.4])
# The largest scale leaves targets whose share is 0 in float32.
@pytest.mark.parametrize("scale", [1.0, 5.0, 100.0])
def test_equals_the_loss_of_the_logits(scale, smoothing, graph):
    def projected(states, table):
        return projected_cross_entropy(states, table, TARGETS, smoothing)

    if graph:
        projected = tf.function(projected)
    want = with_gradients(
        lambda s, t: plain(s, t, smoothing), STATES * scale, TABLE
    )
    got = with_gradients(projected, STATES * scale, TABLE)
    for one, other in zip(got, want, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=2e-4 * scale)


def test_no_position_has_no_loss_and_no_gradient():
    nothing = np.zeros((0, 6), "float32")
    loss, of_states, of_table = with_gradients(
        lambda s, t: projected_cross_entropy(s, t, TARGETS[:0]), nothing, TABLE
    )
    assert loss == 0 and of_states.shape == (0, 6)
    np.testing.assert_array_equal(of_table, np.zeros_like(TABLE))


def test_what_is_no_number_is_told():
    bad = STATES.copy()
    bad[2, 3] = np.nan
    assert np.isnan(float(projected_cross_entropy(bad, TABLE, TARGETS)))


@pytest.mark.parametrize("function", ["plain", "r_drop"])
def test_bfloat16_is_near(function):
    """Tokens come thousands of times, so that sums are large."""
    targets = np.tile(TARGETS, 1000)
    noise = RANDOM.normal(size=(len(targets), 6)).astype("float32")
    states = np.tile(STATES, (1000, 1)) + 0.1 * noise

    def loss(states, table):
        if function == "plain":
            return projected_cross_entropy(states, table, targets)
        return r_drop_loss(states, table, np.tile(targets, 2), 0.1, 3.0)

    if function == "r_drop":
        states = np.concatenate([states, states + 0.1])
    rounded = [tf.cast(a, tf.bfloat16) for a in (states, TABLE)]
    want = with_gradients(loss, *(tf.cast(a, tf.float32) for a in rounded))
    got = with_gradients(loss, *rounded)
    for one, other in zip(got, want, strict=True):
        error = np.asarray(one, "float64") - other
        assert np.linalg.norm(error) <= 0.02 * np.linalg.norm(other)
