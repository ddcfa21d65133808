"""Sums over the replicas of a `tf.distribute` strategy."""

from collections.abc import Sequence

import tensorflow as tf

# Gradients are sent in packs of about this size. One pack of all of them, as is
# the default, takes longer on processors.
_PACK = tf.distribute.experimental.CommunicationOptions(
    bytes_per_pack=16 * 1024 * 1024
)


def sum_over_replicas(values: Sequence[tf.Tensor]) -> list[tf.Tensor]:
    """Sums tensors over all replicas, in one exchange for each type.

    To be called in replica context. bfloat16 comes back as float32; see
    `summable`.

    Args:
        values: of the same shapes and types on every replica.
    """
    replica = tf.distribute.get_replica_context()
    if replica is None or replica.num_replicas_in_sync == 1:
        return list(values)
    values = [tf.identity(summable(v)) for v in values]
    sums = list(values)
    for dtype in sorted({v.dtype.name for v in values}):
        places = [i for i, v in enumerate(values) if v.dtype.name == dtype]
        reduced = replica.all_reduce(
            tf.distribute.ReduceOp.SUM,
            [values[i] for i in places],
            options=_PACK,
        )
        for place, value in zip(places, reduced, strict=True):
            sums[place] = value
    return sums


def summable(values: tf.Tensor) -> tf.Tensor:
    """Returns bfloat16 as float32: its eight bits are too few to add up in."""
    return (
        tf.cast(values, tf.float32) if values.dtype == tf.bfloat16 else values
    )
