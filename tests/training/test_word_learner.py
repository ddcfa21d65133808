"""Training steps of parsers over words, of either kind."""

import numpy as np
import pytest
import tensorflow as tf

from tests.training.five_trees import WIDE, Setting
from tfformer.models.chart_parser import ChartParser
from tfformer.models.word_transformer import WordTransformer
from tfformer.training.adam import FusedAdam
from tfformer.training.build import build_model
from tfformer.training.chart_learner import LearningChartParser
from tfformer.training.word_learner import LearningWordTransformer

KINDS = {
    "linearized": (LearningWordTransformer, WordTransformer),
    "chart": (LearningChartParser, ChartParser),
}


@pytest.fixture(scope="module", params=["tiny_words", "tiny_chart"])
def setting(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trees")
    return Setting(folder, f"parsing/{request.param}")


@pytest.fixture(scope="module")
def linearized(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trees")
    return Setting(folder, "parsing/tiny_words")


def test_parts_add_up(setting):
    model = setting.model()
    whole = model.part_loss(setting.batch(), training=False)
    parts = [
        model.part_loss(setting.batch(*some), training=False)
        for some in ((0, 1), (2,), (3, 4))
    ]
    np.testing.assert_allclose(np.sum(parts, axis=0), whole, rtol=1e-5)


def test_padding_changes_nothing(setting):
    model = setting.model()
    inputs, targets = setting.batch(1, 3)
    wide = setting.vocabularies[0].ids_per_token
    inputs = np.pad(inputs, ((0, 1), (0, 3 * wide)))
    targets = np.pad(targets, ((0, 1), (0, 15)))
    np.testing.assert_allclose(
        model.part_loss((inputs, targets), training=False),
        model.part_loss(setting.batch(1, 3), training=False),
        rtol=1e-5,
    )


def test_what_is_no_padding_is_not_counted_as_it(setting):
    model = setting.model()
    alone = setting.batch(2)
    _, _, tokens = model.part_loss(alone, training=False)
    # Its end symbol is the one place of the targets without a word.
    assert float(model.places(alone)) == float(tokens)


def test_a_share_without_sentences_weighs_nothing(setting):
    model = setting.model()
    empty = (np.zeros((1, 1), "int32"), np.zeros((1, 1), "int32"))
    gradients, sums = model._sums(empty)
    assert (np.array(sums) == 0).all()
    for gradient in gradients:
        assert (np.array(gradient) == 0).all()


def test_recomputing_is_the_same_update(setting):
    one, two = (setting.model(recompute=some) for some in (False, True))
    for model in (one, two):
        model.train_step((setting.batch(),))
    for a, b in zip(one.weights, two.weights, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), atol=1e-6)


def test_accumulating_is_the_same_update(setting):
    inputs, targets = setting.batch(0, 1, 2, 3)
    one = setting.model(clip_norm=0.5)
    two = setting.model(clip_norm=0.5, accumulate_steps=2)
    logs = [model.train_step(((inputs, targets),)) for model in (one, two)]
    assert float(logs[0]["loss"]) == pytest.approx(float(logs[1]["loss"]))
    for a, b in zip(one.weights, two.weights, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), atol=1e-6)


def test_its_weights_are_a_plain_models(setting):
    model = setting.model()
    plain = build_model(setting.config, setting.vocabularies)
    learning, kind = KINDS[setting.config.model.parser]
    assert type(model) is learning
    assert type(plain) is kind
    plain.set_weights(model.get_weights())
    again = learning.from_config(model.get_config())
    again.build()
    assert again.settings == model.settings


def test_it_learns_five_trees_by_heart(linearized):
    model = linearized.model(WIDE, FusedAdam(0.005), clip_norm=5.0)
    data = tf.data.Dataset.from_tensors((linearized.batch(),)).repeat(150)
    model.fit(data, verbose=0)
    wanted = [example.targets for example in linearized.examples]
    assert linearized.parse(model) == wanted


def test_tags_stand_at_their_words(linearized):
    model = linearized.model()
    target = linearized.vocabularies[1]
    _, targets = linearized.batch()
    tags = model.tags_of_words(targets, 11).numpy()
    names = [target.symbols[i] for i in model.settings["terminals"]]
    assert [[names[i - 1] for i in row if i] for row in tags[:2]] == [
        ["DT", "NN", "VBZ", "DT", "JJ", "NN"],
        ["NN"],
    ]
    # Words come first, then what is none.
    assert (np.diff((tags > 0).astype(int)) <= 0).all()
