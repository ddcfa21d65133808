"""A search that XLA compiles where that pays: for few hypotheses."""

import functools

import numpy as np
import tensorflow as tf

from tfformer.config import PAD_ID

# XLA compiles each shape that it meets: so few shapes are shown to it.
_LENGTH_STEP = 16
_BATCHES = 2 ** np.arange(31, dtype="int32")


class CompiledSearch:
    """Compiles the search of small batches, and has large ones plain.

    A small batch is padded to one of few shapes, its number of sentences to a
    power of two and their length to a multiple of 16, and what is padding is
    cut off the answer. The first batch of each such shape waits for the
    compiler, some 10 seconds or more; those after it do not.

    With few hypotheses a step is many small operations, which XLA joins; with
    many it is products, where XLA is slower than oneDNN.

    Args:
        search: int32 ids `[batch, source_length]`, and whether shapes follow
            from theirs, as by `static` of `tfformer.decoding.search`, to
            tokens int32 `[batch, n, max_length]` and scores float32 `[batch,
            n]`.
        most: sentences of a small batch, at most.
    """

    def __init__(self, search, most: int) -> None:
        self._plain = functools.partial(search, static=False)
        self._compiled = tf.function(
            functools.partial(search, static=True),
            input_signature=[tf.TensorSpec([None, None], tf.int32)],
            jit_compile=True,
            autograph=False,
        )
        self._most = most

    def __call__(self, inputs, longest):
        """Searches.

        Args:
            inputs: int32 `[batch, source_length]`, padded with 0.
            longest: int32 `[]`, length of the tokens to return.

        Returns:
            Tokens int32 `[batch, n, length]`, no longer than `longest`, and
            scores float32 `[batch, n]`.
        """
        return tf.cond(
            tf.shape(inputs)[0] <= self._most,
            lambda: self._padded(inputs, longest),
            lambda: self._plain(inputs),
        )

    def _padded(self, inputs, longest):
        """The answer for a small batch."""
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
