import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.layers.contract import check_layer
from tfformer.layers.dense import Conv1D, Dense

RANDOM = np.random.default_rng(0)
LAYERS = [
    (Dense, {"units": 6, "activation": "relu"}),
    (Conv1D, {"filters": 6, "kernel_size": (3,), "padding": "same"}),
]


@pytest.mark.parametrize(("kind", "settings"), LAYERS)
def test_contract(kind, settings):
    settings = {k: v for k, v in settings.items() if k != "activation"}
    x = RANDOM.normal(size=(2, 5, 4)).astype("float32")
    check_layer(kind, settings, [x])


def with_gradients(kind, settings, weights, x, dtype):
    layer = kind(**settings, dtype=dtype)
    layer.build(x.shape)
    layer.set_weights(weights)
    with tf.GradientTape() as tape:
        y = layer(x)
        loss = tf.reduce_sum(tf.cast(y, "float32") ** 2)
    return [y, *tape.gradient(loss, layer.trainable_variables)]


@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "bfloat16"])
@pytest.mark.parametrize(("kind", "settings"), LAYERS)
def test_a_bias_learns_from_many_rows(kind, settings, dtype):
    x = RANDOM.normal(size=(100, 200, 4)).astype("float32")
    layer = kind(**settings)
    layer.build(x.shape)
    weights = [RANDOM.normal(size=w.shape) for w in layer.weights]
    # What bfloat16 has too, so that only sums differ.
    weights, x = (
        [keras.ops.cast(keras.ops.cast(a, "bfloat16"), "float32") for a in part]
        for part in (weights, x)
    )
    x = np.stack([np.array(row) for row in x])
    weights = [np.array(weight) for weight in weights]
    want = with_gradients(kind, settings, weights, x, "float32")
    got = with_gradients(kind, settings, weights, x, dtype)
    for one, other in zip(got, want, strict=True):
        error = np.linalg.norm(np.array(tf.cast(one, "float32")) - other)
        assert error <= 0.02 * np.linalg.norm(other)
