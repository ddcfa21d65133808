import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from tfformer.layers import restricted_attention
from tfformer.layers.attention import MultiHeadAttention
from tfformer.layers.masks import causal_mask, padding_mask
from tfformer.layers.restricted_attention import RestrictedSelfAttention

RANDOM = np.random.default_rng(0)


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks so small that short sequences have many."""
    monkeypatch.setattr(restricted_attention, "LEAST_BLOCK", 2)


def window_mask(length, window, causal):
    """bool `[1, length, length]`, straight from the definition."""
    places = np.arange(length)
    distance = places[:, None] - places
    mask = np.abs(distance) <= window // 2
    return (mask & (distance >= 0) if causal else mask)[None]


def pair(window, causal, **settings):
    """Full and restricted attention with the same weights."""
    keras.utils.set_random_seed(0)
    full = MultiHeadAttention(2, 8, 3, 5, **settings)
    restricted = RestrictedSelfAttention(
        2, 8, 3, 5, window, causal=causal, **settings
    )
    full.build((None, None, 8))
    restricted.build((None, None, 8))
    restricted.set_weights(full.get_weights())
    return full, restricted


@settings(max_examples=25)
@given(
    length=st.integers(1, 40),
    window=st.integers(1, 45),
    causal=st.booleans(),
    real=st.lists(st.integers(1, 40), min_size=1, max_size=3),
    seed=st.integers(0, 9),
)
@pytest.mark.usefixtures("small_blocks")
def test_equals_masked_full_attention(length, window, causal, real, seed):
    full, restricted = pair(window, causal)
    random = np.random.default_rng(seed)
    x = random.normal(size=(len(real), length, 8)).astype("float32")
    ids = (np.arange(length) < np.array(real)[:, None]).astype("int32")
    padding = np.array(padding_mask(ids))
    mask = padding & window_mask(length, window, causal)
    want, _ = full(x, x, attention_mask=mask)
    got = restricted(x, attention_mask=padding)
    assert got.shape == want.shape
    assert np.isfinite(got).all()
    # The others see padding only, and mean nothing.
    sees = mask[:, 0].any(-1)
    np.testing.assert_allclose(got[sees], want[sees], atol=1e-5)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("window", [6, 150])
@pytest.mark.parametrize("length", [70, 131, 331])
def test_equals_masked_full_attention_in_blocks_as_they_are(
    length, window, causal
):
    full, restricted = pair(window, causal)
    x = RANDOM.normal(size=(2, length, 8)).astype("float32")
    want, _ = full(x, x, attention_mask=window_mask(length, window, causal))
    # In a graph that knows no shape as well as in one that does.
    of_any = tf.function(
        restricted, input_signature=[tf.TensorSpec([None, None, 8])]
    )
    np.testing.assert_allclose(of_any(x), want, atol=1e-5)
    np.testing.assert_allclose(restricted(x), want, atol=1e-5)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.usefixtures("small_blocks")
def test_gradients_equal_those_of_masked_full_attention(causal):
    full, restricted = pair(5, causal)
    x = tf.constant(RANDOM.normal(size=(2, 23, 8)), "float32")
    weights = RANDOM.normal(size=(2, 23, 8)).astype("float32")
    mask = window_mask(23, 5, causal)
    found = []
    for layer, call in (
        (full, lambda: full(x, x, attention_mask=mask)[0]),
        (restricted, lambda: restricted(x)),
    ):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(call() * weights)
        found.append(tape.gradient(loss, [x, *layer.trainable_weights]))
    for want, got in zip(*found, strict=True):
        np.testing.assert_allclose(got, want, atol=1e-4)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.usefixtures("small_blocks")
def test_what_is_out_of_reach_changes_nothing(causal):
    _, restricted = pair(7, causal)
    x = RANDOM.normal(size=(1, 30, 8)).astype("float32")
    changed = x.copy()
    changed[:, 12] += 1.0
    differs = ~np.isclose(restricted(x), restricted(changed)).all((0, 2))
    seen_from = range(12 if causal else 9, 16)
    np.testing.assert_array_equal(np.flatnonzero(differs), seen_from)


@pytest.mark.usefixtures("small_blocks")
def test_distant_positions_meet_after_length_over_half_the_window():
    """The maximum path length of the paper's Table 1, in layers."""
    _, restricted = pair(7, False)
    x = tf.constant(RANDOM.normal(size=(1, 20, 8)), "float32")
    reached = []
    for layers in range(1, 9):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x
            for _ in range(layers):
                y = restricted(y)
            last = tf.reduce_sum(y[:, -1])
        slope = tape.gradient(last, x)[0, 0]
        reached.append(bool(np.abs(slope).max() > 0))
    # 19 positions away, 3 a layer.
    assert reached == [layers >= 7 for layers in range(1, 9)]


