"""The largest of many, found in the blocks that can hold them."""

from keras import ops

from tfformer.decoding.constraint import IMPOSSIBLE
from tfformer.decoding.take_rows import take_rows

# Below this many values one sort is as fast.
_FEW = 1024


def top_k(values, k):
    """Equals `ops.top_k`, ties included, at a fraction of its cost.

    A sort looks at every value with a branch. Here one pass takes the largest
    of each block of the last axis, and only the k blocks with the largest are
    sorted: whatever lies elsewhere is beaten by one value of each of these.

    Args:
        values: `[..., size]`, size static.
        k: int or scalar tensor, at most size.

    Returns:
        The k largest values, in order, and their int32 indices, `[..., k]`.
    """
    size = values.shape[-1]
    width = _block_width(size)
    if not width:
        found, index = ops.top_k(values, k)
        return found, ops.cast(index, "int32")
    leading = ops.shape(values)[:-1]
    blocks = ops.reshape(values, (-1, size // width, width))
    best, held = _best_blocks(blocks, _largest(values, width), k)
    found, block, within = _top_k_within(best, held, k)
    return (
        ops.reshape(found, (*leading, k)),
        ops.reshape(block * width + within, (*leading, k)),
    )


def top_k_of_beams(logits, gained, k, barred=()):
    """The best continuations of all beams of a sentence together.

    The blocks of all its beams compete, so that about as many are sorted as
    one beam alone would need.

    Args:
        logits: float32 `[batch, beam, vocabulary]`, vocabulary static.
        gained: float32 `[batch, beam]`, added to all logits of a beam.
        k: int or scalar tensor, at most beam times vocabulary.
        barred: ids that are not taken, known beforehand.

    Returns:
        The k largest sums, in order, and the int32 beam and id of each, all
        `[batch, k]`. An id that is barred comes last, with an impossible sum.
    """
    batch, beam, vocabulary = ops.shape(logits)
    width = _block_width(vocabulary) or vocabulary
    per_beam = vocabulary // width
    # Rounding keeps the order: the largest sum is that of the largest logit.
    largest = ops.reshape(_largest(logits, width), (batch, beam, per_beam))
    largest = ops.reshape(largest + gained[:, :, None], (batch, -1))
    blocks = ops.reshape(logits, (batch, beam * per_beam, width))
    # A block may be chosen for what is barred, and help nobody.
    helpless = beam * len({token // width for token in barred})
    best, held = _best_blocks(blocks, largest, k + helpless)
    of_beam = best // per_beam
    held = held + ops.take_along_axis(gained, of_beam, axis=1)[:, :, None]
    first = (best - of_beam * per_beam) * width
    for token in barred:
        here = ops.arange(width, dtype="int32") == token - first[:, :, None]
        held = ops.where(here, IMPOSSIBLE, held)
    found, block, within = _top_k_within(best, held, k)
    of_beam = block // per_beam
    return found, of_beam, (block - of_beam * per_beam) * width + within


def _largest(values, width):
    """The largest of each block, `[rows, n]`.

    One expression for all who ask, so that a graph computes it once.
    """
    blocks = ops.reshape(values, (-1, values.shape[-1] // width, width))
    return ops.max(blocks, axis=-1)


def _best_blocks(blocks, largest, count):
    """Of `[rows, n, width]` those with the largest values, by their order.

    In the order of their indices, so that of equal values the first wins.

    Args:
        blocks: `[rows, n, width]`.
        largest: `[rows, n]`, by which they are chosen.
        count: how many; int or scalar tensor, perhaps more than there are.

    Returns:
        Their int32 indices `[rows, count]` and the blocks themselves.
    """
    n = ops.shape(blocks)[1]
    if isinstance(count, int) and isinstance(n, int):
        count = min(count, n)
    else:
        count = ops.minimum(count, n)
    _, best = ops.top_k(largest, count)
    best = ops.cast(ops.sort(best, axis=-1), "int32")
    return best, take_rows(blocks, best)


def _top_k_within(best, held, k):
    """The k largest of the blocks held, the block of each and its place."""
    rows, _, width = ops.shape(held)
    found, places = ops.top_k(ops.reshape(held, (rows, -1)), k)
    places = ops.cast(places, "int32")
    which = places // width
    block = ops.take_along_axis(best, which, axis=-1)
    return found, block, places - which * width


def _block_width(size):
    """A divisor of `size` near its square root, or 0 if there is none."""
    if size < _FEW:
        return 0
    root = int(size**0.5)
    near = [w for w in range(root // 2, root * 2 + 1) if size % w == 0]
    return min(near, key=lambda w: abs(w - root), default=0)
