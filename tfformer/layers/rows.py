"""Rows of a sequence, taken by their places."""

from keras import ops


def take_rows(x, places):
    """Gathers whole rows.

    `ops.take_along_axis` would look up every element of a row on its own.

    Args:
        x: `[batch, length, width]`.
        places: int32 `[batch, count]`.

    Returns:
        `[batch, count, width]`.
    """
    batch, length, width = ops.shape(x)
    first = ops.arange(batch, dtype="int32")[:, None] * length
    rows = ops.reshape(x, (-1, width))
    return ops.take(rows, first + places, axis=0)
