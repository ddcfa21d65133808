import numpy as np
import pytest
import tensorflow as tf

from tests.training.test_learner import learner
from tfformer.training.projected_loss import projected_cross_entropy
from tfformer.training.r_drop import r_drop_loss, twice

RANDOM = np.random.default_rng(0)
STATES = RANDOM.normal(size=(10, 4)).astype("float32")
TABLE = RANDOM.normal(size=(7, 4)).astype("float32")
TARGETS = RANDOM.integers(0, 7, 5).astype("int32")
BOTH = np.concatenate([TARGETS, TARGETS])
DATA = tuple(RANDOM.integers(3, 30, (3, 5)).astype("int32") for _ in range(2))


def log_softmax(logits):
    return logits - np.log(np.exp(logits).sum(-1, keepdims=True))


def test_it_is_the_papers_loss_halved():
    got = r_drop_loss(STATES, TABLE, BOTH, 0.0, 3.0)
    p, q = np.split(log_softmax(STATES.astype("float64") @ TABLE.T), 2)
    rows = np.arange(5)
    likelihood = -p[rows, TARGETS].sum() - q[rows, TARGETS].sum()
    forward = (np.exp(p) * (p - q)).sum()
    backward = (np.exp(q) * (q - p)).sum()
    want = likelihood + 3.0 / 2 * (forward + backward)
    assert float(got) == pytest.approx(want / 2, rel=1e-5)


def test_its_gradient_is_its_slope():
    """In float32, whose differences are good to a hundredth or so."""
    states = tf.constant(STATES)
    with tf.GradientTape() as tape:
        tape.watch(states)
        loss = r_drop_loss(states, TABLE, BOTH, 0.1, 3.0)
    told = tape.gradient(loss, states).numpy()
    for place in np.ndindex(STATES.shape):
        step = np.zeros_like(STATES)
        step[place] = 1e-2
        beyond, short = (
            float(r_drop_loss(STATES + s, TABLE, BOTH, 0.1, 3.0))
            for s in (step, -step)
        )
        slope = (beyond - short) / 2e-2
        assert told[place] == pytest.approx(slope, rel=1e-2, abs=1e-2)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_equal_passes_have_the_plain_loss(smoothing):
    half = tf.constant(STATES[:5])
    got = r_drop_loss(tf.concat([half, half], 0), TABLE, BOTH, smoothing, 5.0)
    want = projected_cross_entropy(half, TABLE, TARGETS, smoothing)
    assert float(got) == pytest.approx(float(want), rel=1e-5)


def test_sums_of_parts_add_up():
    first, rest = [0, 1, 5, 6], [2, 3, 4, 7, 8, 9]
    whole, *parts = (
        float(r_drop_loss(STATES[p], TABLE, BOTH[p], 0.1, 2.0))
        for p in (list(range(10)), first, rest)
    )
    assert sum(parts) == pytest.approx(whole, rel=1e-5)


def test_without_dropout_the_update_is_the_plain_one():
    plain, twin = learner(), learner(r_drop=4.0)
    logs = [model.train_step((DATA,)) for model in (plain, twin)]
    for name in ("loss", "gradient_norm", "tokens"):
        assert float(logs[1][name]) == pytest.approx(
            float(logs[0][name]), rel=1e-4
        )


def test_both_passes_have_masks_of_their_own():
    losses = [
        float(learner(r_drop=a, dropout_rate=0.3).train_step((DATA,))["loss"])
        for a in (1e-9, 4.0)
    ]
    # The divergence counts, so the passes differ.
    assert losses[1] > losses[0] + 1e-3
    inputs, targets = twice([tf.constant(ids) for ids in DATA])
    np.testing.assert_array_equal(inputs, np.concatenate([DATA[0]] * 2))
    np.testing.assert_array_equal(targets, np.concatenate([DATA[1]] * 2))
