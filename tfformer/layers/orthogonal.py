"""Orthogonal initial weights in any precision."""

import keras
from keras import ops


def orthogonal(shape, dtype=None):
    """Draws an orthogonal matrix (Saxe et al., 2014) in float32.

    It takes a decomposition that is there for few types.

    Args:
        shape: of the weight.
        dtype: to which it is cast.
    """
    drawn = keras.initializers.Orthogonal()(shape, dtype="float32")
    return ops.cast(drawn, dtype or keras.config.floatx())
