import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tfformer.layers.attention import (
    MultiHeadAttention,
    scaled_dot_product_attention,
)
from tfformer.layers.decoder import DecoderLayer


def reference(query, key, value, mask=None):
    """The paper's equation 1 in float64."""
    query, key, value = (x.astype("float64") for x in (query, key, value))
    scores = query @ np.swapaxes(key, -1, -2) / np.sqrt(query.shape[-1])
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    return weights @ value, weights


def heads_reference(layer, x, memory, mask):
    """The paper's multi-head formula, head by head, from the weights."""
    q, k, v, o = (
        getattr(layer, f"{name}_projection").kernel.numpy().astype("float64")
        for name in ("query", "key", "value", "output")
    )
    outputs = []
    for i in range(layer.num_heads):
        keys = slice(i * layer.key_dim, (i + 1) * layer.key_dim)
        values = slice(i * layer.value_dim, (i + 1) * layer.value_dim)
        head, _ = reference(
            x @ q[:, keys], memory @ k[:, keys], memory @ v[:, values], mask
        )
        outputs.append(head)
    return np.concatenate(outputs, -1) @ o


@settings(max_examples=25)
@given(st.data(), st.integers(1, 5), st.integers(1, 6), st.integers(1, 4))
def test_scaled_dot_product_equals_float64_reference(data, n, m, d):
    def floats(*shape):
        numbers = st.floats(-4, 4, width=32)
        return data.draw(hnp.arrays(np.float32, shape, elements=numbers))

    query, key, value = floats(2, n, d), floats(2, m, d), floats(2, m, 3)
    mask = data.draw(hnp.arrays(bool, (2, n, m)))
    mask[..., 0] = True
    got, weights = scaled_dot_product_attention(query, key, value, mask)
    want, want_weights = reference(query, key, value, mask)
    np.testing.assert_allclose(got, want, atol=1e-4)
    np.testing.assert_allclose(weights, want_weights, atol=1e-5)


@pytest.mark.parametrize("key_dim,value_dim", [(4, 4), (3, 7)])
def test_multi_head_equals_head_by_head_reference(key_dim, value_dim):
    random = np.random.default_rng(0)
    x = random.normal(size=(2, 5, 8)).astype("float32")
    memory = random.normal(size=(2, 6, 8)).astype("float32")
    mask = np.array([[1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 1, 1]], bool)
    layer = MultiHeadAttention(3, 8, key_dim, value_dim)
    got, weights = layer(x, memory, attention_mask=mask[:, None, None])
    want = heads_reference(layer, x, memory, mask[:, None, :])
    np.testing.assert_allclose(got, want, atol=1e-5)
    assert weights.shape == (2, 3, 5, 6)
    np.testing.assert_array_equal(weights[0, :, :, 4:], 0.0)


def test_a_row_with_nothing_to_attend_to_is_finite():
    x = np.ones((1, 2, 4), "float32")
    out, _ = scaled_dot_product_attention(x, x, x, np.zeros((2, 2), bool))
    assert np.isfinite(np.array(out)).all()


def test_projections_have_no_biases():
    layer = MultiHeadAttention(2, 8, 4, 4)
    layer.build((None, None, 8))
    assert layer.count_params() == 4 * 8 * 8


def test_a_mask_of_each_sentence_is_no_mask_of_each_head():
    """Though there are as many heads as sentences."""
    layer = MultiHeadAttention(2, 8, 4, 4)
    x = np.random.default_rng(0).normal(size=(2, 3, 8)).astype("float32")
    mask = np.stack([np.tri(3, dtype=bool), np.ones((3, 3), bool)])
    _, weights = layer(x, x, attention_mask=mask)
    assert np.array(weights)[0][:, ~np.tri(3, dtype=bool)].max() == 0.0
    assert np.array(weights)[1].min() > 0.0


@pytest.mark.parametrize("shape", [(3, 3), (3,), (1, 1, 1, 3, 3)])
def test_a_mask_of_another_rank_is_refused(shape):
    layer = MultiHeadAttention(2, 8, 4, 4)
    x = np.ones((3, 3, 8), "float32")
    with pytest.raises(ValueError, match="`attention_mask` must be .*Try mask"):
        layer(x, x, attention_mask=np.ones(shape, bool))


def test_kerass_own_masks_do_not_act():
    """A mask that travels with a tensor must not become an argument."""
    embedding = keras.layers.Embedding(9, 8, mask_zero=True)
    layer = DecoderLayer(8, 16, 2, 4, 4)
    ids = np.array([[3, 4, 0, 0]] * 4)
    memory = embedding(ids)
    assert memory._keras_mask is not None
    plain = keras.ops.convert_to_tensor(np.array(memory))
    got, _ = layer(memory, memory)
    want, _ = layer(plain, plain)
    np.testing.assert_array_equal(got, want)
