import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tfformer.data.permutation import make_key, permute, permute_one


@settings(max_examples=60)
@given(size=st.integers(1, 3000), key=st.integers(0, 2**63))
def test_every_value_comes_once(size, key):
    got = permute(np.arange(size), size, key)
    np.testing.assert_array_equal(np.sort(got), np.arange(size))


@given(size=st.integers(2, 10**12), key=st.integers(0, 2**63))
def test_a_part_is_part_of_the_whole(size, key):
    some = np.array([0, size // 2, size - 1])
    got = permute(some, size, key)
    assert ((got >= 0) & (got < size)).all()
    for one, value in zip(some, got, strict=True):
        assert permute(np.array([one]), size, key)[0] == value
        assert permute_one(one, size, key) == value


def test_keys_give_other_orders():
    orders = {
        tuple(permute(np.arange(50), 50, make_key(1, e))) for e in range(20)
    }
    assert len(orders) == 20
    assert make_key(1, 2) != make_key(2, 1) != make_key(1, 2, 0)


def test_orders_look_shuffled():
    order = permute(np.arange(10_000), 10_000, make_key(3))
    assert abs(np.corrcoef(order, np.arange(10_000))[0, 1]) < 0.05
    neighbours = np.abs(np.diff(order)) == 1
    assert neighbours.sum() < 20
