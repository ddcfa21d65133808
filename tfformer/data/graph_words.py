"""Words and their characters as ids, inside a TensorFlow graph."""

import tensorflow as tf

from tfformer.config import BOS_ID, EOS_ID, PAD_ID, UNK_ID
from tfformer.data.vocabulary_file import SPECIAL
from tfformer.data.word_vocabulary import WORD_CHARACTERS


class GraphWordVocabulary(tf.Module):
    """The graph face of `WordVocabulary`: strings to ids.

    Args:
        words: the word of each id.
        characters: the character of each id.
    """

    ids_per_token = 1 + WORD_CHARACTERS

    def __init__(self, words: list[str], characters: list[str]) -> None:
        super().__init__()
        self._known = tf.constant(words)
        self._words = _table(words)
        self._characters = _table(characters)

    def encode(self, texts: tf.Tensor) -> tf.Tensor:
        """string `[batch]` to int32 `[batch, rows * ids_per_token]`."""
        words = tf.strings.split(texts, " ")
        words = tf.ragged.boolean_mask(words, tf.not_equal(words, ""))
        # ASCII letters only, as `fold` has it.
        folded = tf.strings.regex_replace(
            tf.strings.lower(words.flat_values), "[0-9]", "0"
        )
        ids = tf.concat(
            [
                self._words.lookup(folded)[:, None],
                self._spell(words.flat_values),
            ],
            axis=1,
        )
        rows = tf.RaggedTensor.from_row_splits(ids, words.row_splits)
        count = words.nrows()
        rows = tf.concat([_row(BOS_ID, count), rows, _row(EOS_ID, count)], 1)
        rows = rows.to_tensor(PAD_ID, shape=[None, None, self.ids_per_token])
        return tf.reshape(rows, [count, -1])

    def _spell(self, words: tf.Tensor) -> tf.Tensor:
        """string `[words]` to int32 `[words, WORD_CHARACTERS]`."""
        room = WORD_CHARACTERS - 2
        letters = tf.strings.unicode_split(words, "UTF-8")
        whole = letters[:, :room]
        ends = tf.concat(
            [letters[:, : room // 2], letters[:, -(room - room // 2) :]], axis=1
        )
        fits = letters.row_lengths() <= room
        shown = tf.ragged.boolean_mask(
            tf.concat([whole, ends], axis=0), tf.concat([fits, ~fits], axis=0)
        )
        # Those that fit came first: back into their places.
        order = tf.concat([tf.where(fits)[:, 0], tf.where(~fits)[:, 0]], axis=0)
        shown = tf.gather(shown, tf.argsort(order))
        ids = tf.ragged.map_flat_values(self._characters.lookup, shown)
        count = tf.shape(words)[:1]
        begin = tf.fill(tf.concat([count, [1]], 0), BOS_ID)
        end = tf.fill(tf.concat([count, [1]], 0), EOS_ID)
        spelt = tf.concat([begin, ids, end], axis=1)
        return spelt.to_tensor(PAD_ID, shape=[None, WORD_CHARACTERS])

    def pieces(self, ids: tf.Tensor) -> tf.Tensor:
        """int32 `[batch, length]` to the folded word of each row."""
        rows = tf.reshape(ids, [tf.shape(ids)[0], -1, self.ids_per_token])
        words = rows[:, :, 0]
        pieces = tf.gather(self._known, words)
        return tf.where(tf.equal(words, PAD_ID), "", pieces)


def _table(texts: list[str]) -> tf.lookup.StaticHashTable:
    """Texts to ids; special symbols are no texts."""
    first = len(SPECIAL)
    keys = tf.constant(texts[first:], tf.string)
    values = tf.range(first, len(texts), dtype=tf.int32)
    return tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(keys, values), UNK_ID
    )


def _row(first: int, count: tf.Tensor) -> tf.Tensor:
    """One row of each sentence, `[batch, 1, ids_per_token]`, ragged."""
    row = tf.constant([[[first] + [PAD_ID] * WORD_CHARACTERS]])
    rows = tf.tile(row, [tf.cast(count, tf.int32), 1, 1])
    return tf.RaggedTensor.from_tensor(rows, ragged_rank=1)