def largest_tensor(function, *arguments):
    """Elements of the largest tensor of a function's graph."""
    graph = tf.function(function).get_concrete_function(*arguments).graph
    largest = 0
    for operation in graph.get_operations():
        # What is called has tensors of its own, which are not looked at.
        assert "Call" not in operation.type and "While" not in operation.type
        for tensor in operation.outputs:
            assert tensor.shape.is_fully_defined(), tensor
            largest = max(largest, tensor.shape.num_elements())
    return largest


@pytest.mark.parametrize("causal", [False, True])
def test_no_tensor_is_as_large_as_the_length_squared(causal):
    length, layers = 8192, pair(64, causal, dropout_rate=0.1)
    mask = causal_mask(length)

    def gradients_of(call, layer):
        def gradients(x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                loss = tf.reduce_sum(call(layer, x) ** 2)
            return tape.gradient(loss, [x, *layer.trainable_weights])

        return largest_tensor(gradients, tf.TensorSpec([1, length, 8]))

    full = gradients_of(
        lambda layer, x: layer(x, x, attention_mask=mask, training=True)[0],
        layers[0],
    )
    restricted = gradients_of(
        lambda layer, x: layer(x, training=True), layers[1]
    )
    # The scores of two heads: each query's, over a block and its neighbours.
    assert full == 2 * length**2
    assert restricted == 2 * length * (64 + 32 * (1 if causal else 2))


def test_short_sequences_are_one_block():
    """Nothing is made up, and there are no neighbours to look at."""
    _, restricted = pair(16, False)
    largest = largest_tensor(
        lambda x: restricted(x), tf.TensorSpec([1, 127, 8])
    )
    assert largest == 2 * 127 * 127


def test_dropout_acts_in_training_only():
    _, restricted = pair(5, True, dropout_rate=0.5)
    x = RANDOM.normal(size=(1, 9, 8)).astype("float32")
    quiet, again = restricted(x), restricted(x)
    np.testing.assert_array_equal(quiet, again)
    assert not np.allclose(quiet, restricted(x, training=True))


@pytest.mark.parametrize("dtype", ["bfloat16", "mixed_bfloat16"])
def test_bfloat16_is_near_float32(dtype):
    _, exact = pair(9, False)
    _, rough = pair(9, False, dtype=dtype)
    rough.set_weights(exact.get_weights())
    x = RANDOM.normal(size=(2, 200, 8)).astype("float32")
    got = tf.cast(rough(x), "float32")
    np.testing.assert_allclose(got, exact(x), atol=0.1)


def test_a_mask_of_pairs_is_refused():
    _, restricted = pair(5, True)
    with pytest.raises(ValueError, match=r"\[batch, 1, 1, length\].*padding"):
        restricted(np.ones((1, 4, 8), "f"), attention_mask=causal_mask(4))


def test_a_window_holds_the_position_itself_at_least():
    with pytest.raises(ValueError, match="`window` must be 1 or more"):
        RestrictedSelfAttention(2, 8, 4, 4, window=0)
