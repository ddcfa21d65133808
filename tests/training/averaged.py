"""A checkpoint that holds a moving average beside the weights."""

import keras
import tensorflow as tf

from tfformer.training.checkpoint import CheckpointStore
from tfformer.training.inference import TrainedModel
from tfformer.training.moving_average import MovingAverage
from tfformer.training.variables import training_checkpoint


def save_average(workdir, step):
    """Saves a workdir's last weights with an average that is 1 above them.

    Returns the model and the average.
    """
    model = TrainedModel(workdir, "last").model
    optimizer = keras.optimizers.SGD(0.1)
    optimizer.build(model.trainable_weights)
    average = MovingAverage(model.weights, 0.9)
    for value in average.averages:
        value.assign_add(tf.ones_like(value))
    CheckpointStore(workdir / "checkpoints").save(
        training_checkpoint(model, optimizer, average), step
    )
    return model, average
