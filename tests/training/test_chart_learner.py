import keras
import numpy as np
import pytest
import tensorflow as tf

from tfformer.config import ExperimentConfig, override
from tfformer.data.vocabulary import Vocabularies
from tfformer.models.chart_parser import ChartParser
from tfformer.models.transformer import Transformer
from tfformer.tasks.inference import pad
from tfformer.tasks.task import Task, get_preset, make_task
from tfformer.training.adam import FusedAdam
from tfformer.training.build import build_model
from tfformer.training.chart_learner import LearningChartParser
from tfformer.training.inference import make_inference

TREES = """\
(TOP (S (NP (DT the) (NN dog)) (VP (VBZ sees) (NP (DT a) (JJ red) (NN ball)))))
(TOP (FRAG (NP (NN dinner))))
(TOP (S (S (NP (NNP Ann)) (VP (VBD left))) (CC but) (S (VP (VB wait))) (. .)))
(TOP (NP (NP (DT the) (NN end)) (PP (IN of) (NP (DT the) (NN day)))))
(TOP (SBARQ (WHNP (WP who)) (SQ (VBZ is) (NP (DT the) (NN boss))) (. ?)))
"""
STILL = (
    "model.dropout_rate=0",
    "model.attention_dropout_rate=0",
    "model.ffn_dropout_rate=0",
    "chart.embedding_dropout_rate=0",
    "chart.front_end_dropout_rate=0",
    "chart.scorer_dropout_rate=0",
)
WIDE = (
    "model.model_dim=48",
    "chart.word_dim=32",
    "chart.span_dim=32",
    "chart.label_dim=32",
)


class Setting:
    """Five trees, their vocabularies and a batch of all of them."""

    config: ExperimentConfig
    task: Task
    vocabularies: Vocabularies

    def __init__(self, folder):
        (folder / "train.mrg").write_text(TREES * 2)
        self.config = override(
            get_preset("parsing/tiny_chart"), ("data.source=text", *STILL)
        )
        self.task = make_task(self.config, folder)
        self.task.build_vocabularies(folder)
        self.vocabularies = self.task.vocabularies(folder)
        self.examples = list(self.task.examples("train"))[:5]

    def batch(self, *numbers):
        some = [self.examples[i] for i in numbers or range(5)]
        inputs, targets = self.vocabularies
        return (
            pad(inputs.encode([example.inputs for example in some])),
            pad(targets.encode([example.targets for example in some])),
        )

    def model(self, assignments=(), optimizer=None, **settings):
        keras.utils.set_random_seed(0)
        model = build_model(
            override(self.config, assignments),
            self.vocabularies,
            (Transformer, LearningChartParser),
            **settings,
        )
        optimizer = optimizer or keras.optimizers.SGD(0.1)
        optimizer.build(model.trainable_weights)
        model.compile(optimizer=optimizer)
        return model


@pytest.fixture(scope="module")
def setting(tmp_path_factory):
    return Setting(tmp_path_factory.mktemp("trees"))


@pytest.mark.parametrize(
    "front_end", ["bilstm", pytest.param("none", marks=pytest.mark.slow)]
)
def test_it_learns_five_trees_by_heart(setting, front_end):
    model = setting.model(
        [f"chart.front_end={front_end}", *WIDE],
        FusedAdam(0.005),
        clip_norm=5.0,
    )
    batch = setting.batch()
    data = tf.data.Dataset.from_tensors((batch,)).repeat(150)
    model.fit(data, verbose=0)
    for method in ("mbr", "cky"):
        decode = override(setting.config, [f"decode.method={method}"]).decode
        inference = make_inference(
            model, setting.vocabularies, setting.task, decode
        )
        sentences = [example.inputs for example in setting.examples]
        best = inference.decode(sentences, prepared=True)
        got = [hypothesis.text for (hypothesis,) in best]
        assert got == [example.targets for example in setting.examples]


def test_the_loss_is_a_probability(setting):
    """Minus its logarithm is not below 0, nor is any part of it."""
    model = setting.model()
    loss, weight, tokens = model.part_loss(setting.batch(), training=False)
    assert float(loss) > 0
    words = sum(len(e.inputs.split()) for e in setting.examples)
    assert float(weight) == float(tokens) == words


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


def test_its_weights_are_a_chart_parsers(setting):
    model = setting.model()
    plain = build_model(setting.config, setting.vocabularies)
    assert type(plain) is ChartParser
    plain.set_weights(model.get_weights())
    again = LearningChartParser.from_config(model.get_config())
    again.build()
    assert again.settings == model.settings


def test_a_chart_is_refused_elsewhere(setting):
    with pytest.raises(ValueError, match="Try a ChartParser"):
        Transformer(10, 10, parser="chart")
