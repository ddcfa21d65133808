"""Dropout with a quarter of the random numbers, on TensorFlow."""

import keras
import tensorflow as tf


def drop_by_bytes(
    x: tf.Tensor, rate: float, seed: keras.random.SeedGenerator
) -> tf.Tensor:
    """Drops by one random byte an element.

    Random numbers are the dearest part of dropout on a CPU, and one of 32
    bits decides four elements here. The rate is rounded to the nearest 256th,
    and units are divided by what is truly kept: 0.1 becomes 26 / 256. A rate
    that would become 0 is drawn exactly, by Keras.

    Args:
        x: float, any shape.
        rate: share of elements that become 0, in (0, 1).
        seed: hands out the seed of this mask.

    Returns:
        The same shape.
    """
    dropped = min(255, round(rate * 256))
    if not dropped:
        return keras.random.dropout(x, rate, seed=seed)
    size = tf.size(x)
    bits = tf.random.stateless_uniform(
        [(size + 3) // 4],
        tf.bitcast(seed.next(), tf.int32),
        minval=None,
        maxval=None,
        dtype=tf.int32,
        alg="philox",
    )
    draws = tf.reshape(tf.bitcast(bits, tf.uint8), [-1])[:size]
    kept = tf.cast(tf.reshape(draws, tf.shape(x)) >= dropped, x.dtype)
    return x * (kept * tf.cast(256 / (256 - dropped), x.dtype))
