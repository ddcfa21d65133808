import hypothesis
import numpy as np
import pytest
from hypothesis import strategies
from keras import ops

from tfformer.decoding.top_k import top_k, top_k_of_beams


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


@pytest.mark.parametrize("size", [7, 1031, 1100, 8000])
@pytest.mark.parametrize("distinct", [2, 30, 10**6])
@pytest.mark.parametrize("barred", [(), (0, 1, 3)])
def test_beams_equal_a_sort_of_all_their_sums(size, distinct, barred):
    random = np.random.default_rng(size)
    batch, beam = 3, 4
    logits = random.integers(0, distinct, (batch, beam, size))
    # Those that are barred are the likeliest, in every beam.
    logits[:, :, list(barred)] = distinct
    gained = -random.integers(0, 5, (batch, beam))
    sums = (logits + gained[:, :, None]).astype("float32")
    sums[:, :, list(barred)] = -1e9
    sums = sums.reshape(batch, -1)
    want = np.argsort(-sums, axis=-1, kind="stable")[:, :8]
    for k in (8, ops.convert_to_tensor(8)):
        found, beams, tokens = map(
            np.array,
            top_k_of_beams(
                ops.cast(logits, "float32"),
                ops.cast(gained, "float32"),
                k,
                barred,
            ),
        )
        np.testing.assert_array_equal(beams * size + tokens, want)
        np.testing.assert_array_equal(found, np.take_along_axis(sums, want, -1))
