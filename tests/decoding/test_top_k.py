import hypothesis
import numpy as np
import pytest
from hypothesis import strategies
from keras import ops

from tfformer.decoding.top_k import top_k


# 1,031 is prime: no blocks. Few distinct values make many ties.
@pytest.mark.parametrize("size", [7, 1024, 1031, 1100, 8000])
@pytest.mark.parametrize("distinct", [2, 30, 10**6])
def test_equals_a_sort_ties_included(size, distinct):
    random = np.random.default_rng(size)
    values = random.integers(0, distinct, (3, 2, size)).astype("float32")
    for k in (1, 4, 7):
        for count in (k, ops.convert_to_tensor(k)):
            found, index = map(np.array, top_k(values, count))
            want = np.argsort(-values, axis=-1, kind="stable")[..., :k]
            np.testing.assert_array_equal(index, want)
            np.testing.assert_array_equal(
                found, np.take_along_axis(values, want, -1)
            )


@hypothesis.settings(max_examples=30)
@hypothesis.given(strategies.integers(1024, 5000), strategies.integers(1, 80))
def test_any_size_and_any_k(size, k):
    values = np.random.default_rng(size).permutation(size).astype("float32")
    found, index = map(np.array, top_k(values[None], k))
    np.testing.assert_array_equal(
        found[0], np.arange(size - 1, size - 1 - k, -1)
    )
    np.testing.assert_array_equal(values[index[0]], found[0])
