"""What a model knows of a word: its embedding, and its characters."""

import keras
from keras import ops

from tfformer.config import PAD_ID
from tfformer.layers.dense import Conv1D
from tfformer.layers.dropout import Dropout

# Characters that one filter sees.
_WINDOWS = (2, 3, 4)


@keras.saving.register_keras_serializable("tfformer")
class WordFeatures(keras.layers.Layer):
    """An embedding of the word, and the strongest filters over its letters.

    The filters are a convolution over the embedded characters, of which the
    largest value over all places is kept (Ma and Hovy, 2016). Dropout takes
    away one or the other as a whole, so that each learns to do without the
    other, and makes up for it by the scale of what is left (Dozat and
    Manning, 2017).

    Args:
        num_words: ids of words.
        num_characters: ids of characters.
        word_dim: width of the word's embedding.
        character_dim: width of a character's embedding.
        character_filters: filters of each window.
        dropout_rate: of the word, and of its characters.

    Call arguments:
        words: int32 `[batch, length]`.
        characters: int32 `[batch, length, characters]`, padded with 0.
        training: whether dropout acts.

    Returns:
        `[batch, length, word_dim + 3 * character_filters]`.
    """

    def __init__(
        self,
        num_words,
        num_characters,
        word_dim,
        character_dim,
        character_filters,
        dropout_rate=0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.autocast = False  # As of `Transformer`, for the sake of the ids.
        self.settings = {
            "num_words": num_words,
            "num_characters": num_characters,
            "word_dim": word_dim,
            "character_dim": character_dim,
            "character_filters": character_filters,
            "dropout_rate": dropout_rate,
        }
        policy = self.dtype_policy
        self.words = keras.layers.Embedding(
            num_words, word_dim, dtype=policy, name="words"
        )
        self.characters = keras.layers.Embedding(
            num_characters, character_dim, dtype=policy, name="characters"
        )
        self.filters = [
            Conv1D(
                character_filters,
                window,
                padding="same",
                dtype=policy,
                name=f"filters_{window}",
            )
            for window in _WINDOWS
        ]
        self.dropouts = [
            Dropout(dropout_rate, dtype=policy, name=f"{name}_dropout")
            for name in ("words", "characters")
        ]

    def build(self, words_shape, characters_shape):
        self.words.build(words_shape)
        self.characters.build(characters_shape)
        shape = (None, None, self.settings["character_dim"])
        for layer in self.filters:
            layer.build(shape)
        self.built = True

    @property
    def width(self):
        """Features of a word."""
        filters = self.settings["character_filters"]
        return self.settings["word_dim"] + len(_WINDOWS) * filters

    def call(self, words, characters, training=False):
        word = self.words(words)
        letters = self._filtered(characters)
        if not (training and self.settings["dropout_rate"]):
            return ops.concatenate([word, letters], axis=-1)
        ones = ops.ones_like(word[..., :1])
        masks = [
            ops.cast(dropout(ones, training=True) > 0, word.dtype)
            for dropout in self.dropouts
        ]
        scale = len(masks) / ops.maximum(sum(masks), 1.0)
        return ops.concatenate(
            [word * (masks[0] * scale), letters * (masks[1] * scale)], axis=-1
        )

    def _filtered(self, characters):
        count = characters.shape[-1]
        flat = ops.reshape(characters, (-1, count))
        real = ops.not_equal(flat, PAD_ID)[:, :, None]
        x = self.characters(flat)
        x = x * ops.cast(real, x.dtype)
        found = [ops.max(layer(x), axis=1) for layer in self.filters]
        found = ops.concatenate(found, axis=-1)
        shape = (-1, ops.shape(characters)[1], found.shape[-1])
        return ops.reshape(found, shape)

    def compute_output_spec(self, words, characters, training=False):
        return keras.KerasTensor((*words.shape, self.width), self.compute_dtype)

    def get_config(self):
        return {**super().get_config(), **self.settings}
