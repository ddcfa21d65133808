"""Models and optimizers from a configuration."""

import dataclasses
import typing

import keras

from tfformer.config import ExperimentConfig
from tfformer.data.vocabulary import Vocabularies
from tfformer.models.transformer import Transformer
from tfformer.schedules import LinearDecay, NoamSchedule
from tfformer.training.adam import FusedAdam

Model = typing.TypeVar("Model", bound=Transformer)


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
