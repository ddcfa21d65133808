"""Scaled dot-product and multi-head attention (paper, section 3.2)."""

import itertools

import keras
from keras import ops

from tfformer.kernels.single_row import matmul
from tfformer.layers.dropout import Dropout
from tfformer.layers.glorot import glorot

# Added to masked scores. Finite, so that a row with nothing to attend to
# gives uniform weights and finite gradients instead of NaN.
MASKED_SCORE = -1e9


def scaled_dot_product_attention(query, key, value, mask=None, dropout=None):
    """softmax(Q K^T / sqrt(d_k)) V (paper, equation 1).

    Args:
        query: `[..., query_length, key_dim]`.
        key: `[..., key_length, key_dim]`.
        value: `[..., key_length, value_dim]`.
        mask: bool, broadcast to `[..., query_length, key_length]`; True =
            attend. None attends everywhere.
        dropout: function applied to the weights, or None.

    Returns:
        The output `[..., query_length, value_dim]` in the dtype of `value`,
        and the weights `[..., query_length, key_length]` before dropout, in
        float32: the softmax is computed in float32 whatever the inputs are.
    """
    turned = ops.swapaxes(key, -1, -2)
    return attend_to_turned(query, turned, value, mask, dropout)


def attend_to_turned(query, turned_key, value, mask=None, dropout=None):
    """`scaled_dot_product_attention` to keys `[..., key_dim, key_length]`.

    A product turns keys as it reads them, which is much of its work where
    queries are few. Keys that meet a query at every step of decoding are
    turned once, before.
    """
    weights = masked_softmax(matmul(scaled(query), turned_key), mask)
    dropped = weights if dropout is None else dropout(weights)
    return matmul(ops.cast(dropped, value.dtype), value), weights


def scaled(query):
    """Queries divided by sqrt(d_k), which are fewer than their scores."""
    return query * ops.cast(query.shape[-1] ** -0.5, query.dtype)


def masked_softmax(scores, mask=None):
    """The weights of scores, in float32; a mask's False gets none."""
    scores = ops.cast(scores, "float32")
    if mask is not None:
        # Arithmetic costs less than a choice where the mask is broadcast, and
        # its gradient nothing. A difference: TensorFlow would fuse a sum with
        # the product, into a kernel that is slow for masks.
        scores = scores - ops.where(mask, 0.0, -MASKED_SCORE)
    return ops.softmax(scores, axis=-1)


def _over_heads(mask):
    """Gives a mask its axis of heads; of another rank it would mean others."""
    if mask is None or len(mask.shape) == 4:
        return mask
    if len(mask.shape) == 3:
        return mask[:, None]
    raise ValueError(
        "`attention_mask` must be [batch, query_length, key_length], or "
        "[batch, num_heads, query_length, key_length] with any axis of 1. "
        f"Received: shape {tuple(mask.shape)}. Try mask[:, None, None, :] for "
        "one that marks the real keys of each sentence."
    )


