"""What a checkpoint holds, said variable by variable.

`tf.train.Checkpoint(model=model)` follows attributes, and it does not follow
Keras 3's lists of layers: it would silently save next to nothing of a stack.
So every variable is named here, and none is found by luck.
"""

import os

import keras
import tensorflow as tf

from tfformer.training.checkpoint import PREFIX
from tfformer.training.moving_average import MovingAverage

_MOVING_AVERAGE = "moving_average"


def model_checkpoint(model: keras.Model) -> tf.train.Checkpoint:
    """Returns a checkpoint of a model's weights.

    Args:
        model: built.
    """
    return tf.train.Checkpoint(model=_weights(model))


def training_checkpoint(
    model: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    average: MovingAverage | None = None,
) -> tf.train.Checkpoint:
    """Returns a checkpoint of weights and optimizer.

    Args:
        model: built.
        optimizer: built on the model's weights.
        average: of all of the model's weights, in their order, if there is
            one.
    """
    state = {
        variable.path.removeprefix(f"{optimizer.name}/").removeprefix(
            f"{model.name}_"
        ): variable.value
        for variable in optimizer.variables
    }
    parts = {"model": _weights(model), "optimizer": state}
    if average is not None:
        parts[_MOVING_AVERAGE] = _averages(model, average)
    return tf.train.Checkpoint(**parts)


def average_checkpoint(
    model: keras.Model, average: MovingAverage
) -> tf.train.Checkpoint:
    """Returns a checkpoint of a moving average alone.

    Args:
        model: built.
        average: of all of its weights, in their order.
    """
    return tf.train.Checkpoint(**{_MOVING_AVERAGE: _averages(model, average)})


def has_moving_average(folder: str | os.PathLike) -> bool:
    """Tells whether a checkpoint holds a moving average.

    Args:
        folder: of a checkpoint that is whole; one that was removed since has
            none, and reading it tells of that.
    """
    try:
        names = tf.train.list_variables(os.path.join(folder, PREFIX))
    except (tf.errors.NotFoundError, ValueError):
        return False
    return any(name.startswith(f"{_MOVING_AVERAGE}/") for name, _ in names)


def _averages(
    model: keras.Model, average: MovingAverage
) -> dict[str, tf.Variable]:
    """Names averages as the weights they are of."""
    return dict(zip(_weights(model), average.averages, strict=True))


def _weights(model: keras.Model) -> dict[str, tf.Variable]:
    """Names weights by their path below the model, whatever its own name."""
    weights = {
        weight.path.removeprefix(f"{model.name}/"): weight.value
        for weight in model.weights
    }
    if len(weights) != len(model.weights):
        raise RuntimeError(
            "Two weights have one name, so a checkpoint would lose one: "
            + ", ".join(weight.path for weight in model.weights)
        )
    return weights
