"""Batches as a `tf.data.Dataset`, ready for `fit`."""

import numpy as np
import tensorflow as tf

from tfformer.data.encoded import EncodedCorpus
from tfformer.data.schedule import BatchSchedule

_IDS = tf.TensorSpec([None, None], tf.int32)


def batches(
    corpus: EncodedCorpus, schedule: BatchSchedule, start: int, stop: int
) -> tf.data.Dataset:
    """Gathers, pads and prefetches the batches of steps [start, stop).

    Args:
        corpus: where the ids are.
        schedule: which examples each step takes.
        start: first step; starting late costs nothing.
        stop: step after the last.

    Returns:
        Elements `((inputs, targets),)`, int32 `[batch, length]` each, padded
        with 0: the `x` of Keras, without a `y`.
    """

    def gather(step: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return corpus.batch(schedule.places(int(step)))

    def load(step: tf.Tensor) -> tuple[tuple[tf.Tensor, tf.Tensor]]:
        inputs, targets = tf.numpy_function(gather, [step], [tf.int32] * 2)
        return (
            (
                tf.ensure_shape(inputs, _IDS.shape),
                tf.ensure_shape(targets, _IDS.shape),
            ),
        )

    dataset = tf.data.Dataset.range(start, stop).map(load)
    dataset = dataset.apply(
        tf.data.experimental.assert_cardinality(stop - start)
    )
    return dataset.prefetch(8)
