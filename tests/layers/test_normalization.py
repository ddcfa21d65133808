import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.layers.contract import check_layer
from tfformer.layers.normalization import LayerNormalization

RANDOM = np.random.default_rng(0)
INPUTS = RANDOM.normal(2.0, 3.0, (4, 5, 8)).astype("float32")


def test_contract():
    check_layer(LayerNormalization, {"epsilon": 1e-6}, (INPUTS,))


@pytest.mark.parametrize("shape", [(4, 5, 8), (20, 8)])
def test_equals_keras_and_so_do_its_gradients(shape):
    x, upstream = INPUTS.reshape(shape), RANDOM.normal(size=shape)
    found = []
    for kind in (LayerNormalization, keras.layers.LayerNormalization):
        layer = kind(epsilon=1e-6)
        layer.build(shape)
        layer.gamma.assign(np.linspace(0.5, 2, 8))
        layer.beta.assign(np.linspace(-1, 1, 8))
        x_tensor = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(x_tensor)
            y = layer(x_tensor)
            loss = tf.reduce_sum(y * upstream.astype("float32"))
        wanted = [x_tensor, layer.gamma.value, layer.beta.value]
        found.append([y, *tape.gradient(loss, wanted)])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "changes", [{"center": False}, {"rms_scaling": True}, {"axis": 1}]
)
def test_what_is_not_the_papers_is_refused(changes):
    (name,) = changes
    with pytest.raises(ValueError, match=f"`{name}` must be .* Received"):
        LayerNormalization(**changes)
