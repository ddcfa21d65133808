"""What a score is made from: one hidden layer over each place."""

import keras
from keras import ops

from tfformer.layers.dense import Dense
from tfformer.layers.dropout import Dropout
from tfformer.layers.orthogonal import orthogonal


@keras.saving.register_keras_serializable("tfformer")
class Perceptron(keras.layers.Layer):
    """One hidden layer with a leaky ReLU and one dropout mask a sequence.

    Args:
        units: width of the result.
        dropout_rate: on the result, with one mask for all places.

    Call arguments:
        x: `[batch, length, width]`.
        training: whether dropout acts.

    Returns:
        `[batch, length, units]`.
    """

    def __init__(self, units, dropout_rate=0.0, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.dropout_rate = dropout_rate
        self.dense = Dense(
            units,
            kernel_initializer=orthogonal,
            dtype=self.dtype_policy,
            name="dense",
        )
        self.dropout = Dropout(
            dropout_rate, noise_shape=(None, 1, None), dtype=self.dtype_policy
        )

    def build(self, x_shape):
        self.dense.build(x_shape)
        self.built = True

    def call(self, x, training=False):
        x = ops.leaky_relu(self.dense(x), 0.1)
        return self.dropout(x, training=training) if self.dropout_rate else x

    def compute_output_spec(self, x, training=False):
        return keras.KerasTensor((*x.shape[:-1], self.units), x.dtype)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "dropout_rate": self.dropout_rate,
        }
