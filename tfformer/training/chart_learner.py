"""The training step of a chart parser."""

import keras
import tensorflow as tf

from tfformer.data.chart_vocabulary import FIELDS
from tfformer.decoding.chart import log_partition
from tfformer.decoding.chart_search import tree_scores
from tfformer.models.chart_parser import ChartParser
from tfformer.training.learner import Learner
from tfformer.training.word_learner import known_cross_entropy, word_places


@keras.saving.register_keras_serializable("tfformer")
class LearningChartParser(Learner, ChartParser):
    """A `ChartParser` that learns from trees; see `Learner`.

    The loss is minus the log-probability of the tree among all binary trees
    (Zhang et al., 2020), with the cross-entropy of the labels of its spans and
    of the tags of its words, each by its weight. It is divided by the words of
    a batch.
    """

    def part_loss(self, batch, training):
        """Sums the loss of a batch and counts its words."""
        inputs, targets = batch
        reading = self.read(inputs, training=training)
        tree = _fields(targets, tf.shape(reading.tags)[1])
        tags, leaves, begins, ends, labels = tf.unstack(tree, axis=-1)
        # Ids count from 1; a place of 0 is no span.
        begins, ends = tf.maximum(begins - 1, 0), tf.maximum(ends - 1, 0)
        label_weight = self.settings["chart"]["label_weight"]
        tag_weight = self.settings["encoder"]["words"]["tag_weight"]
        loss = tf.reduce_sum(
            log_partition(reading.spans, reading.lengths)
            - tree_scores(reading.spans, begins, ends)
        )
        words = tf.range(tf.shape(tags)[1])[None, :]
        alone = tf.where(tags > 0, words, 0)
        labelled = self.label(
            reading.gaps,
            tf.concat([begins, alone], axis=1),
            tf.concat([ends, tf.where(tags > 0, alone + 1, 0)], axis=1),
            training=training,
        )
        labels = tf.concat([labels, leaves], axis=1)
        loss += label_weight * known_cross_entropy(labelled, labels)
        loss += tag_weight * known_cross_entropy(reading.tags, tags)
        count = tf.cast(tf.math.count_nonzero(tags), tf.float32)
        return loss, count, count

    def places(self, batch):
        """Counts where a word could be, padding included: float32 `[]`."""
        inputs, _ = batch
        width = self.settings["encoder"]["row_width"]
        return tf.cast(word_places(inputs, width), tf.float32)


def _fields(targets, words):
    """`[batch, length]` to `[batch, words, 5]`."""
    missing = words * FIELDS - tf.shape(targets)[1]
    # A share without any sentence comes as one id of padding.
    targets = targets[:, : words * FIELDS]
    targets = tf.pad(targets, [[0, 0], [0, tf.maximum(missing, 0)]])
    return tf.reshape(targets, [-1, words, FIELDS])
