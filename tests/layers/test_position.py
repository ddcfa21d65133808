import math

import numpy as np
import pytest

from tfformer.layers.position import LearnedPosition, SinusoidalPosition


def formula(position, i, model_dim):
    """Section 3.5, entry i of one row."""
    angle = position / 10000 ** (2 * (i // 2) / model_dim)
    return math.sin(angle) if i % 2 == 0 else math.cos(angle)


@pytest.mark.parametrize("model_dim", [2, 16, 512])
def test_sinusoids_equal_the_papers_formula(model_dim):
    places = np.array([0, 1, 2, 17, 100, 999], "int32")
    got = SinusoidalPosition(model_dim)(places)
    want = [
        [formula(p, i, model_dim) for i in range(model_dim)] for p in places
    ]
    np.testing.assert_allclose(got, want, atol=2e-4)


def test_positions_stay_distinct_in_bfloat16():
    rows = SinusoidalPosition(512, dtype="bfloat16")(np.arange(600))
    assert str(rows.dtype).endswith("float32'>")
    assert len(np.unique(np.array(rows), axis=0)) == 600


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_a_learned_table_is_exact_in_mixed_precision(dtype):
    layer = LearnedPosition(8, 5, dtype=dtype)
    rows = layer(np.arange(5, dtype="int32"))
    np.testing.assert_array_equal(rows, layer.table)


def test_odd_sinusoids_are_refused():
    with pytest.raises(
        ValueError, match="`model_dim` must be even.*Received: 15"
    ):
        SinusoidalPosition(15)


def test_positions_past_a_learned_table_use_its_last_row():
    layer = LearnedPosition(4, 3)
    rows = np.array(layer(np.array([1, 2, 3, 50], "int32")))
    np.testing.assert_array_equal(rows[1], rows[2])
    np.testing.assert_array_equal(rows[1], rows[3])
    assert not np.array_equal(rows[0], rows[1])
