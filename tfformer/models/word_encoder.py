"""An encoder of words: what parsers of either kind read with.

Under the Transformer's encoder layers (paper, section 3.1) are features of
words and characters, and a recurrence, as in Kitaev and Klein (2018) and Zhang
et al. (2020): a few thousand trees teach these more than attention alone.
"""

import typing

import keras
from keras import ops

from tfformer.config import PAD_ID
from tfformer.layers.dense import Dense
from tfformer.layers.dropout import Dropout
from tfformer.layers.encoder import EncoderLayer
from tfformer.layers.masks import padding_mask
from tfformer.layers.normalization import LayerNormalization
from tfformer.layers.perceptron import Perceptron
from tfformer.layers.position import SinusoidalPosition
from tfformer.layers.recurrence import BidirectionalLSTM
from tfformer.layers.word_features import WordFeatures
from tfformer.models.stack import stack_layer


class WordReading(typing.NamedTuple):
    """What a `WordEncoder` makes of a batch of sentences.

    Attributes:
        states: `[batch, rows, model_dim]`: before the first word, of each
            word, and after the last one.
        lengths: int32 `[batch]`, words of each.
        tags: float32 logits `[batch, rows - 2, num_tags]`, of the words.
    """

    states: typing.Any
    lengths: typing.Any
    tags: typing.Any


@keras.saving.register_keras_serializable("tfformer")
class WordEncoder(keras.layers.Layer):
    """Word features, recurrence and attention.

    The first layer also predicts the words' tags, which the others are told.

    Args:
        num_words: ids of words.
        num_characters: ids of characters.
        num_tags: tags there are.
        row_width: ids of a row of the input: a word and its characters.
        model: the fields of `tfformer.config.ModelConfig` that an encoder
            has, as a dictionary.
        words: the fields of `tfformer.config.WordsConfig`, as a dictionary.

    Call arguments:
        inputs: int32 `[batch, rows * row_width]`, padded with 0: a begin row,
            a row for each word, an end row.
        training: whether dropout acts.
        call_layer: calls a recurrence or a layer of attention with its
            arguments; None calls it as it is.
        watch: called with each layer of attention, what it gets and its mask.

    Returns:
        A `WordReading`.
    """

    def __init__(
        self,
        num_words,
        num_characters,
        num_tags,
        row_width,
        model,
        words,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.autocast = False  # As of `Transformer`, for the sake of the ids.
        self.settings = {
            "num_words": num_words,
            "num_characters": num_characters,
            "num_tags": num_tags,
            "row_width": row_width,
            "model": dict(model),
            "words": dict(words),
        }
        policy, width = self.dtype_policy, model["model_dim"]
        self.features = WordFeatures(
            num_words,
            num_characters,
            words["word_dim"],
            words["character_dim"],
            words["character_filters"],
            words["embedding_dropout_rate"],
            dtype=policy,
            name="features",
        )
        self._make_places()
        self.tag_hidden = Perceptron(
            words["tag_dim"],
            words["dropout_rate"],
            dtype=policy,
            name="tag_hidden",
        )
        self.tag_output = Dense(num_tags, dtype=policy, name="tag_output")
        self.tag_features = Dense(
            width, use_bias=False, dtype=policy, name="tag_features"
        )
        self.attention_layers = [
            stack_layer(EncoderLayer, model, policy, f"encoder_{i}")
            for i in range(model["num_layers"])
        ]
        if model["normalization"] == "pre":
            self.norm = LayerNormalization(
                epsilon=1e-6, dtype=policy, name="encoder_norm"
            )

    def _make_places(self):
        """Makes what tells the attention where a word is."""
        policy, settings = self.dtype_policy, self.settings
        model, words = settings["model"], settings["words"]
        width = model["model_dim"]
        self.recurrences = []
        if words["recurrence"] == "bilstm":
            self.recurrences = [
                BidirectionalLSTM(
                    width // 2,
                    words["dropout_rate"],
                    dtype=policy,
                    name=f"recurrence_{i}",
                )
                for i in range(words["recurrent_layers"])
            ]
            return
        self.projection = Dense(width, dtype=policy, name="projection")
        self.position = SinusoidalPosition(width, dtype=policy, name="position")
        self.position_dropout = Dropout(
            model["dropout_rate"], dtype=policy, name="position_dropout"
        )

    def build(self, inputs_shape=None):
        """Makes every weight; no shape is needed, since none depends on it."""
        if self.built:
            return
        settings = self.settings
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
        self.tag_output.build((None, None, settings["words"]["tag_dim"]))
        self.tag_features.build((None, None, settings["num_tags"]))
        for layer in self.attention_layers:
            layer.build(hidden)
        if hasattr(self, "norm"):
            self.norm.build(hidden)
        self.built = True

    def call(self, inputs, training=False, call_layer=None, watch=None):
        rows = self._rows(inputs)
        words, characters = rows[:, :, 0], rows[:, :, 1:]
        length = ops.sum(
            ops.cast(ops.not_equal(words, PAD_ID), "int32"), axis=1
        )
        x = self.features(words, characters, training=training)
        x = self._place(x, training)
        call_layer = call_layer or _call_layer
        mask, tags = padding_mask(words), None
        for layer in self.recurrences + self.attention_layers:
            attends = layer not in self.recurrences
            if attends and watch is not None:
                watch(layer, x, mask)
            second = mask if attends else length
            x = call_layer(layer, x, second, training=training)
            if tags is None:
                tags = self.tag_output(self.tag_hidden(x, training=training))
                x = x + self.tag_features(ops.softmax(tags, axis=-1))
        return WordReading(
            states=self.norm(x) if hasattr(self, "norm") else x,
            lengths=ops.maximum(length - 2, 0),
            tags=ops.cast(tags, "float32")[:, 1:-1],
        )

    def mask(self, inputs):
        """Where attention over rows may look: bool `[batch, 1, 1, rows]`."""
        return padding_mask(self._rows(inputs)[:, :, 0])

    def _rows(self, inputs):
        """`[batch, length]` to `[batch, rows, row_width]`, two rows at least.

        A share of a batch without any sentence comes as one id of padding.
        """
        width = self.settings["row_width"]
        length = ops.shape(inputs)[1]
        wanted = ops.maximum(-(-length // width), 2) * width
        inputs = ops.cast(inputs, "int32")
        padding = ops.zeros_like(inputs[:, :1])
        padding = ops.tile(padding, (1, wanted - length))
        inputs = ops.concatenate([inputs, padding], axis=1)
        return ops.reshape(inputs, (-1, wanted // width, width))

    def _place(self, features, training):
        """Adds positions, where no recurrence does without them."""
        if self.recurrences:
            return features
        places = ops.arange(ops.shape(features)[1], dtype="int32")
        x = self.projection(features)
        x = x + ops.cast(self.position(places), x.dtype)
        return self.position_dropout(x, training=training)

    def get_config(self):
        return {**super().get_config(), **self.settings}


def _call_layer(layer, *args, training):
    return layer(*args, training=training)
