import numpy as np

from tfformer.layers.rows import take_rows

RANDOM = np.random.default_rng(0)


def test_rows_are_those_of_their_own_sequence():
    x = RANDOM.normal(size=(3, 5, 2)).astype("float32")
    places = RANDOM.integers(0, 5, (3, 7)).astype("int32")
    want = np.stack([x[i, places[i]] for i in range(3)])
    np.testing.assert_array_equal(take_rows(x, places), want)
