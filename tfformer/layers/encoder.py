"""The encoder's layer: self-attention, then feed-forward (section 3.1)."""

import keras

from tfformer.layers.feed_forward import FeedForward
from tfformer.layers.residual import Residual
from tfformer.layers.self_attention import (
    attend_to_itself,
    self_attention,
)


@keras.saving.register_keras_serializable("tfformer")
class EncoderLayer(keras.layers.Layer):
    """One of the encoder's N layers.

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
        attention_window: r of `RestrictedSelfAttention`; 0 restricts nothing.
        initializer_gain: of `glorot`, for every kernel.

    Call arguments:
        x: `[batch, length, model_dim]`.
        attention_mask: bool `[batch, 1, 1, length]`; True = attend.
        training: whether dropout acts.

    Returns:
        `[batch, length, model_dim]`.
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
        policy = self.dtype_policy
        self.self_attention = self_attention(
            self.settings, causal=False, dtype=policy
        )
        self.self_attention_residual = Residual(
            dropout_rate,
            normalization,
            dtype=policy,
            name="self_attention_residual",
        )
        self.feed_forward = FeedForward(
            model_dim,
            ffn_dim,
            ffn_dropout_rate,
            initializer_gain,
            dtype=policy,
            name="feed_forward",
        )
        self.feed_forward_residual = Residual(
            dropout_rate,
            normalization,
            dtype=policy,
            name="feed_forward_residual",
        )

    def build(self, x_shape):
        self.self_attention.build(x_shape)
        self.self_attention_residual.build(x_shape)
        self.feed_forward.build(x_shape)
        self.feed_forward_residual.build(x_shape)
        self.built = True

    def call(self, x, attention_mask=None, training=False):
        seen = self.self_attention_residual.before(x)
        y = attend_to_itself(
            self.self_attention, seen, attention_mask, training=training
        )
        x = self.self_attention_residual(x, y, training=training)
        seen = self.feed_forward_residual.before(x)
        y = self.feed_forward(seen, training=training)
        return self.feed_forward_residual(x, y, training=training)

    def compute_output_spec(self, x, attention_mask=None, training=False):
        return keras.KerasTensor(x.shape, x.dtype)

    def get_config(self):
        return {**super().get_config(), **self.settings}
