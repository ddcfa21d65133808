"""Token embeddings that may also be the output projection (section 3.4)."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("tfformer")
class SharedEmbedding(keras.layers.Layer):
    """One matrix that embeds tokens and scores them.

    The paper ties source embedding, target embedding and the projection
    before the softmax, and multiplies embeddings by sqrt(d_model): rows are
    drawn with deviation d_model^-0.5, so embedded tokens have unit variance
    and logits are of order one.

    Args:
        vocab_size: rows.
        model_dim: d_model, width of a row.

    Call arguments:
        ids: int32 `[...]`, each in [0, vocab_size).

    Returns:
        `[..., model_dim]`.
    """

    def __init__(self, vocab_size, model_dim, **kwargs):
        super().__init__(**kwargs)
        self.vocab_size = vocab_size
        self.model_dim = model_dim
        # Ids may come as floats, as Keras's `Model.export` has them.
        self.autocast = False

    def build(self, ids_shape=None):
        self.table = self.add_weight(
            shape=(self.vocab_size, self.model_dim),
            initializer=keras.initializers.RandomNormal(
                stddev=self.model_dim**-0.5
            ),
            name="table",
            # Under mixed precision the rows are cast, which are fewer.
            autocast=False,
        )
        self.built = True

    def call(self, ids):
        ids = ops.cast(ids, "int32")
        table, scale = ops.convert_to_tensor(self.table), self.model_dim**0.5
        if self.variable_dtype == "bfloat16":
            # The gradient of a product is dense: here it sums the rows of a
            # frequent token, for which bfloat16 has too few bits.
            table = ops.cast(table, "float32") * scale
            rows = ops.take(table, ids, axis=0)
            return ops.cast(rows, self.compute_dtype)
        rows = ops.cast(ops.take(table, ids, axis=0), self.compute_dtype)
        return rows * ops.cast(scale, rows.dtype)

    def projection(self):
        """The table as the kernel of a projection, `[model_dim, vocab]`.

        A product with few rows, as of one step of decoding, is faster with
        the table turned beforehand than turned by the product.
        """
        table = ops.convert_to_tensor(self.table)
        return ops.transpose(ops.cast(table, self.compute_dtype))

    def logits(self, x, projection=None):
        """Scores every token.

        Args:
            x: `[..., model_dim]`.
            projection: `projection()`, where it was made before.

        Returns:
            float32 `[..., vocab]`.
        """
        if projection is None:
            projection = self.projection()
        rows = ops.matmul(ops.reshape(x, (-1, self.model_dim)), projection)
        scores = ops.reshape(rows, (*ops.shape(x)[:-1], self.vocab_size))
        return ops.cast(scores, "float32")

    def compute_output_spec(self, ids):
        shape = (*ids.shape, self.model_dim)
        return keras.KerasTensor(shape, self.compute_dtype)

    def get_config(self):
        return {
            **super().get_config(),
            "vocab_size": self.vocab_size,
            "model_dim": self.model_dim,
        }
