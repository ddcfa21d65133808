import keras
import numpy as np
import pytest

from tfformer.layers.feed_forward import FeedForward


@pytest.mark.parametrize(
    ("dtype", "tolerance"), [("float32", 1e-5), ("mixed_bfloat16", 0.05)]
)
def test_a_step_with_padded_weights_equals_a_call(dtype, tolerance):
    layer = FeedForward(8, 64, dtype=dtype)
    layer.build((None, None, 8))
    random = np.random.default_rng(0)
    for weight in layer.weights:
        weight.assign(random.normal(size=weight.shape))
    x = random.normal(size=(3, 2, 8)).astype("float32")
    x = keras.ops.cast(x, layer.compute_dtype)
    got = layer.step(x, layer.padded_weights())
    want = layer(x)
    assert got.dtype == want.dtype
    np.testing.assert_allclose(
        *(keras.ops.cast(y, "float32") for y in (got, want)),
        rtol=tolerance,
        atol=tolerance,
    )


@pytest.mark.parametrize("shape", [(4, 8), (2, 3, 4, 8)])
def test_any_rank_keeps_its_shape(shape):
    layer = FeedForward(8, 16)
    x = np.random.default_rng(0).normal(size=shape).astype("float32")
    want = layer(x.reshape(1, -1, 8))
    got = layer(x)
    assert got.shape == shape
    np.testing.assert_allclose(np.array(got).reshape(want.shape), want)


def test_another_width_is_refused():
    with pytest.raises(ValueError, match="axis -1"):
        FeedForward(8, 16)(np.ones((8, 4), "float32"))
