"""Tags and labels of a chart parser, inside a TensorFlow graph."""

from collections.abc import Sequence

import tensorflow as tf

from tfformer.data.binary_tree import Labels
from tfformer.data.chart_vocabulary import FIELDS


class GraphChartVocabulary(tf.Module):
    """The graph face of `ChartVocabulary`: ids to symbols.

    Args:
        tags: the tags.
        labels: the labels of a span.
    """

    ids_per_token = FIELDS

    def __init__(self, tags: list[str], labels: Sequence[Labels]) -> None:
        super().__init__()
        self._tags = tf.constant(tags)
        opening = ["".join(f"({one} " for one in some) for some in labels]
        closing = [
            "".join(f"){one} " for one in reversed(some)) for some in labels
        ]
        self._opening, self._closing = (
            tf.constant(opening),
            tf.constant(closing),
        )

    def decode(self, ids: tf.Tensor) -> tf.Tensor:
        """int32 `[batch, words * 5]` to symbols joined by spaces, `[batch]`."""
        batch = tf.shape(ids)[0]
        table = tf.reshape(ids, [batch, -1, FIELDS]) - 1
        tags, leaves, begins, ends, labels = tf.unstack(table, axis=-1)
        words = tf.shape(tags)[1]
        real = tags >= 0
        labels = self._chart(leaves, begins, ends, labels, batch, words)
        # From a place outwards in: wide spans open first and close last.
        opened = tf.gather(self._opening, labels)
        opened = tf.strings.reduce_join(opened[:, :-1, ::-1], axis=2)
        closed = tf.gather(self._closing, labels)
        closed = tf.strings.reduce_join(closed[:, ::-1, 1:], axis=1)
        tag = tf.gather(self._tags, tf.maximum(tags, 0)) + " "
        symbols = tf.where(real, opened + tag + closed, "")
        return tf.strings.strip(tf.strings.reduce_join(symbols, axis=1))

    def _chart(self, leaves, begins, ends, labels, batch, words):
        """Puts labels where their spans are, `[batch, gaps, gaps]`."""
        places = tf.tile(tf.range(words)[None, :], [batch, 1])
        begins = tf.concat([places, begins], axis=1)
        ends = tf.concat([places + 1, ends], axis=1)
        labels = tf.concat([leaves, labels], axis=1)
        sentence = tf.tile(tf.range(batch)[:, None], [1, 2 * words])
        found = tf.where(labels >= 0)
        where = tf.stack([sentence, begins, ends], axis=-1)
        return tf.scatter_nd(
            tf.gather_nd(where, found),
            tf.gather_nd(labels, found),
            tf.stack([batch, words + 1, words + 1]),
        )
