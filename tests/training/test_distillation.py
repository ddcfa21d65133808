import numpy as np
import pytest
import tensorflow as tf

from tfformer.training.distillation import distilled_cross_entropy
from tfformer.training.projected_loss import projected_cross_entropy

RANDOM = np.random.default_rng(0)
STATES = RANDOM.normal(size=(6, 4)).astype("float32")
TABLE = RANDOM.normal(size=(9, 4)).astype("float32")
TARGETS = RANDOM.integers(0, 9, 6).astype("int32")
SOFT_TARGETS = RANDOM.dirichlet(np.ones(9), 6).astype("float32")


def defined(states, table, smoothing, weight):
    """Both terms, as their definitions have them."""
    told = tf.nn.log_softmax(tf.matmul(states, table, transpose_b=True))
    wanted = (1.0 - smoothing) * tf.one_hot(TARGETS, 9) + smoothing / 9
    of_targets, of_teachers = (
        -tf.reduce_sum(d * told) for d in (wanted, SOFT_TARGETS)
    )
    return (1.0 - weight) * of_targets + weight * of_teachers


def with_gradients(loss, dtype=tf.float32):
    states, table = tf.constant(STATES), tf.constant(TABLE)
    with tf.GradientTape() as tape:
        tape.watch([states, table])
        value = loss(tf.cast(states, dtype), tf.cast(table, dtype))
    return value, *tape.gradient(value, [states, table])


@pytest.mark.parametrize("weight", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize(
    ("dtype", "error"), [(tf.float32, 1e-5), (tf.bfloat16, 0.03)]
)
def test_it_and_its_gradient_are_as_defined(weight, smoothing, dtype, error):
    got = with_gradients(
        lambda states, table: distilled_cross_entropy(
            states, table, TARGETS, SOFT_TARGETS, smoothing, weight
        ),
        dtype,
    )
    want = with_gradients(
        lambda states, table: defined(
            *(tf.cast(x, tf.float32) for x in (states, table)),
            smoothing,
            weight,
        ),
        dtype,
    )
    for one, other in zip(got, want, strict=True):
        np.testing.assert_allclose(one, other, rtol=error, atol=error)


def test_without_weight_it_is_the_plain_loss():
    got = with_gradients(
        lambda states, table: distilled_cross_entropy(
            states, table, TARGETS, SOFT_TARGETS, 0.1, 0.0
        )
    )
    want = with_gradients(
        lambda states, table: projected_cross_entropy(
            states, table, TARGETS, 0.1
        )
    )
    for one, other in zip(got, want, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


def test_what_is_taught_is_best_learned_by_saying_the_same():
    """With all weight on it but a trace, no gradient is left."""
    _, of_states, of_table = with_gradients(
        lambda states, table: distilled_cross_entropy(
            states,
            table,
            TARGETS,
            tf.nn.softmax(STATES @ TABLE.T),
            0.0,
            1.0 - 1e-6,
        )
    )
    assert np.abs(of_states).max() < 1e-4
    assert np.abs(of_table).max() < 1e-4


def test_sums_of_parts_add_up():
    whole, *parts = (
        float(
            distilled_cross_entropy(
                STATES[p], TABLE, TARGETS[p], SOFT_TARGETS[p], 0.1, 0.7
            )
        )
        for p in (slice(None), slice(2), slice(2, None))
    )
    assert sum(parts) == pytest.approx(whole, rel=1e-5)
