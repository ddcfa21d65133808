"""The training step of a Transformer over words."""

import keras
import numpy as np
import tensorflow as tf

from tfformer.models.word_transformer import WordTransformer
from tfformer.training.learner import LearningTransformer
from tfformer.training.projected_loss import projected_cross_entropy


def word_places(inputs, row_width):
    """Counts where a word could be, padding included: int32 `[]`.

    Args:
        inputs: int32 `[batch, length]`, rows of `row_width` ids; of each
            sentence the first and the last row are no word.
    """
    sentences = tf.math.count_nonzero(inputs[:, 0], dtype=tf.int32)
    return tf.size(inputs) // row_width - 2 * sentences


@keras.saving.register_keras_serializable("tfformer")
class LearningWordTransformer(LearningTransformer, WordTransformer):
    """A `WordTransformer` that learns; see `LearningTransformer`.

    The cross-entropy of the encoder's tags is added to the loss by the weight
    `tag_weight` of its settings.
    """

    def __init__(self, *args, **settings):
        super().__init__(*args, **settings)
        size = self.settings["target_vocab_size"]
        terminals = self.settings["terminals"]
        # Counted from 1; 0 is no terminal.
        self._tag = np.zeros(size, "int32")
        self._tag[terminals] = np.arange(1, len(terminals) + 1)

    def part_loss(self, batch, training):
        """Sums both losses, and counts target tokens and all tokens."""
        inputs, targets = batch
        read = self.read(inputs, training=training)
        states, _ = self._decode_states(
            targets, read.states, self.source_mask(inputs), training
        )
        real = self.without_padding(states, targets)
        loss = projected_cross_entropy(*real, self.settings["label_smoothing"])
        tags = self.tags_of_words(targets, tf.shape(read.tags)[1])
        weight = self.settings["word_encoder"]["words"]["tag_weight"]
        loss += weight * known_cross_entropy(read.tags, tags)
        count = tf.cast(tf.shape(real[0])[0], tf.float32)
        words = tf.cast(tf.reduce_sum(read.lengths), tf.float32)
        return loss, count, count + words

    def places(self, batch):
        """Counts where a word or symbol could be: float32 `[]`."""
        inputs, targets = batch
        rows = word_places(inputs, self.row_width)
        return tf.cast(rows + tf.size(targets), tf.float32)

    def tags_of_words(self, targets, words):
        """Terminals of the targets, a word at each place.

        Args:
            targets: int32 `[batch, target_length]`.
            words: places that are wanted.

        Returns:
            int32 `[batch, words]`: numbers of tags, counted from 1; 0 where
            there is no word.
        """
        tags = tf.gather(tf.constant(self._tag), targets)
        found = tf.where(tags > 0)
        order = tf.cumsum(tf.cast(tags > 0, tf.int64), axis=1) - 1
        where = tf.stack([found[:, 0], tf.gather_nd(order, found)], axis=1)
        shape = tf.stack([tf.shape(targets)[0], words])
        return tf.scatter_nd(
            where, tf.gather_nd(tags, found), tf.cast(shape, tf.int64)
        )


def known_cross_entropy(logits, targets):
    """Sums over the targets that are there.

    Args:
        logits: float32 `[batch, places, classes]`.
        targets: int32 `[batch, places]`, counted from 1; 0 is none.

    Returns:
        float32 `[]`.
    """
    places = tf.where(targets > 0)
    return tf.reduce_sum(
        tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=tf.gather_nd(targets, places) - 1,
            logits=tf.gather_nd(logits, places),
        )
    )
