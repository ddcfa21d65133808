"""What a decoder layer remembers of the positions before the newest one.

The keys and values of all hypotheses ("beams") of a sentence lie in one pool.
A hypothesis that moves to another beam takes along which places of the pool
are its own (its `ancestors`), and no key moves with it.

A pool that grows is copied by growing. So it has two parts: the newest
positions, to which every step appends one, and the settled places, to which
they are moved once in `BLOCK` steps. Then what no live hypothesis descends
from is dropped, which is most of the pool: hypotheses of a beam share all but
their ends.

A part is a pair of keys `[batch, heads, places, d_k]` and values `[batch,
heads, places, d_v]`; the places of a position are those of its beams, together.
Keys that settled are turned, `[batch, heads, d_k, places]`, as products like it
(see `attend_to_turned`).
"""

from keras import ops

from tfformer.kernels.single_row import matmul
from tfformer.layers.attention import (
    masked_softmax,
    scaled,
    scaled_dot_product_attention,
)
from tfformer.layers.rows import take_rows

# Copying what settled costs the less often, the more steps are in a block, and
# copying the newest positions costs more.
BLOCK = 8


def empty_parts(attention, batch, places, dtype, settles):
    """The parts of a pool before the first step.

    Args:
        attention: the layer's `MultiHeadAttention`.
        batch: sentences.
        places: places of its last part: none, or the full number of a pool of
            fixed size.
        dtype: of keys and values.
        settles: whether it has a settled part.
    """

    heads = attention.num_heads

    def zeros(*shape):
        return ops.zeros((batch, heads, *shape), dtype)

    values = zeros(places, attention.value_dim)
    newest = zeros(places, attention.key_dim), values
    settled = zeros(attention.key_dim, places), values
    return (settled, newest) if settles else (newest,)


def append(parts, new, step, positions=None, reach=None):
    """Puts the newest position's keys and values into the last part.

    Args:
        parts: of the pool.
        new: keys and values of all beams, `[batch, heads, beam, dim]`.
        step: see `append_position`.
        positions: see `append_position`.
        reach: see `append_position`.

    Returns:
        The parts.
    """
    newest = tuple(
        append_position(cached, one, step, positions, reach)
        for cached, one in zip(parts[-1], new, strict=True)
    )
    return *parts[:-1], newest


def append_position(cached, new, step, positions=None, reach=None):
    """Puts the newest position into a tensor of the cache.

    A growing cache spends no work on positions that do not exist yet. A cache
    of fixed length is what compilers with static shapes (XLA) need; it is
    written by a select and not by a slice update, which on TensorFlow would
    be an `Xla*` op that TF Serving may lack.

    Where attention reaches back so far only, the cache holds no more than it
    sees: a growing one drops its oldest position, and one of fixed length,
    which must then have `reach + 1` positions or all, is a ring in which the
    newest takes the place of the oldest.

    Args:
        cached: `[batch, n, places, ...]`.
        new: `[batch, n, beam, ...]`.
        step: int32 scalar, the position that `new` belongs to.
        positions: int32 `[length]` if the cache has a fixed length.
        reach: how far back attention sees; None is to the beginning.

    Returns:
        The cache with `new` in it, one position longer if it grows.
    """
    beam = ops.shape(new)[2]
    if positions is None:
        if reach is not None:
            # From the end, so that a cache that is not full stays whole.
            cached = (
                cached[:, :, -reach * beam :] if reach else cached[:, :, :0]
            )
        return ops.concatenate([cached, new], axis=2)
    length = ops.shape(positions)[0]
    if reach is not None:
        step = ops.mod(step, length)
    shape = ops.shape(cached)
    by_position = ops.reshape(cached, (*shape[:2], length, beam, *shape[3:]))
    here = ops.reshape(positions == step, (-1, *[1] * (len(shape) - 2)))
    written = ops.where(here, new[:, :, None], by_position)
    return ops.reshape(written, shape)


def settle(step, layers, ancestors=None):
    """Moves the newest positions to the settled ones, once in `BLOCK` steps.

    Args:
        step: int32 scalar, how many positions there are.
        layers: the parts of each layer's pool.
        ancestors: bool `[batch, beam, places]`, of both parts together; None
            where all is everyone's own.

    Returns:
        Layers and ancestors with the same meaning for every live hypothesis.
    """
    if len(layers[0]) == 1:
        return layers, ancestors
    due = ops.logical_and(step > 0, ops.equal(ops.mod(step, BLOCK), 0))
    if ancestors is None:
        return ops.cond(
            due, lambda: [_joined(parts) for parts in layers], lambda: layers
        ), None
    return ops.cond(
        due,
        lambda: _without_the_dead(layers, ancestors),
        lambda: (layers, ancestors),
    )


def _joined(parts, places=None):
    """All places, or some of them, as the settled part."""
    (turned, settled_values), (keys, values) = parts
    nothing = keys[:, :, :0], values[:, :, :0]
    values = ops.concatenate([settled_values, values], axis=2)
    if places is None:
        newest = ops.swapaxes(keys, -1, -2)
        return (ops.concatenate([turned, newest], axis=3), values), nothing
    keys = ops.concatenate([ops.swapaxes(turned, -1, -2), keys], axis=2)
    turned = ops.swapaxes(_take_places(keys, places), -1, -2)
    return (turned, _take_places(values, places)), nothing


def _without_the_dead(layers, ancestors):
    """Drops the places that are no live hypothesis's.

    Sentences have different numbers of others: places of no one make up for
    it, and stay masked.
    """
    alive = ops.any(ancestors, axis=1)
    count = ops.max(ops.sum(ops.cast(alive, "int32"), axis=1))
    # Of equals, the first first: the order stays.
    _, places = ops.top_k(ops.cast(alive, "float32"), count)
    kept = _take_places(ancestors[:, :, :, None], places)[..., 0]
    return [_joined(parts, places) for parts in layers], kept


def _take_places(cached, places):
    """`[batch, n, places, dim]` and `[batch, some]` to `[.., some, dim]`."""
    shape = ops.shape(cached)
    rows = ops.reshape(cached, (-1, *shape[2:]))
    taken = take_rows(rows, ops.repeat(places, shape[1], axis=0))
    return ops.reshape(taken, (*shape[:2], -1, shape[3]))


def attend_to_parts(query, parts, mask=None):
    """`scaled_dot_product_attention` to keys and values in parts.

    Args:
        query: `[batch, heads, beam, d_k]`.
        parts: pairs of keys and values, together `places` of them.
        mask: bool, broadcast to `[batch, heads, beam, places]`; True = attend.

    Returns:
        `[batch, heads, beam, d_v]`.
    """
    if len(parts) == 1:
        return scaled_dot_product_attention(query, *parts[0], mask)[0]
    query = scaled(query)
    (turned, settled_values), (keys, values) = parts
    scores = [
        matmul(query, turned),
        matmul(query, keys, transpose=True),
    ]
    weights = masked_softmax(ops.concatenate(scores, axis=-1), mask)
    weights = ops.cast(weights, query.dtype)
    settled = ops.shape(turned)[3]
    return ops.add(
        matmul(weights[..., :settled], settled_values),
        matmul(weights[..., settled:], values),
    )
