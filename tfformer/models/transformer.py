"""The Transformer (paper, section 3)."""

import dataclasses

import keras
from keras import ops

from tfformer.config import BOS_ID, PAD_ID, ModelConfig
from tfformer.layers.decoder import DecoderLayer
from tfformer.layers.decoding_cache import (
    append_position,
    empty_parts,
    settle,
)
from tfformer.layers.dropout import Dropout
from tfformer.layers.embedding import SharedEmbedding
from tfformer.layers.encoder import EncoderLayer
from tfformer.layers.masks import causal_mask, padding_mask
from tfformer.layers.normalization import LayerNormalization
from tfformer.layers.position import LearnedPosition, SinusoidalPosition
from tfformer.layers.self_attention import self_attention_weights
from tfformer.losses import label_smoothed_cross_entropy, token_losses
from tfformer.models.stack import stack_layer


@keras.saving.register_keras_serializable("tfformer")
class Transformer(keras.Model):
    """Encoder, decoder and the embeddings around them.

    Defaults are the paper's base model. The arguments are the fields of
    `tfformer.config.ModelConfig`, described there, with the vocabulary sizes,
    which are read from vocabularies and not configured.

    The targets are part of what `fit` gets, `fit((inputs, targets))`. Metrics
    of `compile` read them from `y`: `fit((inputs, targets), targets)`.

    Args:
        source_vocab_size: ids of the source, special ones included.
        target_vocab_size: ids of the target, special ones included.
        num_layers: N of encoder and decoder each.
        model_dim: d_model.
        ffn_dim: d_ff.
        num_heads: h.
        key_dim: d_k; None means model_dim // num_heads.
        value_dim: d_v; None means model_dim // num_heads.
        dropout_rate: P_drop.
        attention_dropout_rate: dropout on attention weights.
        ffn_dropout_rate: dropout after the ReLU.
        positions: "sinusoidal" or "learned".
        max_positions: rows of learned positions.
        normalization: "post" or "pre".
        share_embeddings: "all", "target" or "none".
        attention_window: r, to restrict self-attention; 0 restricts nothing.
        initializer_gain: of the initial kernels of encoder and decoder.
        encoder: "subwords"; a `WordTransformer` is the other kind.
        parser: "linearized"; a `ChartParser` is the other kind.
        label_smoothing: of the loss that `compile` and `fit` use.

    Raises:
        ValueError: for embeddings to be shared by two vocabularies, or another
            encoder or parser than this class has.
        ConfigError: for a value that `ModelConfig` refuses.

    Call arguments:
        inputs: a pair of int32 ids `(inputs [batch, source_length], targets
            [batch, target_length])`, padded with 0 and ended by the end id.
            The targets are shifted right inside, so that the logits at
            position t have seen targets before t only.
        training: whether dropout acts.

    Returns:
        float32 logits `[batch, target_length, target_vocab_size]`.
    """

    # What the encoder's rows are, as `ModelConfig.encoder` has it, and how
    # many ids of the input make a row.
    reads = "subwords"
    row_width = 1

    def __init__(
        self,
        source_vocab_size,
        target_vocab_size,
        num_layers=6,
        model_dim=512,
        ffn_dim=2048,
        num_heads=8,
        key_dim=None,
        value_dim=None,
        dropout_rate=0.1,
        attention_dropout_rate=0.0,
        ffn_dropout_rate=0.0,
        positions="sinusoidal",
        max_positions=1024,
        normalization="post",
        share_embeddings="all",
        attention_window=0,
        initializer_gain=1.0,
        encoder="subwords",
        parser="linearized",
        label_smoothing=0.1,
        **kwargs,
    ):
        super().__init__(**kwargs)
        # Ids may come as floats, and bfloat16 has no odd ones above 256. The
        # layers cast what they compute with.
        self.autocast = False
        self._require_kind(encoder, parser)
        if share_embeddings == "all" and source_vocab_size != target_vocab_size:
            raise ValueError(
                "`share_embeddings='all'` needs one joint vocabulary. "
                f"Received: source_vocab_size={source_vocab_size}, "
                f"target_vocab_size={target_vocab_size}. "
                "Try share_embeddings='target'."
            )
        self.settings = {
            "source_vocab_size": source_vocab_size,
            "target_vocab_size": target_vocab_size,
            "num_layers": num_layers,
            "model_dim": model_dim,
            "ffn_dim": ffn_dim,
            "num_heads": num_heads,
            "key_dim": key_dim,
            "value_dim": value_dim,
            "dropout_rate": dropout_rate,
            "attention_dropout_rate": attention_dropout_rate,
            "ffn_dropout_rate": ffn_dropout_rate,
            "positions": positions,
            "max_positions": max_positions,
            "normalization": normalization,
            "share_embeddings": share_embeddings,
            "attention_window": attention_window,
            "initializer_gain": initializer_gain,
            "label_smoothing": label_smoothing,
        }
        self._check_settings()
        self._make_embeddings()
        self._make_encoder()
        self._make_decoder()

    @property
    def input_dtype(self):
        """Keras's: of the ids in a signature of `Model.export`."""
        return "float32"

    def _check_settings(self):
        names = {field.name for field in dataclasses.fields(ModelConfig)}
        ModelConfig(**{n: v for n, v in self.settings.items() if n in names})

    def _require_kind(self, encoder, parser):
        if (encoder, parser) != (self.reads, "linearized"):
            raise ValueError(
                f"`encoder` and `parser` must be {self.reads} and linearized "
                f"in a {type(self).__name__}. Received: {encoder!r} and "
                f"{parser!r}. Try tfformer.training.build.build_model."
            )

    def _make_embeddings(self):
        size = self.settings["target_vocab_size"]
        self.target_embedding = self._embedding(size, "target_embedding")
        self.output_embedding = self.target_embedding
        if self.settings["share_embeddings"] == "none":
            self.output_embedding = self._embedding(size, "output_embedding")

    def _make_encoder(self):
        """Makes what reads the source; to be overridden."""
        self.source_embedding = self.target_embedding
        if self.settings["share_embeddings"] != "all":
            self.source_embedding = self._embedding(
                self.settings["source_vocab_size"], "source_embedding"
            )
        self.source_position = self._position("source_position")
        self.source_dropout = self._dropout("source_dropout")
        self.encoder_layers = self._stack(EncoderLayer, "encoder")
        if self.settings["normalization"] == "pre":
            # Pre-norm leaves the last sums unnormalised; post-norm does not.
            self.encoder_norm = self._final_norm("encoder_norm")

    def _make_decoder(self):
        self.target_position = self._position("target_position")
        self.target_dropout = self._dropout("target_dropout")
        self.decoder_layers = self._stack(DecoderLayer, "decoder")
        if self.settings["normalization"] == "pre":
            self.decoder_norm = self._final_norm("decoder_norm")

    def _embedding(self, size, name):
        width = self.settings["model_dim"]
        return SharedEmbedding(size, width, dtype=self.dtype_policy, name=name)

    def _position(self, name):
        settings, policy = self.settings, self.dtype_policy
        width = settings["model_dim"]
        if settings["positions"] == "learned":
            rows = settings["max_positions"]
            return LearnedPosition(width, rows, dtype=policy, name=name)
        return SinusoidalPosition(width, dtype=policy, name=name)

    def _dropout(self, name):
        rate = self.settings["dropout_rate"]
        return Dropout(rate, dtype=self.dtype_policy, name=name)

    def _stack(self, kind, name):
        return [
            stack_layer(kind, self.settings, self.dtype_policy, f"{name}_{i}")
            for i in range(self.settings["num_layers"])
        ]

    def _final_norm(self, name):
        return LayerNormalization(
            epsilon=1e-6, dtype=self.dtype_policy, name=name
        )

    def build(self, input_shape=None):
        """Makes every weight; no shape is needed, since none depends on it."""
        if self.built:
            return
        hidden = (None, None, self.settings["model_dim"])
        self._build_encoder(hidden)
        # Tied embeddings are one layer under several names: built once.
        for layer in (
            self.target_embedding,
            self.output_embedding,
            self.target_position,
        ):
            if not layer.built:
                layer.build((None, None))
        for layer in self.decoder_layers:
            layer.build(hidden)
        if hasattr(self, "decoder_norm"):
            self.decoder_norm.build(hidden)
        self.built = True

    def _build_encoder(self, hidden):
        """Builds what `_make_encoder` made; to be overridden."""
        self.source_embedding.build((None, None))
        self.source_position.build((None, None))
        for layer in self.encoder_layers:
            layer.build(hidden)
        if hasattr(self, "encoder_norm"):
            self.encoder_norm.build(hidden)

    def call(self, inputs, training=False):
        inputs, targets = inputs
        memory = self.encode(inputs, training=training)
        return self.decode(
            targets, memory, self.source_mask(inputs), training=training
        )

    def source_mask(self, inputs):
        """Where attention over the memory may look: `[batch, 1, 1, rows]`."""
        return padding_mask(inputs)

    def encode(self, inputs, training=False, watch=None):
        """Reads the source.

        Args:
            inputs: int32 `[batch, source_length]`, padded with 0.
            training: whether dropout acts.
            watch: called with each layer, what it gets and its mask of
                self-attention.

        Returns:
            The memory `[batch, source_length, model_dim]`.
        """
        mask = self.source_mask(inputs)
        x = self._embed(self.source_embedding, self.source_position, inputs)
        x = self.source_dropout(x, training=training)
        for layer in self.encoder_layers:
            if watch is not None:
                watch(layer, x, mask)
            x = self.call_layer(layer, x, mask, training=training)
        return self.encoder_norm(x) if hasattr(self, "encoder_norm") else x

    def call_layer(self, layer, *args, training):
        """Calls a layer of encoder or decoder; to be overridden."""
        return layer(*args, training=training)

    def decode(self, targets, memory, memory_mask, training=False):
        """Scores every target token given those before it.

        Args:
            targets: int32 `[batch, target_length]`, not shifted.
            memory: `[batch, source_length, model_dim]`, from `encode`.
            memory_mask: bool `[batch, 1, 1, source_length]`.
            training: whether dropout acts.

        Returns:
            float32 logits `[batch, target_length, target_vocab_size]`.
        """
        states, _ = self._decode_states(targets, memory, memory_mask, training)
        return self.output_embedding.logits(states)

    def states(self, inputs, training=False):
        """What the output projection of `call` reads.

        Args:
            inputs: as of `call`.
            training: whether dropout acts.

        Returns:
            `[batch, target_length, model_dim]`.
        """
        inputs, targets = inputs
        memory = self.encode(inputs, training=training)
        return self._decode_states(
            targets, memory, self.source_mask(inputs), training
        )[0]

    def log_probabilities(self, inputs, targets):
        """Scores given targets, without dropout (forced decoding).

        No more logits are made at once than those of a few positions.

        Args:
            inputs: int32 `[batch, source_length]`.
            targets: int32 `[batch, target_length]`, padded with 0; one column
                or more.

        Returns:
            float32 `[batch, target_length]`, the log-probability of each
            token, given those before it; 0 for padding.
        """
        embedding = self.output_embedding
        projection = embedding.projection()

        targets = ops.cast(targets, "int32")
        states = self.states((inputs, targets))

        def score(position):
            # A column at a time: to turn int32 TensorFlow has no fast kernel
            # on some processors, and says so.
            tokens = ops.take(targets, position, axis=1)
            logits = embedding.logits(
                ops.take(states, position, axis=1), projection
            )
            return -token_losses(logits, tokens, 0.0)

        scores = ops.map(score, ops.arange(ops.shape(targets)[1]))
        return ops.transpose(scores) * target_weights(targets)

    def attention_weights(self, inputs, targets):
        """What each target token attended to in the source.

        Args:
            inputs: int32 `[batch, source_length]`.
            targets: int32 `[batch, target_length]`.

        Returns:
            float32 `[batch, num_layers, num_heads, target_length,
            source_length]`; each row over the source sums to one.
        """
        mask = self.source_mask(inputs)
        _, weights = self._decode_states(
            targets, self.encode(inputs), mask, False
        )
        return ops.stack(weights, axis=1)

    def attention_maps(self, inputs, targets):
        """What attended to what, everywhere.

        Args:
            inputs: int32 `[batch, source_length]`.
            targets: int32 `[batch, target_length]`.

        Returns:
            A dictionary of float32 `[batch, num_layers, num_heads, queries,
            keys]`: "encoder" (self-attention), "decoder" (self-attention, whose
            keys are the targets shifted right) and "cross".
        """
        maps = {"encoder": [], "decoder": []}

        def watching(name):
            return lambda *seen: maps[name].append(
                self_attention_weights(*seen)
            )

        memory = self.encode(inputs, watch=watching("encoder"))
        _, maps["cross"] = self._decode_states(
            targets,
            memory,
            self.source_mask(inputs),
            False,
            watching("decoder"),
        )
        return {name: ops.stack(of, axis=1) for name, of in maps.items()}

    def _self_mask(self, targets):
        """Padding needs no mask: it comes last, and causality hides it."""
        if self.settings["attention_window"]:
            return None
        return causal_mask(ops.shape(targets)[1])

    def _decode_states(
        self, targets, memory, memory_mask, training, watch=None
    ):
        x = self.embed_targets(shift_right(targets), memory)
        x = self.target_dropout(x, training=training)
        self_mask = self._self_mask(targets)
        all_weights = []
        for layer in self.decoder_layers:
            if watch is not None:
                watch(layer, x, self_mask)
            x, weights = self.call_layer(
                layer, x, memory, self_mask, memory_mask, training=training
            )
            all_weights.append(weights)
        x = self.decoder_norm(x) if hasattr(self, "decoder_norm") else x
        return x, all_weights

    def embed_targets(self, tokens, memory):
        """What the first layer of the decoder reads; to be extended.

        Args:
            tokens: int32 `[batch, target_length]`, shifted.
            memory: `[batch, source_length, model_dim]`.

        Returns:
            `[batch, target_length, model_dim]`.
        """
        del memory
        return self._embed(self.target_embedding, self.target_position, tokens)

    def _embed(self, embedding, position, ids):
        """Embeddings plus positions, summed in float32."""
        embedded = embedding(ids)
        places = ops.arange(ops.shape(ids)[1], dtype="int32")
        summed = ops.cast(embedded, "float32") + position(places)
        return ops.cast(summed, embedded.dtype)

    def init_cache(self, inputs, beam_size=1, max_length=None):
        """Reads the source and makes the cache that `decode_step` needs.

        Args:
            inputs: int32 `[batch, source_length]`, padded with 0.
            beam_size: hypotheses per sentence; may be a scalar tensor.
            max_length: None for caches that grow with every step, which is
                faster where shapes may change; an int for caches of fixed
                length, the number of positions that will be decoded. Neither
                holds more than an `attention_window` can see.

        Returns:
            A dictionary of three pytrees: "beams", whose tensors are `[batch,
            beam, ...]` and follow their hypotheses, "kept", which changes
            with every step but not with the hypotheses, and "shared", which
            stays as it is.
        """
        memory = self.encode(inputs)
        shared = self._shared_cache(inputs, memory)
        batch = ops.shape(inputs)[0]
        if max_length is None:
            # Zero, but not statically so, even where all shapes are static: a
            # loop may then change it.
            length = ops.sum(inputs[:1, :1]) * 0
        else:
            reach = self._reach
            length = (
                max_length if reach is None else _smaller(max_length, reach + 1)
            )
            shared["positions"] = ops.arange(length, dtype="int32")
        places = length * beam_size
        # What a window has passed is dropped anyway.
        settles = max_length is None and self._reach is None
        kept = [
            empty_parts(
                layer.self_attention, batch, places, memory.dtype, settles
            )
            for layer in self.decoder_layers
        ]
        beams = {}
        # One beam that grows is its own only ancestor.
        if max_length is not None or not _is_one(beam_size):
            shape = (batch, beam_size, places)
            beams = {"ancestors": ops.zeros(shape, "bool")}
        return {
            "beams": beams,
            "kept": kept,
            "shared": shared,
        }

    def _shared_cache(self, inputs, memory):
        """What every step of decoding reads and none changes."""
        return {
            "mask": self.source_mask(inputs),
            "layers": [
                layer.shared_cache(memory) for layer in self.decoder_layers
            ],
            "projection": self.output_embedding.projection(),
        }

    @property
    def _reach(self):
        return self.decoder_layers[0].reach

    def decode_step(self, tokens, step, cache):
        """Scores the next token of every beam.

        Args:
            tokens: int32 `[batch, beam]`, the newest tokens; the begin id at
                step 0.
            step: int32 scalar, how many tokens came before them.
            cache: from `init_cache` or the step before.

        Returns:
            float32 logits `[batch, beam, target_vocab_size]` and the cache
            with this step in it.
        """
        shared = cache["shared"]
        positions = shared.get("positions")
        beams = cache["beams"]
        layers, ancestors = settle(step, cache["kept"], beams.get("ancestors"))
        if ancestors is not None:
            ancestors = append_position(
                ancestors,
                _only_themselves(tokens),
                step,
                positions,
                self._reach,
            )
            beams = {"ancestors": ancestors}
        x, of_input = self.embed_step(tokens, step, cache)
        beams = {**beams, **of_input}
        kept = []
        for layer, parts, of_layer in zip(
            self.decoder_layers, layers, shared["layers"], strict=True
        ):
            x, parts = layer.decode_step(
                x,
                step,
                parts,
                of_layer,
                shared["mask"],
                ancestors=ancestors,
                positions=positions,
            )
            kept.append(parts)
        x = self.decoder_norm(x) if hasattr(self, "decoder_norm") else x
        logits = self.output_embedding.logits(x, shared["projection"])
        return logits, {"beams": beams, "kept": kept, "shared": shared}

    def embed_step(self, tokens, step, cache):
        """Does what `embed_targets` does, to one token of every beam.

        Args:
            tokens: as of `decode_step`.
            step: as of `decode_step`.
            cache: as of `decode_step`.

        Returns:
            `[batch, beam, model_dim]`, and what becomes of `cache["beams"]`
            by it.
        """
        del cache
        embedded = self.target_embedding(tokens)
        place = ops.reshape(ops.cast(step, "int32"), (1,))
        x = ops.cast(embedded, "float32") + self.target_position(place)
        return ops.cast(x, embedded.dtype), {}

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        """Mean smoothed cross-entropy over the real target tokens.

        The mean is weighted, and 0 where all weights are.

        Args:
            x: what `call` takes; its second part are the targets.
            y: ignored.
            y_pred: what `call` returns.
            sample_weight: `[batch]` or `[batch, target_length]`, or None.
            training: ignored.

        Raises:
            ValueError: if another loss was compiled.
        """
        if getattr(self, "loss", None) is not None:
            raise ValueError(
                "`loss` must be left out of `compile`: the model has its own, "
                f"label-smoothed cross-entropy. Received: {self.loss!r}. Try "
                "the argument label_smoothing of the model."
            )
        _, targets = x
        weights = target_weights(targets)
        if sample_weight is not None:
            sample_weight = ops.cast(sample_weight, weights.dtype)
            weights *= ops.reshape(sample_weight, (ops.shape(weights)[0], -1))
        loss, weight = label_smoothed_cross_entropy(
            y_pred, targets, weights, self.settings["label_smoothing"]
        )
        return ops.divide_no_nan(loss, weight)

    def get_config(self):
        return {**super().get_config(), **self.settings}


def shift_right(targets):
    """Puts the begin id first and drops the last id: what a decoder reads."""
    begin = ops.full_like(targets[:, :1], BOS_ID)
    return ops.concatenate([begin, targets[:, :-1]], axis=1)


def _smaller(one, other):
    """The smaller of an int or tensor and an int; an int where both are."""
    if isinstance(one, int):
        return min(one, other)
    return ops.minimum(one, other)


def _is_one(beam_size):
    return isinstance(beam_size, int) and beam_size == 1


def _only_themselves(tokens):
    """bool `[batch, beam, beam]`: every beam has its own newest position."""
    beam = ops.arange(ops.shape(tokens)[1])
    none = ops.zeros_like(tokens, dtype="bool")[:, :, None]
    return ops.logical_or(none, beam[:, None] == beam)


def target_weights(targets):
    """float32 weights of the loss: 1 for real tokens, 0 for padding."""
    return ops.cast(ops.not_equal(targets, PAD_ID), "float32")
