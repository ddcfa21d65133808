import keras
import numpy as np
import pytest
import tensorflow as tf

from tfformer.errors import ConfigError
from tfformer.models.transformer import Transformer
from tfformer.training.adam import FusedAdam
from tfformer.training.learner import LearningTransformer


def test_equals_keras_adam():
    random = np.random.default_rng(0)
    start = random.normal(size=(5, 3)).astype("float32")
    weights = []
    for kind in (keras.optimizers.Adam, FusedAdam):
        random = np.random.default_rng(1)
        variable = keras.Variable(start)
        optimizer = kind(1e-2, beta_1=0.9, beta_2=0.98, epsilon=1e-9)
        optimizer.build([variable])
        for _ in range(7):
            gradient = random.normal(size=(5, 3)).astype("float32")
            optimizer.apply([keras.ops.convert_to_tensor(gradient)])
        weights.append(variable.numpy())
    np.testing.assert_allclose(weights[1], weights[0], rtol=1e-5)
    assert not np.array_equal(weights[1], start)


def test_a_step_that_is_not_kept_changes_nothing_and_is_counted():
    variable = keras.Variable(np.ones(3, "float32"))
    optimizer = FusedAdam(1e-2)
    optimizer.build([variable])
    values = [variable, *optimizer._momentums, *optimizer._velocities]
    gradient = tf.constant([1.0, 2.0, 3.0])
    optimizer.apply_everywhere([gradient], [variable], tf.constant(True))
    kept = [value.numpy() for value in values]
    nan = tf.constant([1.0, float("nan"), 3.0])
    optimizer.apply_everywhere([nan], [variable], tf.constant(False))
    for value, before in zip(values, kept, strict=True):
        np.testing.assert_array_equal(value, before)
    assert int(optimizer.iterations.numpy()) == 2
    assert not np.array_equal(variable, np.ones(3))


@pytest.mark.parametrize(
    "argument", [{"amsgrad": True}, {"weight_decay": 0.1}, {"clipnorm": 1.0}]
)
def test_what_it_has_not_is_refused(argument):
    (name,) = argument
    with pytest.raises(ConfigError, match=f"`{name}` is none of FusedAdam's"):
        FusedAdam(1e-2, **argument)


def test_it_is_loaded_again():
    optimizer = FusedAdam(1e-2, beta_2=0.98)
    again = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert again.get_config() == optimizer.get_config()


@pytest.mark.parametrize("kind", [Transformer, LearningTransformer])
def test_fit_builds_it(kind):
    model = kind(30, 30, num_layers=1, model_dim=8, ffn_dim=8, num_heads=2)
    model.build()
    model.compile(optimizer=FusedAdam(1e-2))
    before = model.get_weights()
    ids = np.full((2, 3), 5, "int32")
    model.fit(tf.data.Dataset.from_tensors(((ids, ids),)).repeat(2), verbose=0)
    assert int(model.optimizer.iterations.numpy()) == 2
    for one, other in zip(before[:3], model.get_weights()[:3], strict=True):
        assert not np.array_equal(one, other)


def test_a_beta_that_is_one_in_bfloat16_is_refused():
    variable = keras.Variable(np.ones(3), dtype="bfloat16")
    FusedAdam(1e-2, beta_2=0.98).build([variable])
    with pytest.raises(ConfigError, match="`optimizer.beta_2` must be below 1"):
        FusedAdam(1e-2, beta_2=0.999).build([variable])
