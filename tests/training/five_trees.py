"""Five trees, and parsers over words that learn them."""

import keras

from tfformer.config import ExperimentConfig, override
from tfformer.data.encoded import pad_examples
from tfformer.data.vocabulary import Vocabularies
from tfformer.tasks.task import Task, get_preset, make_task
from tfformer.training.build import Kinds, build_model
from tfformer.training.chart_learner import LearningChartParser
from tfformer.training.inference import make_inference
from tfformer.training.word_learner import LearningWordTransformer

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
    "words.embedding_dropout_rate=0",
    "words.dropout_rate=0",
    "chart.dropout_rate=0",
)
WIDE = ("model.model_dim=48", "words.word_dim=32")
SPANS = ("chart.span_dim=32", "chart.label_dim=32")


class Setting:
    """Five trees, their vocabularies and a batch of all of them."""

    config: ExperimentConfig
    task: Task
    vocabularies: Vocabularies

    def __init__(self, folder, preset):
        (folder / "train.mrg").write_text(TREES * 2)
        self.config = override(get_preset(preset), ("data.source=text", *STILL))
        self.task = make_task(self.config, folder)
        self.task.build_vocabularies(folder)
        self.vocabularies = self.task.vocabularies(folder)
        self.examples = list(self.task.examples("train"))[:5]

    def batch(self, *numbers):
        some = [self.examples[i] for i in numbers or range(5)]
        inputs, targets = self.vocabularies
        return (
            pad_examples(inputs.encode([example.inputs for example in some])),
            pad_examples(targets.encode([example.targets for example in some])),
        )

    def model(self, assignments=(), optimizer=None, **settings):
        keras.utils.set_random_seed(0)
        model = build_model(
            override(self.config, assignments),
            self.vocabularies,
            Kinds(
                word_transformer=LearningWordTransformer,
                chart_parser=LearningChartParser,
            ),
            **settings,
        )
        optimizer = optimizer or keras.optimizers.SGD(0.1)
        optimizer.build(model.trainable_weights)
        model.compile(optimizer=optimizer)
        return model

    def parse(self, model, assignments=()):
        """Decodes the five sentences."""
        decode = override(self.config, assignments).decode
        inference = make_inference(model, self.vocabularies, self.task, decode)
        sentences = [example.inputs for example in self.examples]
        best = inference.decode(sentences, prepared=True)
        return [hypothesis.text for (hypothesis,) in best]
