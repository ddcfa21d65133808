"""The position-wise feed-forward network (paper, section 3.3)."""

import keras
from keras import ops

from tfformer.layers.dropout import Dropout


class FeedForward(keras.layers.Layer):
    """max(0, x W1 + b1) W2 + b2 (paper, equation 2).

    Args:
        model_dim: d_model, width of input and output.
        ffn_dim: d_ff, inner width.
        dropout_rate: dropout after the ReLU; the paper has none.

    Call arguments:
        x: `[batch, length, model_dim]`.
        training: whether dropout acts.

    Returns:
        `[batch, length, model_dim]`.
    """

    def __init__(self, model_dim, ffn_dim, dropout_rate=0.0, **kwargs):
        super().__init__(**kwargs)
        self.model_dim = model_dim
        self.ffn_dim = ffn_dim
        self.dropout_rate = dropout_rate
        self.inner = keras.layers.Dense(
            ffn_dim, activation="relu", dtype=self.dtype_policy, name="inner"
        )
        self.outer = keras.layers.Dense(
            model_dim, dtype=self.dtype_policy, name="outer"
        )
        self.dropout = Dropout(dropout_rate, dtype=self.dtype_policy)

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
        length = ops.shape(x)[1]
        return ops.reshape(self.outer(hidden), (-1, length, self.model_dim))

    def compute_output_spec(self, x, training=False):
        return keras.KerasTensor(x.shape, x.dtype)

    def get_config(self):
        return {
            **super().get_config(),
            "model_dim": self.model_dim,
            "ffn_dim": self.ffn_dim,
            "dropout_rate": self.dropout_rate,
        }
