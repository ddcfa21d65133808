"""Layers whose bias learns in bfloat16 too."""

import keras
from keras import ops

_LOW = ("bfloat16", "float16")


@keras.saving.register_keras_serializable("tfformer")
class Dense(keras.layers.Dense):
    """Keras's `Dense`, with a bias that is added as any tensor is.

    Keras adds it by TensorFlow's `BiasAdd`, which makes one kernel of product,
    bias and ReLU. Its gradient sums rows in their own dtype: in bfloat16 a sum
    of thousands stands still, and most of it is lost.
    """

    def call(self, inputs, training=None):
        if not self.use_bias or self.compute_dtype not in _LOW:
            return super().call(inputs, training=training)
        return self.activation(
            _plus(ops.matmul(inputs, self.kernel), self.bias)
        )


@keras.saving.register_keras_serializable("tfformer")
class Conv1D(keras.layers.Conv1D):
    """Keras's `Conv1D`, with a bias like that of `Dense`."""

    def call(self, inputs):
        if not self.use_bias or self.compute_dtype not in _LOW:
            return super().call(inputs)
        return self.activation(
            _plus(self.convolution_op(inputs, self.kernel), self.bias)
        )


def _plus(x, bias):
    # Not `ops.add`, which would be TensorFlow's `BiasAdd` again.
    return x + ops.cast(bias, x.dtype)
