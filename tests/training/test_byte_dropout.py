import numpy as np
import pytest
from keras import ops

from tfformer.layers.dropout import Dropout, dropout_key
from tfformer.training.byte_dropout import drop_by_bytes


def drop(x, rate, key=(7, 8)):
    with dropout_key(ops.convert_to_tensor(key, "int32"), drop_by_bytes):
        return np.array(Dropout(rate)(x, training=True))


def test_masks_are_a_function_of_the_key():
    x = np.ones((3, 5), "float32")
    np.testing.assert_array_equal(drop(x, 0.5), drop(x, 0.5))
    assert not np.array_equal(drop(x, 0.5), drop(x, 0.5, (7, 9)))


@pytest.mark.parametrize("rate", [0.001, 0.1, 0.3, 0.9, 0.999])
def test_one_byte_keeps_the_mean(rate):
    x = np.ones((1000, 1001), "float32")
    dropped = drop(x, rate).astype("float64")
    # A rate too low for a byte is drawn exactly.
    nearest = min(255, round(rate * 256)) / 256 or rate
    deviation = (nearest * (1 - nearest) / x.size) ** 0.5
    assert abs((dropped == 0).mean() - nearest) < 5 * deviation
    assert abs(dropped.mean() - 1) < 5 * deviation / (1 - nearest)


def test_elements_of_one_draw_are_independent():
    """Four neighbours share one number of 32 bits."""
    x = np.ones((250_000, 4), "float32")
    zero = drop(x, 0.5) == 0
    patterns = np.bincount(zero @ np.array([1, 2, 4, 8]), minlength=16)
    np.testing.assert_allclose(patterns / len(x), 1 / 16, atol=0.003)
