import numpy as np
import tensorflow as tf

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


def test_bfloat16_sums_the_gradients_of_a_frequent_token():
    layer = SharedEmbedding(7, 4, dtype="mixed_bfloat16")
    layer.build()
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(np.full((1, 5000), 3, "int32")))
    (gradient,) = tape.gradient(loss, layer.trainable_variables)
    got = tf.convert_to_tensor(gradient)[3]
    np.testing.assert_allclose(got, np.full(4, 10000.0), rtol=0.01)
