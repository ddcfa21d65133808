"""Self-attention restricted to a neighbourhood (paper, section 4)."""

import keras
from keras import ops

from tfformer.layers.attention import (
    MultiHeadAttention,
    scaled_dot_product_attention,
)

# Positions in a block at least: what smaller ones cost is mostly overhead.
LEAST_BLOCK = 64


@keras.saving.register_keras_serializable("tfformer")
class RestrictedSelfAttention(MultiHeadAttention):
    """Multi-head self-attention in which far positions do not meet.

    Position i attends to the positions j with |i - j| <= window // 2: the
    paper's "neighborhood of size r [...] centered around the respective output
    position", where r is odd; an even r counts as r + 1. A causal layer is
    left with the half that does not lie ahead. The result is that of
    `MultiHeadAttention` with these masks, and so are the weights, by name and
    shape: the one's serve the other.

    The sequence is cut into blocks of `window` positions, or a few more. A
    block's queries look at the block and at what of its neighbours is in
    reach, so work and memory are O(r n d) besides the projections, and nothing
    is `[length, length]`. A sequence shorter than two blocks is one block.

    Args:
        num_heads: h.
        model_dim: d_model.
        key_dim: d_k of each head.
        value_dim: d_v of each head.
        window: r, at least 1.
        causal: whether position i sees no j > i.
        dropout_rate: dropout on the attention weights.
        initializer_gain: of `glorot`.

    Call arguments:
        x: `[batch, length, model_dim]`.
        attention_mask: bool `[batch or 1, 1, 1, length]`, the positions that
            may be attended to; None is all.
        training: whether dropout acts.

    Returns:
        `[batch, length, model_dim]`. A position with nothing to attend to gets
        finite numbers without meaning.
    """

    def __init__(
        self,
        num_heads,
        model_dim,
        key_dim,
        value_dim,
        window,
        causal=False,
        dropout_rate=0.0,
        initializer_gain=1.0,
        **kwargs,
    ):
        if window < 1:
            raise ValueError(
                f"`window` must be 1 or more. Received: {window}. Try "
                "window=65, or MultiHeadAttention, which has no window."
            )
        super().__init__(
            num_heads,
            model_dim,
            key_dim,
            value_dim,
            dropout_rate,
            initializer_gain,
            **kwargs,
        )
        self.window = window
        self.causal = causal

    @property
    def reach(self):
        """The largest distance over which positions meet."""
        return self.window // 2

    def build(self, x_shape):
        super().build(x_shape)

    def call(self, x, attention_mask=None, training=False):
        if attention_mask is None:
            attention_mask = ops.ones_like(x[:1, None, None, :, 0], "bool")
        elif len(attention_mask.shape) != 4 or attention_mask.shape[-2] != 1:
            raise ValueError(
                "`attention_mask` must be [batch, 1, 1, length], since who may "
                "look where is the window's to say. Received: shape "
                f"{tuple(attention_mask.shape)}. Try layers.masks.padding_mask."
            )
        length = ops.shape(x)[1]
        count, block = block_sizes(length, self.window)
        # A sequence that is one block has no neighbours to look at.
        halo = _choose(count > 1, self.reach, 0)
        x = _lengthen(x, 1, count * block)
        queries, keys, values = (
            _cut(heads, count, block) for heads in self.project_all(x)
        )
        real = _lengthen(attention_mask[..., None], 3, count * block)
        real = self._with_neighbours(
            _cut(real[:, :, 0], count, block), block, halo
        )
        heads, _ = scaled_dot_product_attention(
            queries,
            self._with_neighbours(keys, block, halo),
            self._with_neighbours(values, block, halo),
            ops.logical_and(
                ops.swapaxes(real, -1, -2), self._band(block, halo)
            ),
            self._drop(training),
        )
        heads = ops.reshape(
            heads, (-1, self.num_heads, count * block, self.value_dim)
        )
        return self.join(heads)[:, :length]

    def _with_neighbours(self, blocks, block, halo):
        """Puts before, and perhaps behind, each block what is in reach there.

        Args:
            blocks: `[batch, heads, count, block, dim]`.
            block: positions in a block.
            halo: positions taken from each neighbour, at most `block`.

        Returns:
            `[batch, heads, count, halo + block (+ halo), dim]`, zero (False)
            where there is no neighbour.
        """
        tails = blocks[:, :, :-1, block - halo :]
        outside = ops.zeros_like(blocks[:, :, :1, block - halo :])
        parts = [ops.concatenate([outside, tails], axis=2), blocks]
        if not self.causal:
            heads = blocks[:, :, 1:, :halo]
            parts.append(ops.concatenate([heads, outside], axis=2))
        return ops.concatenate(parts, axis=3)

    def in_reach(self, length):
        """bool `[length, length]`: who may attend to whom, for pictures."""
        return self._band(length, 0)

    def _band(self, block, halo):
        """bool `[block, halo + block (+ halo)]`: which key is in reach."""
        behind = 0 if self.causal else halo
        query = ops.arange(block, dtype="int32")[:, None]
        key = ops.arange(halo + block + behind, dtype="int32") - halo
        ahead = 0 if self.causal else self.reach
        return ops.logical_and(query - key <= self.reach, key - query <= ahead)

    def compute_output_spec(self, x, attention_mask=None, training=False):
        return keras.KerasTensor(x.shape, x.dtype)

    def get_config(self):
        return {
            **super().get_config(),
            "window": self.window,
            "causal": self.causal,
        }


def block_sizes(length, window):
    """How many blocks a sequence is cut into, and how long they are.

    A remainder is shared out, so that few positions are made up to fill the
    last block; where there is one block only, none is.

    Args:
        length: positions; an int or a scalar tensor.
        window: r.

    Returns:
        Count and length of the blocks, ints where `length` is one.
    """
    least = max(window, LEAST_BLOCK)
    if isinstance(length, int):
        count = max(length // least, 1)
    else:
        count = ops.maximum(length // least, 1)
    return count, (length + count - 1) // count


def keys_of_a_query(length, window, causal):
    """How many keys a query is compared with, those that a mask hides too.

    Args:
        length: positions, an int.
        window: r.
        causal: whether the layer is.
    """
    count, block = block_sizes(length, window)
    halo = window // 2 if count > 1 else 0
    return block + halo * (1 if causal else 2)


def _choose(condition, yes, no):
    """`yes` or `no`; an int, so that shapes stay static, where it can be."""
    if isinstance(condition, bool):
        return yes if condition else no
    return ops.where(condition, yes, no)


def _lengthen(x, axis, length):
    """Fills `x` up to `length` positions with zeros (False)."""
    shape = list(ops.shape(x))
    missing = length - shape[axis]
    if isinstance(missing, int) and not missing:
        return x
    shape[axis] = missing
    return ops.concatenate([x, ops.zeros(shape, x.dtype)], axis=axis)


def _cut(x, count, block):
    """`[batch, heads, length, dim]` to `[..., count, block, dim]`."""
    batch, heads, _, dim = ops.shape(x)
    return ops.reshape(x, (batch, heads, count, block, dim))
