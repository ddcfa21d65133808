"""The section `model`: the Transformer's sizes (paper, Table 3)."""

import dataclasses

from tfformer.config.rules import Rules

_RULES = Rules("model")


@dataclasses.dataclass(frozen=True)
class ModelConfig:
    """What the model `Transformer` is built from (paper, Table 3).

    Attributes:
        num_layers: N, layers of the encoder and of the decoder each.
        model_dim: d_model, width of every sub-layer's output.
        ffn_dim: d_ff, inner width of the feed-forward networks.
        num_heads: h, attention heads.
        key_dim: d_k of each head; None means model_dim / num_heads.
        value_dim: d_v of each head; None means model_dim / num_heads.
        dropout_rate: P_drop on each sub-layer's output and on the sums of
            embeddings and positions (paper, section 5.4). Training rounds
            every rate of dropout to the nearest 256th, but for those below
            1/512: 0.1 drops 26/256 = 0.1016.
        attention_dropout_rate: dropout on attention weights; the paper has
            none, its public code 0.1.
        ffn_dropout_rate: dropout after the feed-forward network's ReLU; the
            paper has none, its public code 0.1.
        positions: "sinusoidal" (section 3.5) or "learned" (Table 3, row E).
            An encoder of words has no learned ones: there they are the
            decoder's, and a chart parser refuses them.
        max_positions: rows of a learned position table.
        normalization: "post" (after the residual sum, as the paper) or "pre".
        share_embeddings: "all" ties source, target and output embeddings
            (section 3.4), "target" ties target and output only, "none" ties
            nothing.
        attention_window: r of restricted self-attention (section 4): in
            encoder and decoder a position attends to itself and to the r // 2
            positions on each side, in the decoder to those before it only;
            0 restricts nothing. Encoder-decoder attention stays whole.
        initializer_gain: what the initial kernels of attention and
            feed-forward networks, drawn after Glorot and Bengio (2010), are
            multiplied by. The paper's code has 1; with post-norm, 0.6 learns
            faster where there is little data.
        dtype: "float32", "bfloat16" or "mixed_bfloat16" (Keras policies).
        encoder: "subwords" (the paper's) or, in parsing, "words" (what a word
            and its characters say, and recurrence, under the attention; see
            `WordsConfig`). A decoder over words is told which word is next.
        parser: parsing: "linearized" (the paper's: a tree is a sequence of
            symbols) or "chart" (a tree is found among the scores of spans,
            over an encoder of words; see `ChartConfig`).
    """

    num_layers: int = 6
    model_dim: int = 512
    ffn_dim: int = 2048
    num_heads: int = 8
    key_dim: int | None = None
    value_dim: int | None = None
    dropout_rate: float = 0.1
    attention_dropout_rate: float = 0.0
    ffn_dropout_rate: float = 0.0
    positions: str = "sinusoidal"
    max_positions: int = 1024
    normalization: str = "post"
    share_embeddings: str = "all"
    attention_window: int = 0
    initializer_gain: float = 1.0
    dtype: str = "float32"
    encoder: str = "subwords"
    parser: str = "linearized"

    def __post_init__(self) -> None:
        _RULES.choice(self, "encoder", ("subwords", "words"))
        _RULES.choice(self, "parser", ("linearized", "chart"))
        _RULES.at_least(
            self, 1, "num_layers", "model_dim", "ffn_dim", "num_heads"
        )
        _RULES.at_least(self, 1, "max_positions")
        for name in ("key_dim", "value_dim"):
            if getattr(self, name) is not None:
                _RULES.at_least(self, 1, name)
        if self.key_dim is None or self.value_dim is None:
            self._require_heads_divide()
        _RULES.require(
            self.model_dim % 2 == 0,
            "model_dim",
            "must be even, since positions pair sines with cosines",
            self.model_dim,
            f"Try model.model_dim={self.model_dim + 1}.",
        )
        _RULES.at_least(self, 0, "attention_window")
        _RULES.require(
            0.0 < self.initializer_gain <= 10.0,
            "initializer_gain",
            "must be above 0 and at most 10",
            self.initializer_gain,
            "Try model.initializer_gain=0.6.",
        )
        _RULES.rate(
            self, "dropout_rate", "attention_dropout_rate", "ffn_dropout_rate"
        )
        _RULES.choice(self, "positions", ("sinusoidal", "learned"))
        _RULES.choice(self, "normalization", ("post", "pre"))
        _RULES.choice(self, "share_embeddings", ("all", "target", "none"))
        self._require_dtype()

    def _require_heads_divide(self) -> None:
        divisors = [
            heads
            for heads in range(1, self.model_dim + 1)
            if self.model_dim % heads == 0
        ]
        nearest = min(divisors, key=lambda h: abs(h - self.num_heads))
        _RULES.require(
            self.model_dim % self.num_heads == 0,
            "num_heads",
            "must divide `model.model_dim` unless `model.key_dim` and "
            "`model.value_dim` are given",
            f"model_dim={self.model_dim}, num_heads={self.num_heads}",
            f"Try model.num_heads={nearest}.",
        )

    def _require_dtype(self) -> None:
        _RULES.require(
            "float16" not in self.dtype or "bfloat16" in self.dtype,
            "dtype",
            "cannot be float16: its loss scaling acts on each replica's "
            "gradients before they are summed, which deadlocks or applies "
            "an infinity",
            repr(self.dtype),
            "Try model.dtype=mixed_bfloat16.",
        )
        _RULES.choice(self, "dtype", ("float32", "bfloat16", "mixed_bfloat16"))
