"""A chart parser over an encoder of words.

After Stern et al. (2017) and Kitaev and Klein (2018): spans are scored from
what an encoder makes of the gaps at both of their ends. The biaffine scores
are those of Zhang et al. (2020).
"""

import typing

import keras
from keras import ops

from tfformer.layers.span_scores import SpanLabels, SpanScores
from tfformer.models.word_encoder import WordEncoder


@keras.saving.register_keras_serializable("tfformer")
class ChartParser(keras.Model):
    """A `WordEncoder`, and scores of spans and of their labels.

    Args:
        num_labels: labels of a span there are, none included.
        encoder: the arguments of `WordEncoder`, as a dictionary.
        chart: the fields of `tfformer.config.ChartConfig`, as a dictionary.

    Call arguments:
        inputs: as of `WordEncoder`.
        training: whether dropout acts.

    Returns:
        What `read` does.
    """

    def __init__(self, num_labels, encoder, chart, **kwargs):
        super().__init__(**kwargs)
        self.autocast = False  # As of `Transformer`, for the sake of the ids.
        self.settings = {
            "num_labels": num_labels,
            "encoder": dict(encoder),
            "chart": dict(chart),
        }
        policy = self.dtype_policy
        self.word_encoder = WordEncoder(
            **encoder, dtype=policy, name="word_encoder"
        )
        rate = chart["dropout_rate"]
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

    @property
    def input_dtype(self):
        """Keras's: of the ids in a signature of `Model.export`."""
        return "float32"

    def build(self, input_shape=None):
        """Makes every weight; no shape is needed, since none depends on it."""
        if self.built:
            return
        self.word_encoder.build()
        hidden = (None, None, self._width)
        self.span_scores.build(hidden)
        self.span_labels.build(hidden)
        self.built = True

    @property
    def _width(self):
        return self.settings["encoder"]["model"]["model_dim"]

    def call(self, inputs, training=False):
        return self.read(inputs, training=training)

    def read(self, inputs, training=False):
        """Reads sentences.

        Args:
            inputs: as of `WordEncoder`.
            training: whether dropout acts.

        Returns:
            A `Reading`.
        """
        read = self.word_encoder(
            inputs, training=training, call_layer=self.call_layer
        )
        x, half = read.states, self._width // 2
        # What was read forwards up to a gap, and backwards down to it.
        gaps = ops.concatenate([x[:, :-1, :half], x[:, 1:, half:]], axis=-1)
        return Reading(
            lengths=read.lengths,
            tags=read.tags,
            gaps=gaps,
            spans=self.span_scores(gaps, training=training),
        )

    def call_layer(self, layer, *args, training):
        """Calls a recurrence or a layer; to be overridden."""
        return layer(*args, training=training)

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
