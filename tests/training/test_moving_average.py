import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.training.test_variables import DATA, TINY, learner
from tfformer.models.transformer import Transformer
from tfformer.training.checkpoint import CheckpointStore, restore_folder
from tfformer.training.moving_average import MovingAverage
from tfformer.training.variables import (
    average_checkpoint,
    has_moving_average,
    training_checkpoint,
)


def values(variables):
    return [variable.numpy() for variable in variables]


def variable(*numbers, dtype="float32"):
    return keras.Variable(np.array(numbers, "float32"), dtype=dtype)


def test_known_weights_have_a_known_average():
    weight = variable(1.0)
    average = MovingAverage([weight], 0.5)
    want = 1.0
    for update, value in enumerate([3.0, -2.0, 8.0, 4.0], 1):
        weight.assign([value])
        average.update(tf.constant(update), tf.constant(True))
        decay = min(0.5, (1 + update) / (10 + update))
        want = decay * want + (1 - decay) * value
    np.testing.assert_allclose(average.averages[0], [want], rtol=1e-6)


def test_a_bad_step_moves_no_average():
    model = learner()
    model.moving_average = MovingAverage(model.weights, 0.9)
    model.train_step((DATA,))
    before = values(model.moving_average.averages)
    # One weight is no number, so the loss is none.
    table = model.target_embedding.table
    table.assign(np.full(table.shape, np.nan, "float32"))
    assert float(model.train_step((DATA,))["kept"]) == 0.0
    after = values(model.moving_average.averages)
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_weights_come_back_bit_for_bit(dtype):
    weight = variable(1.0, 1 / 3, dtype=dtype)
    average = MovingAverage([weight], 0.9)
    weight.assign([5.0, 1 / 7])
    # Halfway through an error, too.
    before = weight.numpy()
    with pytest.raises(KeyError), average.in_place_of_weights():
        np.testing.assert_allclose(
            tf.cast(weight.value, tf.float32), [1.0, 1 / 3], rtol=1e-2
        )
        raise KeyError
    np.testing.assert_array_equal(weight.numpy(), before)


def test_a_small_change_of_a_bfloat16_weight_is_not_lost():
    weight = variable(1.0, dtype="bfloat16")
    average = MovingAverage([weight], 0.999)
    weight.assign([2.0])
    average.update(tf.constant(100_000), tf.constant(True))
    assert float(average.averages[0][0]) == pytest.approx(1.001, rel=1e-5)


def test_it_is_saved_and_read_by_a_plain_model(tmp_path):
    model, store = learner(), CheckpointStore(tmp_path)
    model.moving_average = MovingAverage(model.weights, 0.9)
    model.train_step((DATA,))
    checkpoint = training_checkpoint(
        model, model.optimizer, model.moving_average
    )
    store.save(checkpoint, 1)
    assert has_moving_average(store.path(1))
    plain = Transformer(**TINY)
    plain.build()
    average = MovingAverage(plain.weights, 0.0)
    restore_folder(average_checkpoint(plain, average), store.path(1))
    average.write_to_weights()
    for got, want in zip(
        plain.weights, model.moving_average.averages, strict=True
    ):
        np.testing.assert_array_equal(got.numpy(), want.numpy())
    assert any(
        not np.array_equal(mine.numpy(), other.numpy())
        for mine, other in zip(plain.weights, model.weights, strict=True)
    )
    store.save(training_checkpoint(model, model.optimizer), 2)
    assert not has_moving_average(store.path(2))
