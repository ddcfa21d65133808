"""Products of single rows, as attention to a cache has one for each head."""

import keras
from keras import ops


def matmul(x, y, transpose=False):
    """`ops.matmul`, and faster where `x` has one row.

    A product with one row reads its matrix once and computes next to nothing.
    oneDNN, to which TensorFlow gives batched products, prepares each of them
    as if it were a large one. Of an equal operation that TensorFlow does not
    give it each row takes Eigen's product of a vector, in half of the time.
    With more rows oneDNN is the faster one.

    Args:
        x: `[..., rows, inner]`.
        y: `[..., inner, columns]`, with the same axes before.
        transpose: whether `y` is `[..., columns, inner]`.

    Returns:
        `[..., rows, columns]`.
    """
    if x.shape[-2] == 1 and _is_float32(x) and _is_on_tensorflow():
        import tensorflow as tf

        return tf.raw_ops.BatchMatMulV3(
            x=x, y=y, Tout="float32", adj_y=transpose
        )
    return ops.matmul(x, ops.swapaxes(y, -1, -2) if transpose else y)


def _is_float32(x):
    return keras.backend.standardize_dtype(x.dtype) == "float32"


def _is_on_tensorflow():
    return keras.backend.backend() == "tensorflow"
