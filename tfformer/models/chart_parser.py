"""A chart parser over the Transformer's encoder.

After Stern et al. (2017) and Kitaev and Klein (2018): spans are scored from
what an encoder makes of the gaps at both of their ends. The recurrence under
the attention, and the biaffine scores, are those of Zhang et al. (2020).
"""

import typing

import keras
from keras import ops

from tfformer.config import PAD_ID
from tfformer.layers.dropout import Dropout
from tfformer.layers.encoder import EncoderLayer
from tfformer.layers.masks import padding_mask
from tfformer.layers.normalization import LayerNormalization
from tfformer.layers.position import SinusoidalPosition
from tfformer.layers.recurrence import BidirectionalLSTM
from tfformer.layers.span_scores import Perceptron, SpanLabels, SpanScores
from tfformer.layers.word_features import WordFeatures
from tfformer.models.stack import stack_layer


@keras.saving.register_keras_serializable("tfformer")
class ChartParser(keras.Model):
    """Word features, recurrence, attention, and scores of spans.

    Args:
        num_words: ids of words.
        num_characters: ids of characters.
        num_tags: tags there are.
        num_labels: labels of a span there are, none included.
        row_width: ids of a row of the input: a word and its characters.
        model: the fields of `tfformer.config.ModelConfig` that an encoder
            has, as a dictionary.
        chart: the fields of `tfformer.config.ChartConfig`, as a dictionary.

    Call arguments:
        inputs: int32 `[batch, rows * row_width]`, padded with 0: a begin row,
            a row for each word, an end row.
        training: whether dropout acts.

    Returns:
        What `read` does.
    """

    def __init__(
        self,
        num_words,
        num_characters,
        num_tags,
        num_labels,
        row_width,
        model,
        chart,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.settings = {
            "num_words": num_words,
            "num_characters": num_characters,
            "num_tags": num_tags,
            "num_labels": num_labels,
            "row_width": row_width,
            "model": dict(model),
            "chart": dict(chart),
        }
        self._make_front_end(model, chart)
        self.encoder_layers = [
            stack_layer(EncoderLayer, model, self.dtype_policy, f"encoder_{i}")
            for i in range(model["num_layers"])
        ]
        policy = self.dtype_policy
        if model["normalization"] == "pre":
            self.encoder_norm = LayerNormalization(
                epsilon=1e-6, dtype=policy, name="encoder_norm"
            )
        rate = chart["scorer_dropout_rate"]
        self.span_scores = SpanScores(
            chart["span_dim"], rate, dtype=policy, name="span_scores"
        )
        self.span_labels = SpanLabels(
            num_labels,
            chart["label_dim"],
            rate,
            dtype=policy,
            name="span_labels",
        )

    def _make_front_end(self, model, chart):
        policy, width = self.dtype_policy, model["model_dim"]
        self.features = WordFeatures(
            self.settings["num_words"],
            self.settings["num_characters"],
            chart["word_dim"],
            chart["character_dim"],
            chart["character_filters"],
            chart["embedding_dropout_rate"],
            dtype=policy,
            name="features",
        )
        self.recurrences = []
        if chart["front_end"] == "bilstm":
            self.recurrences = [
                BidirectionalLSTM(
                    width // 2,
                    chart["front_end_dropout_rate"],
                    dtype=policy,
                    name=f"recurrence_{i}",
                )
                for i in range(chart["front_end_layers"])
            ]
        else:
            self.projection = keras.layers.Dense(
                width, dtype=policy, name="projection"
            )
            self.position = SinusoidalPosition(
                width, dtype=policy, name="position"
            )
            self.front_end_dropout = Dropout(
                model["dropout_rate"], dtype=policy, name="front_end_dropout"
            )
        self.tag_hidden = Perceptron(
            chart["label_dim"],
            chart["scorer_dropout_rate"],
            dtype=policy,
            name="tag_hidden",
        )
        self.tag_output = keras.layers.Dense(
            self.settings["num_tags"], dtype=policy, name="tag_output"
        )
        self.tag_features = keras.layers.Dense(
            width, use_bias=False, dtype=policy, name="tag_features"
        )

    def build(self, input_shape=None):
        """Makes every weight; no shape is needed, since none depends on it."""
        if self.built:
            return
        settings, chart = self.settings, self.settings["chart"]
        hidden = (None, None, settings["model"]["model_dim"])
        characters = settings["row_width"] - 1
        self.features.build((None, None), (None, None, characters))
        features = (None, None, self.features.width)
        if self.recurrences:
            self.recurrences[0].build(features)
            for layer in self.recurrences[1:]:
                layer.build(hidden)
        else:
            self.projection.build(features)
        self.tag_hidden.build(hidden)
        self.tag_output.build((None, None, chart["label_dim"]))
        self.tag_features.build((None, None, settings["num_tags"]))
        for layer in self.encoder_layers:
            layer.build(hidden)
        if hasattr(self, "encoder_norm"):
            self.encoder_norm.build(hidden)
        self.span_scores.build(hidden)
        self.span_labels.build(hidden)
        self.built = True

    def call(self, inputs, training=False):
        return self.read(inputs, training=training)

    def read(self, inputs, training=False):
        """Reads sentences.

        Args:
            inputs: int32 `[batch, rows * row_width]`, padded with 0.
            training: whether dropout acts.

        Returns:
            A `Reading`.
        """
        rows = self._rows(inputs)
        words, characters = rows[:, :, 0], rows[:, :, 1:]
        real = ops.cast(ops.not_equal(words, PAD_ID), "int32")
        length = ops.sum(real, axis=1)
        x = self.features(words, characters, training=training)
        x, tags = self._encode(x, words, length, training)
        half = self.settings["model"]["model_dim"] // 2
        # What was read forwards up to a gap, and backwards down to it.
        gaps = ops.concatenate([x[:, :-1, :half], x[:, 1:, half:]], axis=-1)
        return Reading(
            lengths=ops.maximum(length - 2, 0),
            tags=tags[:, 1:-1],
            gaps=gaps,
            spans=self.span_scores(gaps, training=training),
        )

    def _rows(self, inputs):
        """`[batch, length]` to `[batch, rows, row_width]`, two rows at least.

        A share of a batch without any sentence comes as one id of padding.
        """
        width = self.settings["row_width"]
        length = ops.shape(inputs)[1]
        wanted = ops.maximum(-(-length // width), 2) * width
        padding = ops.zeros_like(inputs[:, :1], dtype="int32")
        padding = ops.tile(padding, (1, wanted - length))
        inputs = ops.concatenate([inputs, padding], axis=1)
        return ops.reshape(inputs, (-1, wanted // width, width))

    def _encode(self, x, words, length, training):
        """Runs recurrence and attention; tags come after the first layer."""
        if not self.recurrences:
            places = ops.arange(ops.shape(words)[1], dtype="int32")
            x = self.projection(x)
            x = x + ops.cast(self.position(places), x.dtype)
            x = self.front_end_dropout(x, training=training)
        mask, tags = padding_mask(words), None
        for layer in self.recurrences + self.encoder_layers:
            second = length if layer in self.recurrences else mask
            x = self.call_layer(layer, x, second, training=training)
            if tags is None:
                tags = self._tag(x, training)
                x = x + self.tag_features(ops.softmax(tags, axis=-1))
        return self._normalised(x), ops.cast(tags, "float32")

    def call_layer(self, layer, *args, training):
        """Calls a recurrence or a layer; to be overridden."""
        return layer(*args, training=training)

    def _tag(self, x, training):
        return self.tag_output(self.tag_hidden(x, training=training))

    def _normalised(self, x):
        return self.encoder_norm(x) if hasattr(self, "encoder_norm") else x

    def label(self, gaps, begins, ends, training=False):
        """Scores the labels of spans.

        Args:
            gaps: of a `Reading`.
            begins: int32 `[batch, spans]`.
            ends: int32 `[batch, spans]`.
            training: whether dropout acts.

        Returns:
            float32 logits `[batch, spans, num_labels]`.
        """
        return self.span_labels(gaps, begins, ends, training=training)

    def get_config(self):
        return {**super().get_config(), **self.settings}


class Reading(typing.NamedTuple):
    """What a `ChartParser` makes of a batch of sentences.

    Attributes:
        lengths: int32 `[batch]`, words of each.
        tags: float32 logits `[batch, words, num_tags]`.
        gaps: `[batch, words + 1, model_dim]`, before, between and after the
            words.
        spans: float32 `[batch, words + 1, words + 1]`, a score for each span.
    """

    lengths: typing.Any
    tags: typing.Any
    gaps: typing.Any
    spans: typing.Any
