import keras
import numpy as np
import pytest
import tensorflow as tf

from tfformer.models.transformer import Transformer
from tfformer.training.checkpoint import CheckpointStore
from tfformer.training.learner import LearningTransformer
from tfformer.training.variables import (
    has_moving_average,
    model_checkpoint,
    training_checkpoint,
)

TINY = {
    "source_vocab_size": 30,
    "target_vocab_size": 30,
    "num_layers": 2,
    "model_dim": 16,
    "ffn_dim": 32,
    "num_heads": 2,
    "dropout_rate": 0.0,
}
DATA = tuple(
    np.random.default_rng(0).integers(3, 30, (4, 5)).astype("int32")
    for _ in range(2)
)


def learner(**changes):
    model = LearningTransformer(**{**TINY, **changes})
    model.build()
    optimizer = keras.optimizers.Adam(0.01)
    optimizer.build(model.trainable_weights)
    model.compile(optimizer=optimizer)
    return model


def state(model):
    variables = model.weights + model.optimizer.variables
    return [variable.numpy() for variable in variables]


DTYPES = ("float32", "mixed_bfloat16")
VARIANTS = [
    {},
    {"normalization": "pre", "positions": "learned"},
    {"share_embeddings": "none"},
]


@pytest.mark.parametrize("changes", VARIANTS)
def test_every_variable_comes_back(changes, tmp_path):
    model, store = learner(**changes), CheckpointStore(tmp_path)
    for _ in range(3):
        model.train_step((DATA,))
    store.save(training_checkpoint(model, model.optimizer), 3)
    other = learner(**changes)
    other.train_step((DATA,))
    checkpoint = training_checkpoint(other, other.optimizer)
    assert store.newest() == 3
    store.restore(checkpoint, 3)
    for saved, restored in zip(state(model), state(other), strict=True):
        np.testing.assert_array_equal(saved, restored)
    # And it goes on as if nothing had happened.
    for one in (model, other):
        one.train_step((DATA,))
    for saved, restored in zip(state(model), state(other), strict=True):
        np.testing.assert_array_equal(saved, restored)


@pytest.mark.parametrize("changes", VARIANTS)
def test_a_plain_model_reads_a_training_checkpoint(changes, tmp_path):
    model, store = learner(**changes), CheckpointStore(tmp_path)
    model.train_step((DATA,))
    store.save(training_checkpoint(model, model.optimizer), 1)
    plain = Transformer(**{**TINY, **changes})
    plain.build()
    store.restore(model_checkpoint(plain), 1)
    np.testing.assert_array_equal(model(DATA), plain(DATA))


@pytest.mark.parametrize("dtypes", [DTYPES, DTYPES[::-1]])
def test_float32_and_mixed_bfloat16_read_one_another(dtypes, tmp_path):
    model, other = (learner(dtype=dtype) for dtype in dtypes)
    model.train_step((DATA,))
    store = CheckpointStore(tmp_path)
    store.save(training_checkpoint(model, model.optimizer), 1)
    store.restore(training_checkpoint(other, other.optimizer), 1)
    for saved, restored in zip(state(model), state(other), strict=True):
        np.testing.assert_array_equal(saved, restored)
    assert np.isfinite(float(other.train_step((DATA,))["loss"]))


def test_a_checkpoint_holds_every_weight_by_name(tmp_path):
    model, store = learner(), CheckpointStore(tmp_path)
    store.save(training_checkpoint(model, model.optimizer), 1)
    saved = tf.train.load_checkpoint(str(store.path(1) / "checkpoint"))
    shapes = [
        tuple(shape)
        for name, shape in saved.get_variable_to_shape_map().items()
        if name.startswith("model/")
    ]
    assert sorted(shapes) == sorted(tuple(w.shape) for w in model.weights)


def test_a_checkpoint_that_is_gone_has_no_moving_average(tmp_path):
    # Who reads it next tells of that.
    assert not has_moving_average(tmp_path / "gone")
