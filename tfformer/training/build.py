"""Models and optimizers from a configuration."""

import dataclasses
import typing

import keras

from tfformer.config import ExperimentConfig
from tfformer.data.chart_vocabulary import ChartVocabulary
from tfformer.data.vocabulary import Vocabularies
from tfformer.data.word_vocabulary import WordVocabulary
from tfformer.models.chart_parser import ChartParser
from tfformer.models.transformer import Transformer
from tfformer.schedules import LinearDecay, NoamSchedule
from tfformer.training.adam import FusedAdam

Model = typing.TypeVar("Model", bound=Transformer)
Parser = typing.TypeVar("Parser", bound=ChartParser)


def build_model(
    config: ExperimentConfig,
    vocabularies: Vocabularies,
    kinds: tuple[type[Transformer], type[ChartParser]] = (
        Transformer,
        ChartParser,
    ),
    **settings: object,
) -> Transformer | ChartParser:
    """Makes the model that a configuration asks for, with all its weights.

    Args:
        config: the experiment.
        vocabularies: of source and target; they decide the sizes.
        kinds: `Transformer` and `ChartParser`, or subclasses of them.
        **settings: arguments that these take besides.
    """
    if config.model.parser == "chart":
        return build_chart_parser(kinds[1], config, vocabularies, **settings)
    return build_transformer(kinds[0], config, vocabularies, **settings)


def build_chart_parser(
    kind: type[Parser],
    config: ExperimentConfig,
    vocabularies: Vocabularies,
    **settings: object,
) -> Parser:
    """Makes a chart parser with all its weights.

    Args:
        kind: `ChartParser` or a subclass of it.
        config: the experiment.
        vocabularies: a `WordVocabulary` and a `ChartVocabulary`.
        **settings: arguments that `kind` takes besides.
    """
    source = typing.cast(WordVocabulary, vocabularies[0])
    target = typing.cast(ChartVocabulary, vocabularies[1])
    model = kind(
        num_words=source.size,
        num_characters=len(source.characters),
        num_tags=len(target.tags),
        num_labels=len(target.labels),
        row_width=source.ids_per_token,
        model=dataclasses.asdict(config.model),
        chart=dataclasses.asdict(config.chart),
        dtype=config.model.dtype,
        **settings,
    )
    model.build()
    return model


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
