"""What a checkpoint holds, said variable by variable.

`tf.train.Checkpoint(model=model)` follows attributes, and it does not follow
Keras 3's lists of layers: it would silently save next to nothing of a stack.
So every variable is named here, and none is found by luck.
"""

import keras
import tensorflow as tf


def model_checkpoint(model: keras.Model) -> tf.train.Checkpoint:
    """Returns a checkpoint of a model's weights.

    Args:
        model: built.
    """
    return tf.train.Checkpoint(model=_weights(model))


def training_checkpoint(
    model: keras.Model, optimizer: keras.optimizers.Optimizer
) -> tf.train.Checkpoint:
    """Returns a checkpoint of weights and optimizer.

    Args:
        model: built.
        optimizer: built on the model's weights.
    """
    state = {
        variable.path.removeprefix(f"{optimizer.name}/").removeprefix(
            f"{model.name}_"
        ): variable.value
        for variable in optimizer.variables
    }
    return tf.train.Checkpoint(model=_weights(model), optimizer=state)


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
