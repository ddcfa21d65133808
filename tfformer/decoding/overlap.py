"""How much hypotheses have in common, repeated items counted as often."""

from keras import ops


def overlap(items, real, others, others_real):
    """Counts what each hypothesis shares with one, as BLEU and EVALB clip it.

    Args:
        items: int32 `[n, count, width]`, of each hypothesis its items; two
            are the same where all of their `width` numbers are.
        real: bool `[n, count]`, which of them are there.
        others: int32 `[other_count, width]`, the items of that one.
        others_real: bool `[other_count]`.

    Returns:
        float32 `[n]`: items of each that it has, each at most as often as it
        has it.
    """
    equal = ops.all(items[:, :, None] == others, axis=-1)
    equal = ops.logical_and(equal, others_real)
    there = ops.sum(ops.cast(equal, "int32"), axis=-1)
    place = ops.arange(ops.shape(items)[1])
    same = ops.all(items[:, :, None] == items[:, None], axis=-1)
    so_far = ops.logical_and(same, real[:, None])
    so_far = ops.logical_and(so_far, place[:, None] >= place)
    # The second of its kind is shared where the other has two.
    number = ops.sum(ops.cast(so_far, "int32"), axis=-1)
    shared = ops.logical_and(real, number <= there)
    return ops.sum(ops.cast(shared, "float32"), axis=1)
