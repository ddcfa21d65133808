import numpy as np
from keras import ops

from tests.layers.contract import check_layer
from tfformer.layers.dropout import Dropout, dropout_key

ONES = np.ones((4, 50), "float32")


def masks(key, count=2, layer=None):
    layers = [layer or Dropout(0.5) for _ in range(count)]
    with dropout_key(ops.convert_to_tensor(key, "int32")):
        return [np.array(layer(ONES, training=True)) for layer in layers]


def test_contract():
    check_layer(Dropout, {"rate": 0.3}, (ONES,))


def test_masks_are_a_function_of_the_key():
    # Other layers, other processes, other moments: the key alone counts.
    for one, other in zip(masks([3, -4]), masks([3, -4]), strict=True):
        np.testing.assert_array_equal(one, other)
    first = masks([3, -4])[0]
    for key in ([4, -4], [3, -5]):
        assert not np.array_equal(first, masks(key)[0])


def test_layers_inside_one_call_draw_masks_of_their_own():
    one, other = masks([1, 2])
    assert not np.array_equal(one, other)
    # Also when one layer is called twice.
    one, other = masks([1, 2], layer=Dropout(0.5))
    assert not np.array_equal(one, other)


def test_it_drops_the_rate_and_keeps_the_mean():
    (dropped,) = masks([5, 6], count=1)
    assert set(np.unique(dropped)) == {0.0, 2.0}
    assert 0.3 < (dropped == 0).mean() < 0.7


def test_without_training_or_rate_nothing_is_drawn():
    with dropout_key(ops.convert_to_tensor([1, 1], "int32")):
        np.testing.assert_array_equal(Dropout(0.5)(ONES, training=False), ONES)
        np.testing.assert_array_equal(Dropout(0.0)(ONES, training=True), ONES)
        after = np.array(Dropout(0.5)(ONES, training=True))
    np.testing.assert_array_equal(after, masks([1, 1], count=1)[0])


def test_outside_a_key_it_is_keras():
    layer = Dropout(0.5, seed=1)
    one, other = (np.array(layer(ONES, training=True)) for _ in range(2))
    assert not np.array_equal(one, other)


def test_a_noise_shape_is_kept():
    (dropped,) = masks([5, 6], count=1, layer=Dropout(0.5, noise_shape=(4, 1)))
    assert all(len(set(row)) == 1 for row in dropped)
