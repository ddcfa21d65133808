"""Beams of a sentence, or blocks of a row, taken by their places."""

from keras import ops


def take_rows(tensor, rows):
    """Takes rows of axis 1: `[batch, n, ...]` to `[batch, m, ...]`.

    One flat gather; `take_along_axis` would copy the indices over every
    trailing axis.

    Args:
        tensor: `[batch, n, ...]`.
        rows: int `[batch, m]`.
    """
    shape = ops.shape(tensor)
    batch, n = shape[0], shape[1]
    first = ops.arange(batch, dtype="int32")[:, None] * n
    flat = ops.reshape(tensor, (batch * n, *shape[2:]))
    index = ops.reshape(ops.cast(rows, "int32") + first, (-1,))
    taken = ops.take(flat, index, axis=0)
    return ops.reshape(taken, (batch, ops.shape(rows)[1], *shape[2:]))
