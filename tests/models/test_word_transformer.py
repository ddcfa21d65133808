"""A decoder over words, with weights drawn at random."""

import numpy as np
import pytest
import tensorflow as tf

from tests.models.test_transformer import check_cached_decode
from tests.training.five_trees import Setting
from tfformer.models.word_transformer import _point
from tfformer.training.build import build_model


@pytest.fixture(scope="module")
def setting(tmp_path_factory):
    return Setting(tmp_path_factory.mktemp("trees"), "parsing/tiny_words")


@pytest.fixture(scope="module")
def model(setting):
    model = build_model(setting.config, setting.vocabularies)
    random = np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(random.normal(size=weight.shape) * 0.3)
    return model


@pytest.mark.parametrize("max_length", [None, 40])
def test_cached_decode_equals_full_decode(setting, model, max_length):
    inputs, targets = setting.batch()
    check_cached_decode(model, max_length, 1e-4, inputs, targets)


def test_the_next_word_is_pointed_at(setting, model):
    """Rows of the memory are numbered, and the pointer says which it took."""
    _, targets = setting.batch(0)
    rows = 8
    width = model.settings["model_dim"]
    memory = tf.tile(
        tf.range(rows, dtype=tf.float32)[None, :, None], (1, 1, width)
    )
    told = model.next_word(memory)
    taken = np.cumsum(model.terminals_of(targets), axis=1, dtype="int32")
    place = np.minimum(taken + 1, rows - 1)
    np.testing.assert_allclose(
        _point(told, taken)[0], told.numpy()[0, place[0]], rtol=1e-6
    )
    symbols = setting.vocabularies[1].symbols
    # (S (NP DT NN )NP (VP ...: the brackets change nothing.
    before = [symbols[i] for i in targets[0][:5]]
    assert before == ["(S", "(NP", "DT", "NN", ")NP"]
    assert taken[0][:5].tolist() == [0, 0, 1, 2, 2]


def test_padding_changes_nothing(setting, model):
    inputs, targets = setting.batch(1)
    wide = np.pad(inputs, ((0, 0), (0, 3 * model.row_width)))
    np.testing.assert_allclose(
        model((wide, targets)), model((inputs, targets)), atol=1e-5
    )


def test_maps_have_a_key_for_each_row(setting, model):
    inputs, targets = setting.batch(0)
    maps = model.attention_maps(inputs, targets)
    rows = inputs.shape[1] // model.row_width
    assert maps["encoder"].shape[3:] == (rows, rows)
    assert maps["cross"].shape[3:] == (targets.shape[1], rows)
    for weights in maps.values():
        np.testing.assert_allclose(tf.reduce_sum(weights, -1), 1.0, atol=1e-5)


def test_other_kinds_are_refused(setting, model):
    config = {**model.get_config(), "encoder": "subwords"}
    with pytest.raises(ValueError, match="must be words and linearized"):
        type(model).from_config(config)
