import keras
import numpy as np
import tensorflow as tf

from tfformer.layers.recurrence import (
    BidirectionalLSTM,
    _plain_recurrence,
    _recurrence,
)

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(3, 6, 5)).astype("float32")
LENGTHS = np.array([6, 2, 4], "int32")


def layer(**settings):
    keras.utils.set_random_seed(0)
    made = BidirectionalLSTM(4, **settings)
    made.build(X.shape)
    return made


def test_it_is_kerass():
    ours = layer()
    for number, direction in enumerate(("forward", "backward")):
        theirs = keras.layers.LSTM(
            4, return_sequences=True, go_backwards=bool(number)
        )
        theirs.build(X.shape)
        # Keras has the new content before the output gate.
        order = np.arange(16).reshape(4, 4)[[0, 1, 3, 2]].reshape(-1)
        weights = [
            getattr(ours, f"{direction}_kernel"),
            getattr(ours, f"{direction}_recurrent_kernel"),
            ours.bias[number],
        ]
        theirs.set_weights([np.array(w)[..., order] for w in weights])
        for row, length in zip(range(3), LENGTHS, strict=True):
            want = np.array(theirs(X[row : row + 1, :length]))[0]
            want = want[::-1] if number else want
            got = np.array(ours(X, LENGTHS))[row, :length]
            got = got[:, 4 * number : 4 * number + 4]
            np.testing.assert_allclose(got, want, atol=1e-5)


def test_padding_changes_nothing():
    ours = layer()
    longer = np.concatenate([X, RANDOM.normal(size=(3, 4, 5))], axis=1)
    got = np.array(ours(longer.astype("float32"), LENGTHS))
    want = np.array(ours(X, LENGTHS))
    for row, length in enumerate(LENGTHS):
        np.testing.assert_allclose(
            got[row, :length], want[row, :length], atol=1e-6
        )


def test_its_gradient_is_that_of_the_loop():
    arrays = [
        tf.constant(RANDOM.normal(size=shape).astype("float32"))
        for shape in ((7, 2, 3, 16), (2, 4, 16), (7, 2, 3, 4))
    ]
    gates, kernel, weights = arrays
    kept = tf.constant(RANDOM.choice([0, 1.5], (2, 3, 4)).astype("float32"))

    def gradient(run):
        with tf.GradientTape() as tape:
            tape.watch([gates, kernel])
            total = tf.reduce_sum(run(gates, kernel, kept) * weights)
        return tape.gradient(total, [gates, kernel])

    for one, other in zip(
        gradient(_recurrence), gradient(_plain_recurrence), strict=True
    ):
        np.testing.assert_allclose(one, other, atol=1e-4)


def test_dropout_uses_one_mask_for_all_steps():
    ours = layer(dropout_rate=0.5)
    ones = np.ones((2, 8, 5), "float32")
    dropped = np.array(ours.input_dropout(ones, training=True))
    assert (dropped == dropped[:, :1]).all()
    assert set(np.unique(dropped)) == {0.0, 2.0}


def test_lengths_may_be_numpys_integers():
    made = layer()
    np.testing.assert_array_equal(
        made(X, LENGTHS.astype("int64")), made(X, LENGTHS)
    )
