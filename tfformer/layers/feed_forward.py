"""The position-wise feed-forward network (paper, section 3.3)."""

import keras
from keras import ops

from tfformer.layers.dense import Dense
from tfformer.layers.dropout import Dropout
from tfformer.layers.glorot import glorot

# Columns of zeros that put rows of a kernel on different lines of a cache.
_PADDING = 16


@keras.saving.register_keras_serializable("tfformer")
class FeedForward(keras.layers.Layer):
    """max(0, x W1 + b1) W2 + b2 (paper, equation 2).

    Args:
        model_dim: d_model, width of input and output.
        ffn_dim: d_ff, inner width.
        dropout_rate: dropout after the ReLU; the paper has none.
        initializer_gain: of `glorot`.

    Call arguments:
        x: `[..., model_dim]`.
        training: whether dropout acts.

    Returns:
        The same shape.
    """

    def __init__(
        self,
        model_dim,
        ffn_dim,
        dropout_rate=0.0,
        initializer_gain=1.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.model_dim = model_dim
        self.ffn_dim = ffn_dim
        self.dropout_rate = dropout_rate
        self.initializer_gain = initializer_gain
        self.inner = Dense(
            ffn_dim,
            activation="relu",
            kernel_initializer=glorot(initializer_gain),
            dtype=self.dtype_policy,
            name="inner",
        )
        self.outer = Dense(
            model_dim,
            kernel_initializer=glorot(initializer_gain),
            dtype=self.dtype_policy,
            name="outer",
        )
        self.dropout = Dropout(dropout_rate, dtype=self.dtype_policy)
        self.input_spec = keras.layers.InputSpec(
            min_ndim=2, axes={-1: model_dim}
        )

    def build(self, x_shape):
        self.inner.build(x_shape)
        self.outer.build((*x_shape[:-1], self.ffn_dim))
        self.built = True

    def call(self, x, training=False):
        # Rows of one matrix: product, bias and ReLU become one kernel, which
        # a reshape between them would prevent.
        hidden = self.inner(ops.reshape(x, (-1, self.model_dim)))
        if self.dropout_rate:
            hidden = self.dropout(hidden, training=training)
        return ops.reshape(self.outer(hidden), ops.shape(x))

    def padded_weights(self):
        """The weights as `step` takes them, a few zeros wider inside.

        A kernel's rows, which are d_ff apart in memory, mostly a power of two,
        would share the same few places of a processor's cache, and a product
        with few rows of its own would wait for memory. The zeros change no
        output.

        Returns:
            `[model_dim, wider]`, `[wider]`, `[wider, model_dim]` and
            `[model_dim]`.
        """

        def weight(variable, padding):
            tensor = ops.cast(variable, self.compute_dtype)
            return ops.pad(tensor, padding)

        none, some = (0, 0), (0, _PADDING)
        return (
            weight(self.inner.kernel, (none, some)),
            weight(self.inner.bias, (some,)),
            weight(self.outer.kernel, (some, none)),
            weight(self.outer.bias, (none,)),
        )

    def step(self, x, padded_weights):
        """Does what `call` does, to few positions, many times.

        Args:
            x: `[batch, length, model_dim]`.
            padded_weights: `padded_weights()`, made once.
        """
        inner, inner_bias, outer, outer_bias = padded_weights
        rows = ops.reshape(x, (-1, self.model_dim))
        hidden = ops.relu(ops.add(ops.matmul(rows, inner), inner_bias))
        y = ops.add(ops.matmul(hidden, outer), outer_bias)
        return ops.reshape(y, ops.shape(x))

    def compute_output_spec(self, x, training=False):
        return keras.KerasTensor(x.shape, x.dtype)

    def get_config(self):
        return {
            **super().get_config(),
            "model_dim": self.model_dim,
            "ffn_dim": self.ffn_dim,
            "dropout_rate": self.dropout_rate,
            "initializer_gain": self.initializer_gain,
        }
