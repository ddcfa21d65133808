"""Positions: the paper's sinusoids (section 3.5) and a learned table.

Both give float32 whatever the policy: 600 sinusoid rows of width 512 collapse
to 407 distinct ones when they are computed in bfloat16.
"""

import math

import keras
from keras import ops


def sinusoids(positions, model_dim):
    """PE(pos, 2i) = sin(pos / 10000^(2i/d)), PE(pos, 2i+1) = cos of the same.

    Args:
        positions: float32 `[...]`, counted from 0.
        model_dim: d, even.

    Returns:
        float32 `[..., model_dim]`, sines at even and cosines at odd places,
        interleaved as the paper writes it.
    """
    rate = ops.exp(
        ops.arange(0, model_dim, 2, dtype="float32")
        * (-math.log(10000.0) / model_dim)
    )
    angles = positions[..., None] * rate
    pairs = ops.stack([ops.sin(angles), ops.cos(angles)], axis=-1)
    return ops.reshape(pairs, (*ops.shape(positions), model_dim))


@keras.saving.register_keras_serializable("tfformer")
class SinusoidalPosition(keras.layers.Layer):
    """The paper's fixed positions; any length, no weights.

    Args:
        model_dim: d_model, even.

    Raises:
        ValueError: if it is odd.

    Call arguments:
        positions: int32 `[length]`, counted from 0.

    Returns:
        float32 `[length, model_dim]`.
    """

    def __init__(self, model_dim, **kwargs):
        super().__init__(**kwargs)
        if model_dim % 2:
            raise ValueError(
                "`model_dim` must be even, a sine and a cosine for each rate. "
                f"Received: {model_dim}. Try {model_dim + 1}."
            )
        self.model_dim = model_dim

    def build(self, positions_shape=None):
        self.built = True

    def call(self, positions):
        return sinusoids(ops.cast(positions, "float32"), self.model_dim)

    def compute_output_spec(self, positions):
        shape = (*positions.shape, self.model_dim)
        return keras.KerasTensor(shape, "float32")

    def get_config(self):
        return {**super().get_config(), "model_dim": self.model_dim}


@keras.saving.register_keras_serializable("tfformer")
class LearnedPosition(keras.layers.Layer):
    """A trained row for each position (Table 3, row E).

    Positions past the table use its last row, so that a long input is
    translated rather than refused.

    Args:
        model_dim: d_model.
        max_positions: rows of the table.

    Call arguments:
        positions: int32 `[length]`, counted from 0.

    Returns:
        float32 `[length, model_dim]`.
    """

    def __init__(self, model_dim, max_positions, **kwargs):
        super().__init__(**kwargs)
        self.model_dim = model_dim
        self.max_positions = max_positions

    def build(self, positions_shape=None):
        self.table = self.add_weight(
            shape=(self.max_positions, self.model_dim),
            initializer=keras.initializers.RandomNormal(
                stddev=self.model_dim**-0.5
            ),
            name="table",
            # Its rows are float32 under mixed precision too.
            autocast=False,
        )
        self.built = True

    def call(self, positions):
        rows = ops.minimum(positions, self.max_positions - 1)
        return ops.cast(ops.take(self.table, rows, axis=0), "float32")

    def compute_output_spec(self, positions):
        shape = (*positions.shape, self.model_dim)
        return keras.KerasTensor(shape, "float32")

    def get_config(self):
        return {
            **super().get_config(),
            "model_dim": self.model_dim,
            "max_positions": self.max_positions,
        }
