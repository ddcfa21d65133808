"""Batches as a `tf.data.Dataset`, ready for `fit`."""

import dataclasses

import numpy as np
import tensorflow as tf

from tfformer.data.bidirectional import Bidirectional
from tfformer.data.bpe_dropout import BpeDropout
from tfformer.data.encoded import EncodedCorpus
from tfformer.data.schedule import BatchSchedule

_IDS = tf.TensorSpec([None, None], tf.int32)


@dataclasses.dataclass(frozen=True)
class Shares:
    """Who gets what of a batch.

    Attributes:
        replicas: how many share each batch.
        first: the first of them that this pipeline feeds.
        count: how many it feeds, one after the other.
        parts: a share's rows are a multiple of this.
    """

    replicas: int = 1
    first: int = 0
    count: int = 1
    parts: int = 1


def batches(
    corpus: EncodedCorpus,
    schedule: BatchSchedule,
    start: int,
    stop: int,
    shares: Shares = Shares(),
    dropout: BpeDropout | None = None,
    bidirectional: Bidirectional | None = None,
) -> tf.data.Dataset:
    """Gathers, pads and prefetches the batches of steps [start, stop).

    Replica r of R takes the examples r, r + R, ... of a step. One that is left
    without any gets a row of padding, which weighs nothing.

    Args:
        corpus: where the ids are.
        schedule: which examples each step takes.
        start: first step; starting late costs nothing.
        stop: step after the last.
        shares: which replicas of how many this feeds.
        dropout: cuts sentences at random; None reads them as they are stored.
        bidirectional: swaps the sides of pairs; None leaves them.

    Returns:
        Elements `((inputs, targets),)`, int32 `[rows, length]` each, padded
        with 0: the `x` of Keras, without a `y`. For each step there are
        `shares.count` of them. Where several replicas share the batches it
        claims to be endless, or TensorFlow would have the replicas agree
        before every step that there is one more.
    """

    def gather(turn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        step, local = divmod(int(turn), shares.count)
        places = schedule.places(step)[shares.first + local :: shares.replicas]
        epoch = step // schedule.batches_per_epoch
        if dropout is None:
            sides = corpus.batch(places, multiple_of=shares.parts)
        else:
            sides = dropout.batch(corpus, places, shares.parts, epoch)
        if bidirectional is None:
            return sides
        return bidirectional.batch(sides, corpus.numbers(places), step, epoch)

    def load(turn: tf.Tensor) -> tuple[tuple[tf.Tensor, tf.Tensor]]:
        inputs, targets = tf.numpy_function(gather, [turn], [tf.int32] * 2)
        return (
            (
                tf.ensure_shape(inputs, _IDS.shape),
                tf.ensure_shape(targets, _IDS.shape),
            ),
        )

    first, end = start * shares.count, stop * shares.count
    size = end - first
    if shares.replicas > 1:
        size = tf.data.INFINITE_CARDINALITY
    dataset = tf.data.Dataset.range(first, end).map(load)
    dataset = dataset.apply(tf.data.experimental.assert_cardinality(size))
    return dataset.prefetch(8)
