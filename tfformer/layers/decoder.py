"""The decoder's layer, whole sequences and one step at a time."""

import keras
from keras import ops

from tfformer.layers.attention import MultiHeadAttention, attend_to_turned
from tfformer.layers.decoding_cache import append, attend_to_parts
from tfformer.layers.feed_forward import FeedForward
from tfformer.layers.residual import Residual
from tfformer.layers.self_attention import (
    attend_to_itself,
    self_attention,
)


@keras.saving.register_keras_serializable("tfformer")
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
        attention_window: r of `RestrictedSelfAttention`, which then takes the
            place of masked self-attention; 0 restricts nothing.
        initializer_gain: of `glorot`, for every kernel.

    Call arguments:
        x: `[batch, target_length, model_dim]`.
        memory: `[batch, source_length, model_dim]`, the encoder's output.
        self_mask: bool `[1 or batch, 1, target_length, target_length]`; with
            a window, which is causal by itself, `[1 or batch, 1, 1,
            target_length]` or None.
        cross_mask: bool `[batch, 1, 1, source_length]`; True = attend.
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
        attention_window=0,
        initializer_gain=1.0,
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
            "attention_window": attention_window,
            "initializer_gain": initializer_gain,
        }
        self.self_attention = self_attention(
            self.settings, causal=True, dtype=self.dtype_policy
        )
        self.self_attention_residual = self._residual("self_attention")
        self.cross_attention = self._cross_attention()
        self.cross_attention_residual = self._residual("cross_attention")
        self.feed_forward = FeedForward(
            model_dim,
            ffn_dim,
            ffn_dropout_rate,
            initializer_gain,
            dtype=self.dtype_policy,
            name="feed_forward",
        )
        self.feed_forward_residual = self._residual("feed_forward")

    def _cross_attention(self):
        return MultiHeadAttention(
            self.settings["num_heads"],
            self.settings["model_dim"],
            self.settings["key_dim"],
            self.settings["value_dim"],
            self.settings["attention_dropout_rate"],
            self.settings["initializer_gain"],
            dtype=self.dtype_policy,
            name="cross_attention",
        )

    @property
    def reach(self):
        """How far back self-attention sees; None is to the beginning."""
        window = self.settings["attention_window"]
        return self.self_attention.reach if window else None

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

    def call(self, x, memory, self_mask=None, cross_mask=None, training=False):
        seen = self.self_attention_residual.before(x)
        y = attend_to_itself(
            self.self_attention, seen, self_mask, training=training
        )
        x = self.self_attention_residual(x, y, training=training)
        seen = self.cross_attention_residual.before(x)
        y, weights = self.cross_attention(
            seen, memory, attention_mask=cross_mask, training=training
        )
        x = self.cross_attention_residual(x, y, training=training)
        seen = self.feed_forward_residual.before(x)
        y = self.feed_forward(seen, training=training)
        return self.feed_forward_residual(x, y, training=training), weights

    def shared_cache(self, memory):
        """What every step of every beam needs and none changes.

        Args:
            memory: `[batch, source_length, model_dim]`, the encoder's output.

        Returns:
            A dictionary: "memory", turned keys `[batch, heads, d_k,
            source_length]` and values `[batch, heads, source_length, d_v]`,
            "kernel", that of the projections of self-attention, and
            "feed_forward", its weights.
        """
        keys, values = self.cross_attention.project_key_value(memory)
        return {
            "memory": (ops.swapaxes(keys, -1, -2), values),
            "kernel": self.self_attention.joined_kernel(),
            "feed_forward": self.feed_forward.padded_weights(),
        }

    def decode_step(
        self,
        x,
        step,
        parts,
        shared,
        cross_mask,
        ancestors=None,
        positions=None,
    ):
        """Decodes one position of every beam.

        The beams of a sentence are query rows over one copy of its memory,
        and over one pool of the keys of all its beams; see
        `tfformer.layers.decoding_cache`.

        Args:
            x: `[batch, beam, model_dim]`, the newest position.
            step: int32 scalar, that position, counted from 0.
            parts: of this layer's pool.
            shared: from `shared_cache`.
            cross_mask: bool `[batch, 1, 1, source_length]`.
            ancestors: bool `[batch, beam, places]`, those of the newest
                position counted: what each beam attends to. None is
                everything.
            positions: int32 `[length]`, 0 and up, for a cache of fixed length;
                None for one that grows.

        Returns:
            The output `[batch, beam, model_dim]`, and the parts with the
            newest position in them.
        """
        seen = self.self_attention_residual.before(x)
        query, *new = self.self_attention.project_all(seen, shared["kernel"])
        parts = append(parts, new, step, positions, self.reach)
        own = None if ancestors is None else ancestors[:, None]
        y = self.self_attention.join(attend_to_parts(query, parts, own))
        x = self.self_attention_residual(x, y)
        seen = self.cross_attention_residual.before(x)
        query = self.cross_attention.project_query(seen)
        heads, _ = attend_to_turned(query, *shared["memory"], cross_mask)
        x = self.cross_attention_residual(x, self.cross_attention.join(heads))
        y = self.feed_forward.step(
            self.feed_forward_residual.before(x), shared["feed_forward"]
        )
        return self.feed_forward_residual(x, y), parts

    def compute_output_spec(
        self, x, memory, self_mask=None, cross_mask=None, training=False
    ):
        heads = self.settings["num_heads"]
        weights = (x.shape[0], heads, x.shape[1], memory.shape[1])
        return (
            keras.KerasTensor(x.shape, x.dtype),
            keras.KerasTensor(weights, "float32"),
        )

    def get_config(self):
        return {**super().get_config(), **self.settings}
