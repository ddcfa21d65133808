"""Symbols to bracketed trees inside a TensorFlow graph.

The graph face of `linearize`, `punctuation` and `trees.to_line`, for symbols
that are a tree, as a constrained search gives them.
"""

import tensorflow as tf

from tfformer.config import PAD_ID
from tfformer.data.punctuation import KNOWN_TAGS, UNKNOWN_TAG
from tfformer.data.tree_vocabulary import SPECIAL


class GraphTreeVocabulary(tf.Module):
    """The graph face of `TreeVocabulary`.

    Args:
        symbols: the symbol of each id.
    """

    def __init__(self, symbols: list[str]) -> None:
        super().__init__()
        self._symbols = symbols

    def decode(self, ids: tf.Tensor) -> tf.Tensor:
        """int32 `[batch, length]` to symbols joined by spaces, `[batch]`."""
        real = ids >= len(SPECIAL)
        pieces = tf.where(real, tf.gather(self._symbols, ids) + " ", "")
        return tf.strings.strip(tf.strings.reduce_join(pieces, axis=1))

    def pieces(self, ids: tf.Tensor) -> tf.Tensor:
        """int32 `[batch, length]` to the symbol of each id, "" for padding."""
        plain = tf.not_equal(ids, PAD_ID)
        return tf.where(plain, tf.gather(self._symbols, ids), "")


def bracketed(symbols: tf.Tensor, words: tf.Tensor, tags: bool) -> tf.Tensor:
    """Puts words back into linearised trees.

    Args:
        symbols: string `[batch]`, symbols joined by spaces; each a tree over
            the words.
        words: string `[batch]`, words joined by spaces.
        tags: whether the symbol of a word is its tag, rather than XX.

    Returns:
        string `[batch]`, trees in one line with the root TOP.
    """
    symbols = tf.strings.split(symbols, " ").to_tensor("")
    words = tf.strings.split(words, " ").to_tensor("")
    opens = tf.strings.regex_full_match(symbols, r"\(.*")
    closes = tf.strings.regex_full_match(symbols, r"\).*")
    stands = tf.not_equal(symbols, "") & ~opens & ~closes
    place = tf.cumsum(tf.cast(stands, tf.int32), axis=1, exclusive=True)
    place = tf.minimum(place, tf.maximum(tf.shape(words)[1] - 1, 0))
    tag = symbols
    if not tags:
        guess = tf.gather(punctuation_tags(words), place, batch_dims=1)
        tag = tf.where(tf.equal(symbols, UNKNOWN_TAG), guess, symbols)
    word = tf.gather(words, place, batch_dims=1)
    pieces = tf.where(
        opens,
        " " + symbols,
        tf.where(
            closes, ")", tf.where(stands, " (" + tag + " " + word + ")", "")
        ),
    )
    return "(TOP" + tf.strings.reduce_join(pieces, axis=1) + ")"


def flat_trees(words: tf.Tensor) -> tf.Tensor:
    """Trees without any structure, for what is not parsed.

    Args:
        words: string `[batch]`, words joined by spaces.

    Returns:
        string `[batch]`, trees (TOP (S ...)).
    """
    words = tf.strings.split(words, " ").to_tensor("")
    pieces = " (" + punctuation_tags(words) + " " + words + ")"
    pieces = tf.where(tf.equal(words, ""), "", pieces)
    return "(TOP (S" + tf.strings.reduce_join(pieces, axis=1) + "))"


def punctuation_tags(words: tf.Tensor) -> tf.Tensor:
    """string `[batch, length]` to tags of the same shape.

    The graph face of `tfformer.data.punctuation.punctuation_tags`.
    """
    known, known_tags = map(list, zip(*KNOWN_TAGS.items(), strict=True))
    matches = tf.equal(words[..., None], known)
    found = tf.gather(known_tags, tf.argmax(tf.cast(matches, tf.int32), -1))
    tags = tf.where(tf.reduce_any(matches, -1), found, UNKNOWN_TAG)
    # An apostrophe closes a quotation if the last quote before it opened one.
    length = tf.shape(words)[1]
    place = tf.range(1, length + 1)
    opened = tf.where(tf.equal(words, "`"), place, 0)
    apostrophe = tf.equal(words, "'")
    earlier = tf.where(apostrophe, place, 0)
    before = place[:, None] > place[None, :]
    last_opened = tf.reduce_max(tf.where(before, opened[:, None], 0), -1)
    last_apostrophe = tf.reduce_max(tf.where(before, earlier[:, None], 0), -1)
    closes = apostrophe & (last_opened > last_apostrophe)
    return tf.where(closes, "''", tags)
