"""The decoder's layer, whole sequences and one step at a time."""

import keras
from keras import ops

from tfformer.layers.attention import MultiHeadAttention
from tfformer.layers.feed_forward import FeedForward
from tfformer.layers.residual import Residual


class DecoderLayer(keras.layers.Layer):
    """One of the decoder's N layers (paper, section 3.1).

    Masked self-attention, attention over the encoder's output, feed-forward.

    Args:
        model_dim: d_model.
        ffn_dim: d_ff.
        num_heads: h.
        key_dim: d_k of each head.
        value_dim: d_v of each head.
        dropout_rate: P_drop on each sub-layer's output.
        attention_dropout_rate: dropout on attention weights.
        ffn_dropout_rate: dropout after the ReLU.
        normalization: "post" (the paper) or "pre".

    Call arguments:
        x: `[batch, target_length, model_dim]`.
        memory: `[batch, source_length, model_dim]`, the encoder's output.
        self_mask: bool `[1 or batch, 1, target_length, target_length]`.
        memory_mask: bool `[batch, 1, 1, source_length]`; True = attend.
        training: whether dropout acts.

    Returns:
        The output `[batch, target_length, model_dim]` and the encoder-decoder
        attention `[batch, heads, target_length, source_length]`.
    """

    def __init__(
        self,
        model_dim,
        ffn_dim,
        num_heads,
        key_dim,
        value_dim,
        dropout_rate=0.1,
        attention_dropout_rate=0.0,
        ffn_dropout_rate=0.0,
        normalization="post",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.settings = {
            "model_dim": model_dim,
            "ffn_dim": ffn_dim,
            "num_heads": num_heads,
            "key_dim": key_dim,
            "value_dim": value_dim,
            "dropout_rate": dropout_rate,
            "attention_dropout_rate": attention_dropout_rate,
            "ffn_dropout_rate": ffn_dropout_rate,
            "normalization": normalization,
        }
        self.self_attention = self._attention("self_attention")
        self.self_attention_residual = self._residual("self_attention")
        self.cross_attention = self._attention("cross_attention")
        self.cross_attention_residual = self._residual("cross_attention")
        self.feed_forward = FeedForward(
            model_dim,
            ffn_dim,
            ffn_dropout_rate,
            dtype=self.dtype_policy,
            name="feed_forward",
        )
        self.feed_forward_residual = self._residual("feed_forward")

    def _attention(self, name):
        return MultiHeadAttention(
            self.settings["num_heads"],
            self.settings["model_dim"],
            self.settings["key_dim"],
            self.settings["value_dim"],
            self.settings["attention_dropout_rate"],
            dtype=self.dtype_policy,
            name=name,
        )

    def _residual(self, name):
        return Residual(
            self.settings["dropout_rate"],
            self.settings["normalization"],
            dtype=self.dtype_policy,
            name=f"{name}_residual",
        )

    def build(self, x_shape, memory_shape=None):
        self.self_attention.build(x_shape)
        self.self_attention_residual.build(x_shape)
        self.cross_attention.build(x_shape, memory_shape or x_shape)
        self.cross_attention_residual.build(x_shape)
        self.feed_forward.build(x_shape)
        self.feed_forward_residual.build(x_shape)
        self.built = True

    def call(self, x, memory, self_mask=None, memory_mask=None, training=False):
        seen = self.self_attention_residual.before(x)
        y, _ = self.self_attention(
            seen, seen, attention_mask=self_mask, training=training
        )
        x = self.self_attention_residual(x, y, training=training)
        seen = self.cross_attention_residual.before(x)
        y, weights = self.cross_attention(
            seen, memory, attention_mask=memory_mask, training=training
        )
        x = self.cross_attention_residual(x, y, training=training)
        seen = self.feed_forward_residual.before(x)
        y = self.feed_forward(seen, training=training)
        return self.feed_forward_residual(x, y, training=training), weights

    def decode_step(
        self,
        x,
        step,
        keys,
        values,
        memory_keys,
        memory_values,
        memory_mask,
        positions=None,
    ):
        """Decodes one position of every beam.

        The beams of a sentence are query rows over one copy of its memory,
        so the memory is never repeated for each beam.

        Args:
            x: `[batch, beam, model_dim]`, the newest position.
            step: int32 scalar, that position, counted from 0.
            keys: `[batch, beam, heads, length, d_k]`, cached; see
                `append_position` for what `length` is.
            values: `[batch, beam, heads, length, d_v]`.
            memory_keys: `[batch, heads, source_length, d_k]`.
            memory_values: `[batch, heads, source_length, d_v]`.
            memory_mask: bool `[batch, 1, 1, source_length]`.
            positions: int32 `[length]` for a cache of fixed length, None for
                one that grows.

        Returns:
            The output `[batch, beam, model_dim]`, and keys and values with the
            newest position in them.
        """
        seen = self.self_attention_residual.before(x)
        query, new_key, new_value = map(
            _beams_apart, self.self_attention.project_all(seen)
        )
        keys = append_position(keys, new_key, step, positions)
        values = append_position(values, new_value, step, positions)
        written = None if positions is None else positions <= step
        y, _ = self.self_attention.attend(query, keys, values, written)
        x = self.self_attention_residual(x, y[:, :, 0])
        seen = self.cross_attention_residual.before(x)
        query = self.cross_attention.project_query(seen)
        y, _ = self.cross_attention.attend(
            query, memory_keys, memory_values, memory_mask
        )
        x = self.cross_attention_residual(x, y)
        y = self.feed_forward(self.feed_forward_residual.before(x))
        return self.feed_forward_residual(x, y), keys, values

    def compute_output_spec(
        self, x, memory, self_mask=None, memory_mask=None, training=False
    ):
        heads = self.settings["num_heads"]
        weights = (x.shape[0], heads, x.shape[1], memory.shape[1])
        return (
            keras.KerasTensor(x.shape, x.dtype),
            keras.KerasTensor(weights, "float32"),
        )

    def get_config(self):
        return {**super().get_config(), **self.settings}


def _beams_apart(heads):
    """`[batch, heads, beam, dim]` to `[batch, beam, heads, 1, dim]`."""
    return ops.transpose(heads, (0, 2, 1, 3))[:, :, :, None, :]


def append_position(cached, new, step, positions=None):
    """Puts the newest position into a cache.

    A growing cache spends no work on positions that do not exist yet. A cache
    of fixed length is what compilers with static shapes (XLA) need; it is
    written by a select and not by a slice update, which on TensorFlow would
    be an `Xla*` op that TF Serving may lack.

    Args:
        cached: `[batch, beam, heads, length, dim]`.
        new: `[batch, beam, heads, 1, dim]`.
        step: int32 scalar, the position that `new` belongs to.
        positions: int32 `[length]` if the cache has a fixed length.

    Returns:
        The cache with `new` in it, one position longer if it grows.
    """
    if positions is None:
        return ops.concatenate([cached, new], axis=3)
    return ops.where((positions == step)[:, None], new, cached)
