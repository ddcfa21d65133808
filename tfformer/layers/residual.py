"""The residual connection around every sub-layer (paper, section 3.1)."""

import keras

from tfformer.layers.dropout import Dropout
from tfformer.layers.normalization import LayerNormalization


@keras.saving.register_keras_serializable("tfformer")
class Residual(keras.layers.Layer):
    """Joins a sub-layer's output to its input, with dropout and LayerNorm.

    Post-norm is the paper's `LayerNorm(x + Dropout(Sublayer(x)))`; pre-norm is
    `x + Dropout(Sublayer(LayerNorm(x)))`. Use it in two calls around the
    sub-layer: `y = sublayer(residual.before(x))`, `residual(x, y)`.

    Args:
        dropout_rate: P_drop on the sub-layer's output (section 5.4).
        normalization: "post" or "pre".

    Raises:
        ValueError: for another `normalization`.

    Call arguments:
        x: `[batch, length, model_dim]`, what came into the sub-layer.
        y: the same shape, what the sub-layer made of `before(x)`.
        training: whether dropout acts.

    Returns:
        `[batch, length, model_dim]`.
    """

    def __init__(self, dropout_rate=0.0, normalization="post", **kwargs):
        super().__init__(**kwargs)
        if normalization not in ("post", "pre"):
            raise ValueError(
                "`normalization` must be 'post' or 'pre'. Received: "
                f"{normalization!r}. Try 'post', the paper's."
            )
        self.dropout_rate = dropout_rate
        self.normalization = normalization
        self.dropout = Dropout(dropout_rate, dtype=self.dtype_policy)
        self.norm = LayerNormalization(
            epsilon=1e-6, dtype=self.dtype_policy, name="norm"
        )

    def build(self, x_shape, y_shape=None):
        self.norm.build(x_shape)
        self.built = True

    def before(self, x):
        """What the sub-layer should see of `x`."""
        return self.norm(x) if self.normalization == "pre" else x

    def call(self, x, y, training=False):
        summed = x + self.dropout(y, training=training)
        return self.norm(summed) if self.normalization == "post" else summed

    def compute_output_spec(self, x, y, training=False):
        return keras.KerasTensor(x.shape, x.dtype)

    def get_config(self):
        return {
            **super().get_config(),
            "dropout_rate": self.dropout_rate,
            "normalization": self.normalization,
        }