@keras.saving.register_keras_serializable("tfformer")
class MultiHeadAttention(keras.layers.Layer):
    """h attentions in parallel, joined by a projection (section 3.2.2).

    The projections have no biases, as in the paper's formula. They are split
    into methods so that a decoder can cache keys and values: `call` is
    `attend(project_query(x), *project_key_value(memory), mask)`.

    Args:
        num_heads: h.
        model_dim: d_model, width of the output.
        key_dim: d_k of each head.
        value_dim: d_v of each head.
        dropout_rate: dropout on the attention weights; the paper has none.
        initializer_gain: of `glorot`.

    Call arguments:
        query: `[batch, query_length, model_dim]`.
        memory: `[batch, key_length, model_dim]`, attended to.
        attention_mask: bool, True = attend: `[batch, query_length,
            key_length]`, or of rank 4, broadcast to `[batch, num_heads,
            query_length, key_length]`.
        training: whether dropout acts.

    Returns:
        The output `[batch, query_length, model_dim]` and the weights
        `[batch, num_heads, query_length, key_length]`.

    Raises:
        ValueError: for a mask of another rank.
    """

    def __init__(
        self,
        num_heads,
        model_dim,
        key_dim,
        value_dim,
        dropout_rate=0.0,
        initializer_gain=1.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.num_heads = num_heads
        self.model_dim = model_dim
        self.key_dim = key_dim
        self.value_dim = value_dim
        self.dropout_rate = dropout_rate
        self.initializer_gain = initializer_gain
        self.query_projection = self._projection(num_heads * key_dim, "query")
        self.key_projection = self._projection(num_heads * key_dim, "key")
        self.value_projection = self._projection(num_heads * value_dim, "value")
        self.output_projection = self._projection(model_dim, "output")
        self.dropout = Dropout(dropout_rate, dtype=self.dtype_policy)
        self.input_spec = keras.layers.InputSpec(ndim=3)

    def _projection(self, units, name):
        return keras.layers.Dense(
            units,
            use_bias=False,
            kernel_initializer=glorot(self.initializer_gain),
            dtype=self.dtype_policy,
            name=name,
        )

    def build(self, query_shape, memory_shape=None):
        memory_shape = memory_shape or query_shape
        self.query_projection.build(query_shape)
        self.key_projection.build(memory_shape)
        self.value_projection.build(memory_shape)
        joined = self.num_heads * self.value_dim
        self.output_projection.build((*query_shape[:-1], joined))
        self.built = True

    def call(self, query, memory, attention_mask=None, training=False):
        if memory is query:
            heads = self.project_all(query)
        else:
            heads = (
                self.project_query(query),
                *self.project_key_value(memory),
            )
        return self.attend(*heads, attention_mask, training=training)

    def project_query(self, x):
        """`[batch, length, model_dim]` to `[batch, heads, length, d_k]`."""
        return self._project(x, [self.query_projection])[0]

    def project_key_value(self, x):
        """Keys and values, each `[batch, heads, length, d_k or d_v]`."""
        return self._project(x, [self.key_projection, self.value_projection])

    def project_all(self, x, kernel=None):
        """Queries, keys and values of a sequence that attends to itself.

        Args:
            x: `[batch, length, model_dim]`.
            kernel: `joined_kernel()`, where it was made before.
        """
        return self._project(x, self._all_projections, kernel)

    def joined_kernel(self):
        """The kernel of `project_all`, `[model_dim, all heads]`.

        A decoder makes it once, and not at every step.
        """
        return self._joined_kernel(self._all_projections)

    @property
    def _all_projections(self):
        return [
            self.query_projection,
            self.key_projection,
            self.value_projection,
        ]

    def _joined_kernel(self, projections):
        kernels = [ops.convert_to_tensor(p.kernel) for p in projections]
        return ops.cast(
            ops.concatenate(kernels, axis=-1) if kernels[1:] else kernels[0],
            self.compute_dtype,
        )

    def _project(self, x, projections, kernel=None):
        """Several projections of `x` in one product, split into heads.

        One wide product runs nearer to the machine's peak than three narrow
        ones. The weights stay apart: each is drawn for its own shape.
        """
        if kernel is None:
            kernel = self._joined_kernel(projections)
        length = ops.shape(x)[1]
        # Rows of one matrix: a product with more axes computes shapes first.
        joined = ops.matmul(ops.reshape(x, (-1, self.model_dim)), kernel)
        widths = [p.units for p in projections]
        if len(set(widths)) == 1:
            return self._split_equal_heads(joined, length, len(widths))
        ends = list(itertools.accumulate(widths))
        return [
            self._split_equal_heads(joined[:, end - width : end], length, 1)[0]
            for end, width in zip(ends, widths, strict=True)
        ]

    def attend(self, queries, keys, values, mask=None, training=False):
        """Attends with projected heads and joins them.

        Args:
            queries: `[batch, heads, query_length, d_k]`.
            keys: `[batch, heads, key_length, d_k]`.
            values: `[batch, heads, key_length, d_v]`.
            mask: bool, broadcast to the scores; True = attend.
            training: whether dropout acts.

        Returns:
            The output `[batch, query_length, model_dim]` and the weights
            `[batch, heads, query_length, key_length]`.
        """
        heads, weights = scaled_dot_product_attention(
            queries, keys, values, _over_heads(mask), self._drop(training)
        )
        return self.join(heads), weights

    def _drop(self, training):
        """The dropout of the weights as a function, or None."""
        if not self.dropout_rate:
            return None
        return lambda weights: self.dropout(weights, training=training)

    def join(self, heads):
        """`[batch, heads, length, d_v]` to `[batch, length, model_dim]`."""
        length = ops.shape(heads)[2]
        heads = ops.transpose(heads, (0, 2, 1, 3))
        rows = ops.reshape(heads, (-1, self.num_heads * self.value_dim))
        y = self.output_projection(rows)
        return ops.reshape(y, (-1, length, self.model_dim))

    def _split_equal_heads(self, joined, length, count):
        """`[batch * length, count * heads * dim]` to `count` times heads.

        All are turned in one transposition, after which each is contiguous. A
        single position has nothing to turn.
        """
        dim = joined.shape[-1] // (count * self.num_heads)
        if isinstance(length, int) and length == 1:
            x = ops.reshape(joined, (-1, count, self.num_heads, 1, dim))
            return ops.unstack(x, count, axis=1)
        x = ops.reshape(joined, (-1, length, count, self.num_heads, dim))
        return ops.unstack(ops.transpose(x, (2, 0, 3, 1, 4)), count)

    def compute_output_spec(
        self, query, memory, attention_mask=None, training=False
    ):
        batch, length = query.shape[:2]
        weights = (batch, self.num_heads, length, memory.shape[1])
        return (
            keras.KerasTensor((batch, length, self.model_dim), query.dtype),
            keras.KerasTensor(weights, "float32"),
        )

    def get_config(self):
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "model_dim": self.model_dim,
            "key_dim": self.key_dim,
            "value_dim": self.value_dim,
            "dropout_rate": self.dropout_rate,
            "initializer_gain": self.initializer_gain,
        }
