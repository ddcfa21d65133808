"""Models and optimizers from a configuration."""

import dataclasses
import typing

import keras
import numpy as np

from tfformer.config import ExperimentConfig
from tfformer.data.chart_vocabulary import ChartVocabulary
from tfformer.data.tree_vocabulary import TreeVocabulary
from tfformer.data.vocabulary import Vocabularies
from tfformer.data.word_vocabulary import WordVocabulary
from tfformer.models.chart_parser import ChartParser
from tfformer.models.transformer import Transformer
from tfformer.models.word_transformer import WordTransformer
from tfformer.schedules import LinearDecay, NoamSchedule
from tfformer.training.adam import FusedAdam

Model = typing.TypeVar("Model", bound=Transformer)


class Kinds(typing.NamedTuple):
    """The class of each kind of model, or a subclass of it."""

    transformer: type[Transformer] = Transformer
    word_transformer: type[WordTransformer] = WordTransformer
    chart_parser: type[ChartParser] = ChartParser


KINDS = Kinds()


def build_model(
    config: ExperimentConfig,
    vocabularies: Vocabularies,
    kinds: Kinds = KINDS,
    **settings: object,
) -> Transformer | ChartParser:
    """Makes the model that a configuration asks for, with all its weights.

    Args:
        config: the experiment.
        vocabularies: of source and target; they decide the sizes.
        kinds: what it is made of.
        **settings: arguments that its class takes besides.
    """
    if config.model.parser == "chart":
        return _build_chart_parser(
            kinds.chart_parser, config, vocabularies, settings
        )
    if config.model.encoder == "words":
        target = typing.cast(TreeVocabulary, vocabularies[1])
        terminals = np.flatnonzero(target.terminals()).tolist()
        return build_transformer(
            kinds.word_transformer,
            config,
            vocabularies,
            word_encoder=_encoder(config, vocabularies, len(terminals)),
            terminals=terminals,
            **settings,
        )
    return build_transformer(
        kinds.transformer, config, vocabularies, **settings
    )


def _build_chart_parser(kind, config, vocabularies, settings):
    target = typing.cast(ChartVocabulary, vocabularies[1])
    model = kind(
        num_labels=len(target.labels),
        encoder=_encoder(config, vocabularies, len(target.tags)),
        chart=dataclasses.asdict(config.chart),
        dtype=config.model.dtype,
        **settings,
    )
    model.build()
    return model


def _encoder(config, vocabularies, num_tags):
    """The arguments of a `WordEncoder`."""
    source = typing.cast(WordVocabulary, vocabularies[0])
    return {
        "num_words": source.size,
        "num_characters": len(source.characters),
        "num_tags": num_tags,
        "row_width": source.ids_per_token,
        "model": dataclasses.asdict(config.model),
        "words": dataclasses.asdict(config.words),
    }


def build_transformer(
    kind: type[Model],
    config: ExperimentConfig,
    vocabularies: Vocabularies,
    **settings: object,
) -> Model:
    """Makes a model with all its weights.

    Args:
        kind: `Transformer` or a subclass of it.
        config: the experiment.
        vocabularies: of source and target; they decide the sizes.
        **settings: arguments that `kind` takes besides.
    """
    model = kind(
        source_vocab_size=vocabularies[0].size,
        target_vocab_size=vocabularies[1].size,
        label_smoothing=config.optimizer.label_smoothing,
        **dataclasses.asdict(config.model),
        **settings,
    )
    model.build()
    return model


def build_optimizer(config: ExperimentConfig) -> FusedAdam:
    """Makes Adam with the configured schedule (paper, section 5.3)."""
    settings = config.optimizer
    schedule: keras.optimizers.schedules.LearningRateSchedule = NoamSchedule(
        config.model.model_dim, settings.warmup_steps, settings.learning_rate
    )
    if settings.schedule == "noam_linear":
        start = int(settings.decay_start * config.train.steps)
        schedule = LinearDecay(schedule, start, config.train.steps)
    return FusedAdam(
        schedule,
        beta_1=settings.beta_1,
        beta_2=settings.beta_2,
        epsilon=settings.epsilon,
    )


def compile_for_fit(
    model: keras.Model, optimizer: keras.optimizers.Optimizer
) -> None:
    """Compiles a built model, whose optimizer then has its variables.

    Without XLA, which would compile anew for every shape of batch, and natural
    batches have many.

    Args:
        model: to train.
        optimizer: trains it.
    """
    optimizer.build(model.trainable_weights)
    model.compile(optimizer=optimizer, jit_compile=False)
