"""A search that XLA compiles, for batches of any shape."""

import numpy as np
import tensorflow as tf

from tfformer.config import PAD_ID

# XLA compiles each shape that it meets: so few shapes are shown to it.
_LENGTH_STEP = 16
_BATCHES = 2 ** np.arange(31, dtype="int32")


class CompiledSearch:
    """Pads a batch to one of few shapes, searches, and cuts off the padding.

    The number of sentences is padded to a power of two and their length to a
    multiple of 16. The first batch of each such shape waits for the compiler,
    some 10 seconds or more; those after it do not.

    Args:
        search: int32 ids `[batch, source_length]` to tokens int32 `[batch, n,
            max_length]` and scores float32 `[batch, n]`, with shapes that
            follow from that of the ids, as by `tfformer.decoding.search` with
            `static=True`.
    """

    def __init__(self, search) -> None:
        self._compiled = tf.function(
            search,
            input_signature=[tf.TensorSpec([None, None], tf.int32)],
            jit_compile=True,
            autograph=False,
        )

    def __call__(self, inputs, longest):
        """Searches.

        Args:
            inputs: int32 `[batch, source_length]`, padded with 0.
            longest: int32 `[]`, length of the tokens to return.

        Returns:
            Tokens int32 `[batch, n, longest]` and scores float32 `[batch, n]`.
        """
        shape = tf.shape(inputs)
        more = _bucket(shape) - shape
        # A row of padding is done at once; see `maximum_lengths`.
        padded = tf.pad(
            inputs, [[0, more[0]], [0, more[1]]], constant_values=PAD_ID
        )
        tokens, scores = self._compiled(padded)
        return tokens[: shape[0], :, :longest], scores[: shape[0]]


def _bucket(shape):
    """int32 `[2]`, the padded shape of a batch of ids."""
    batch = tf.gather(_BATCHES, tf.searchsorted(_BATCHES, shape[:1]))
    steps = tf.maximum(1, -(-shape[1:] // _LENGTH_STEP))
    return tf.concat([batch, steps * _LENGTH_STEP], axis=0)
