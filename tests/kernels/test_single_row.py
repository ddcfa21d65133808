import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from tfformer.kernels.single_row import matmul


def example(rows):
    random = np.random.default_rng(rows)
    x = random.normal(size=(2, 3, rows, 8)).astype("float32")
    return x, random.normal(size=(2, 3, 8, 5)).astype("float32")


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("rows", [1, 4])
def test_is_the_product(rows, compiled):
    x, y = example(rows)
    product = tf.function(matmul, jit_compile=compiled)
    np.testing.assert_allclose(product(x, y), x @ y, rtol=1e-4, atol=1e-5)
    turned = np.swapaxes(y, -1, -2)
    np.testing.assert_allclose(
        product(x, turned, transpose=True), x @ y, rtol=1e-4, atol=1e-5
    )


def test_no_columns_are_none():
    x, y = map(ops.convert_to_tensor, example(1))
    assert matmul(x, y[..., :0]).shape == (2, 3, 1, 0)
    assert not np.any(matmul(x[..., :0], y[:, :, :0]))


def test_has_a_gradient_and_keeps_its_dtype():
    x, y = map(tf.constant, example(1))
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(matmul(x, y))
    want = np.sum(y, axis=-1)[:, :, None]
    np.testing.assert_allclose(tape.gradient(total, x), want, rtol=1e-4)
    low = matmul(tf.cast(x, "bfloat16"), tf.cast(y, "bfloat16"))
    assert low.dtype == tf.bfloat16
