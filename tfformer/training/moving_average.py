"""An exponential moving average of the weights, kept while they are trained."""

import contextlib
from collections.abc import Iterator, Sequence

import keras
import tensorflow as tf


class MovingAverage:
    """Follows weights at a distance (Polyak and Juditsky, 1992).

    After update t, `average += (1 - d) * (weight - average)`, with
    `d = min(decay, (1 + t) / (10 + t))`: the first updates, which come from
    initial weights, are soon forgotten. It is kept in float32, for a small
    change is lost in bfloat16.

    To be made where the weights were: inside the scope of their strategy.

    Args:
        weights: Keras variables, with their values.
        decay: in [0, 1).

    Attributes:
        averages: a `tf.Variable` for each weight.
    """

    def __init__(self, weights: Sequence[keras.Variable], decay: float) -> None:
        self.decay = decay
        self._weights = list(weights)
        self.averages = [
            tf.Variable(tf.cast(weight.value, tf.float32), trainable=False)
            for weight in self._weights
        ]

    def update(self, updates: tf.Tensor, keep: tf.Tensor) -> None:
        """Takes the weights of an update in, on the replica that calls it.

        Every replica does the same with the same weights, so nothing is
        exchanged and all stay equal.

        Args:
            updates: how many were made, this one counted; an int scalar.
            keep: bool scalar; where it is false, nothing changes.
        """
        count = tf.cast(updates, tf.float32)
        decay = tf.minimum(self.decay, (1.0 + count) / (10.0 + count))

        def move() -> tf.Tensor:
            for weight, average in self._pairs():
                value = tf.cast(tf.convert_to_tensor(weight.value), tf.float32)
                step = (1.0 - decay) * (value - tf.convert_to_tensor(average))
                tf.raw_ops.AssignAddVariableOp(
                    resource=average.handle, value=step
                )
            return tf.constant(True)

        tf.cond(keep, move, lambda: tf.constant(False))

    def restart(self) -> None:
        """Begins anew at the weights as they are."""
        for weight, average in self._pairs():
            average.assign(tf.cast(weight.value, tf.float32))

    def write_to_weights(self) -> None:
        """Gives the weights their averages, for good."""
        for weight, average in self._pairs():
            weight.assign(tf.cast(average, weight.dtype))

    @contextlib.contextmanager
    def in_place_of_weights(self) -> Iterator[None]:
        """Lends the averages to the model, whose weights then come back."""
        weights = [tf.identity(weight.value) for weight in self._weights]
        self.write_to_weights()
        try:
            yield
        finally:
            for weight, value in zip(self._weights, weights, strict=True):
                weight.assign(value)

    def _pairs(self):
        return zip(self._weights, self.averages, strict=True)
