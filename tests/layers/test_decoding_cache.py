import numpy as np
import pytest
import tensorflow as tf

from tfformer.layers import decoding_cache
from tfformer.layers.attention import MultiHeadAttention
from tfformer.layers.decoding_cache import (
    append,
    append_position,
    attend_to_parts,
    empty_parts,
    settle,
)

BATCH, HEADS, BEAM, DIM = 2, 3, 4, 5


class Pool:
    """A pool of one layer, and whose is what, as a decoder has it."""

    def __init__(self, settles, beam=BEAM):
        attention = MultiHeadAttention(HEADS, HEADS * DIM, DIM, DIM)
        self.layers = [empty_parts(attention, BATCH, 0, "float32", settles)]
        self.ancestors = tf.zeros((BATCH, beam, 0), tf.bool)
        self.own = tf.eye(beam, batch_shape=[BATCH], dtype=tf.bool)
        self.step = 0

    def attend(self, query, new):
        self.layers, self.ancestors = settle(
            self.step, self.layers, self.ancestors
        )
        self.ancestors = append_position(self.ancestors, self.own, self.step)
        self.layers = [append(self.layers[0], new, self.step)]
        self.step += 1
        return attend_to_parts(query, self.layers[0], self.ancestors[:, None])

    def move(self, beams):
        self.ancestors = tf.gather(self.ancestors, beams, batch_dims=1)

    @property
    def settled_places(self):
        return self.layers[0][0][1].shape[2]


def tensors(random):
    """A query, a key and a value of every beam."""
    return [
        random.normal(size=(BATCH, HEADS, BEAM, DIM)).astype("float32")
        for _ in range(3)
    ]


@pytest.mark.parametrize("seed", range(4))
def test_a_pool_that_settles_answers_as_one_that_keeps_all(seed):
    random = np.random.default_rng(seed)
    whole, settling = Pool(settles=False), Pool(settles=True)
    for _ in range(3 * decoding_cache.BLOCK + 2):
        query, *new = tensors(random)
        np.testing.assert_allclose(
            settling.attend(query, new), whole.attend(query, new), atol=1e-5
        )
        beams = random.integers(0, BEAM, (BATCH, BEAM))
        whole.move(beams)
        settling.move(beams)
    assert settling.ancestors.shape[2] < whole.ancestors.shape[2]


def test_settling_drops_what_no_hypothesis_descends_from():
    random, pool = np.random.default_rng(0), Pool(settles=True)
    for _ in range(decoding_cache.BLOCK):
        query, *new = tensors(random)
        pool.attend(query, new)
    assert pool.settled_places == 0
    # All of the first sentence go on from one beam, of the second from two.
    pool.move(np.array([[1, 1, 1, 1], [0, 0, 3, 3]]))
    query, *new = tensors(random)
    pool.attend(query, new)
    assert pool.settled_places == 2 * decoding_cache.BLOCK


def test_without_ancestors_all_places_settle():
    attention = MultiHeadAttention(HEADS, HEADS * DIM, DIM, DIM)
    layers = [empty_parts(attention, BATCH, 0, "float32", settles=True)]
    random = np.random.default_rng(0)
    keys = []
    for step in range(2 * decoding_cache.BLOCK + 1):
        _, *new = (one[:, :, :1] for one in tensors(random))
        keys.append(new[0])
        layers, _ = settle(step, layers)
        layers = [append(layers[0], new, step)]
    (turned, _), (newest, _) = layers[0]
    assert turned.shape[3] == 2 * decoding_cache.BLOCK
    settled = tf.linalg.matrix_transpose(turned)
    np.testing.assert_array_equal(
        tf.concat([settled, newest], axis=2), np.concatenate(keys, axis=2)
    )


def test_a_pool_of_one_part_never_settles():
    pool = Pool(settles=False)
    query, *new = tensors(np.random.default_rng(0))
    pool.attend(query, new)
    layers, ancestors = settle(
        decoding_cache.BLOCK, pool.layers, pool.ancestors
    )
    assert layers is pool.layers and ancestors is pool.ancestors
