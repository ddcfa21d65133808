import numpy as np
import pytest

from tfformer.layers.embedding import SharedEmbedding


def test_embeddings_are_scaled_rows_and_logits_are_products():
    layer = SharedEmbedding(7, 16)
    ids = np.array([[1, 3]], "int32")
    got = np.array(layer(ids))
    table = layer.table.numpy()
    np.testing.assert_allclose(got, table[ids] * 4.0, rtol=1e-6)
    x = np.ones((1, 2, 16), "float32")
    np.testing.assert_allclose(layer.logits(x), x @ table.T, rtol=1e-5)


def test_embedded_tokens_have_unit_variance():
    layer = SharedEmbedding(500, 64)
    embedded = np.array(layer(np.arange(500, dtype="int32")))
    assert abs(embedded.std() - 1.0) < 0.05


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_ids_may_be_floats(dtype):
    layer = SharedEmbedding(500, 16, dtype=dtype)
    # 257 is no number of bfloat16.
    ids = np.array([[1, 257, 499]])
    np.testing.assert_array_equal(
        layer(ids.astype("float32")), layer(ids.astype("int32"))
    )
