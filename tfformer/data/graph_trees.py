"""Symbols to bracketed trees inside a TensorFlow graph.

The graph face of `linearize`, `punctuation` and `trees.to_line`, for symbols
that are a tree, as a constrained search gives them.
"""

from collections.abc import Collection

import tensorflow as tf

from tfformer.config import PAD_ID
from tfformer.data.punctuation import (
    DELETED_TAGS,
    KNOWN_TAGS,
    SOMETIMES_DELETED_TAGS,
    UNKNOWN_TAG,
)
from tfformer.data.trees import MAX_DEPTH
from tfformer.data.vocabulary_file import SPECIAL


class GraphTreeVocabulary(tf.Module):
    """The graph face of `TreeVocabulary`.

    Args:
        symbols: the symbol of each id.
    """

    ids_per_token = 1

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


def bracketed(
    symbols: tf.Tensor,
    words: tf.Tensor,
    tags: bool,
    ambiguous: Collection[str],
) -> tf.Tensor:
    """Puts words back into linearised trees.

    Args:
        symbols: string `[batch]`, symbols joined by spaces; each a tree over
            the words.
        words: string `[batch]`, words joined by spaces.
        tags: whether the symbol of a word is its tag, rather than XX.
        ambiguous: see `tfformer.data.punctuation.settle_tag`.

    Returns:
        string `[batch]`, trees in one line with the root TOP; flat where one
        would be too deep to be read, as `tfformer.data.repair` has it.
    """
    flat = flat_trees(words)
    symbols = tf.strings.split(symbols, " ").to_tensor("")
    words = tf.strings.split(words, " ").to_tensor("")
    opens = tf.strings.regex_full_match(symbols, r"\(.*")
    closes = tf.strings.regex_full_match(symbols, r"\).*")
    stands = tf.not_equal(symbols, "") & ~opens & ~closes
    place = tf.cumsum(tf.cast(stands, tf.int32), axis=1, exclusive=True)
    place = tf.minimum(place, tf.maximum(tf.shape(words)[1] - 1, 0))
    guess = tf.gather(punctuation_tags(words), place, batch_dims=1)
    word = tf.gather(words, place, batch_dims=1)
    tag = _settle(symbols, guess, _is_in(word, ambiguous))
    if not tags:
        tag = tf.where(tf.equal(symbols, UNKNOWN_TAG), guess, tag)
    pieces = tf.where(
        opens,
        " " + symbols,
        tf.where(
            closes, ")", tf.where(stands, " (" + tag + " " + word + ")", "")
        ),
    )
    tree = "(TOP" + tf.strings.reduce_join(pieces, axis=1) + ")"
    return tf.where(_is_too_deep(opens, closes), flat, tree)


def _is_too_deep(opens: tf.Tensor, closes: tf.Tensor) -> tf.Tensor:
    """bool `[batch]`, from where brackets open and close."""
    steps = tf.cast(opens, tf.int32) - tf.cast(closes, tf.int32)
    # The root is a bracket, too.
    return tf.reduce_any(1 + tf.cumsum(steps, axis=1) > MAX_DEPTH, axis=1)


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
    closes = tf.equal(words, "'") & tf.equal(_quote_before(words), "`")
    return tf.where(closes, "''", tags)


def _quote_before(words: tf.Tensor) -> tf.Tensor:
    """The last of ` and ' before each word, "" if there is none.

    An apostrophe closes a quotation if what came before it opened one.
    """
    is_quote = tf.equal(words, "`") | tf.equal(words, "'")
    quotes = tf.ragged.boolean_mask(words, is_quote).to_tensor("")
    quotes = tf.pad(quotes, [[0, 0], [1, 0]], constant_values="")
    count = tf.cumsum(tf.cast(is_quote, tf.int32), axis=1, exclusive=True)
    return tf.gather(quotes, count, batch_dims=1)


def _settle(tag, guess, ambiguous):
    """The graph face of `settle_tag`."""
    deletable = DELETED_TAGS | SOMETIMES_DELETED_TAGS
    deleted = _is_in(tag, DELETED_TAGS) & _is_in(guess, DELETED_TAGS)
    kept = ~_is_in(tag, deletable) & ~_is_in(guess, deletable)
    same = tf.equal(tag, guess) | deleted | kept
    return tf.where(ambiguous | same, tag, guess)


def _is_in(strings: tf.Tensor, some: Collection[str]) -> tf.Tensor:
    """bool, whether each string is one of a few."""
    if not some:
        return tf.zeros_like(strings, tf.bool)
    return tf.reduce_any(tf.equal(strings[..., None], sorted(some)), -1)
