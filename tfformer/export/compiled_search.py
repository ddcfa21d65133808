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
    power of two and their length to a multiple of 16 tokens, and what is
    padding is cut off the answer. The first batch of each such shape waits for
    the compiler, some 10 seconds or more; those after it do not.

    With few hypotheses a step is many small operations, which XLA joins; with
    many it is products, where XLA is slower than oneDNN.

    Args:
        search: int32 ids `[batch, source_length]`, and whether shapes follow
            from theirs, as by `static` of `tfformer.decoding.search`, to
            tokens int32 `[batch, n, max_length]` and scores float32 `[batch,
            n]`.
        most: sentences of a small batch, at most.
        row_width: ids that stand for one token together.
    """

    def __init__(self, search, most: int, row_width: int = 1) -> None:
        self._plain = functools.partial(search, static=False)
        self._compiled = tf.function(
            functools.partial(search, static=True),
            input_signature=[tf.TensorSpec([None, None], tf.int32)],
            jit_compile=True,
            autograph=False,
        )
        self._most = most
        self._length_step = _LENGTH_STEP * row_width

    def sizes(self):
        """Returns numbers of sentences that come to every number compiled."""
        powers = _BATCHES[_BATCHES < 2 * self._most].tolist()
        return [min(power, self._most) for power in powers]

    def padded_shape(self, shape):
        """The shape that a small batch is padded to.

        Args:
            shape: int32 `[2]`, of a batch of ids.

        Returns:
            int32 `[2]`.
        """
        batch = tf.gather(_BATCHES, tf.searchsorted(_BATCHES, shape[:1]))
        steps = tf.maximum(1, -(-shape[1:] // self._length_step))
        return tf.concat([batch, steps * self._length_step], axis=0)

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
        more = self.padded_shape(shape) - shape
        # A row of padding is done at once; see `maximum_lengths`.
        padded = tf.pad(
            inputs, [[0, more[0]], [0, more[1]]], constant_values=PAD_ID
        )
        tokens, scores = self._compiled(padded)
        return tokens[: shape[0], :, :longest], scores[: shape[0]]
