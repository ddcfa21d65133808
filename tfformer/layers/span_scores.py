"""Scores of spans and of their labels, from the gaps at both ends."""

import keras
from keras import ops

from tfformer.layers.dense import Dense
from tfformer.layers.dropout import Dropout
from tfformer.layers.perceptron import Perceptron
from tfformer.layers.rows import take_rows


@keras.saving.register_keras_serializable("tfformer")
class SpanScores(keras.layers.Layer):
    """A score of each span, biaffine in its two ends (Zhang et al., 2020).

    Args:
        units: width of what is made of either end.
        dropout_rate: on that.

    Call arguments:
        gaps: `[batch, gaps, width]`.
        training: whether dropout acts.

    Returns:
        float32 `[batch, gaps, gaps]`, the place where a span begins first.
    """

    def __init__(self, units, dropout_rate=0.0, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.dropout_rate = dropout_rate
        self.begin, self.end = (
            Perceptron(units, dropout_rate, dtype=self.dtype_policy, name=name)
            for name in ("begin", "end")
        )

    def build(self, gaps_shape):
        self.begin.build(gaps_shape)
        self.end.build(gaps_shape)
        self.kernel = self.add_weight(
            shape=(self.units + 1, self.units),
            # Near zero: all trees are about as likely to begin with.
            initializer=keras.initializers.RandomNormal(stddev=0.01),
            name="kernel",
        )
        self.built = True

    def call(self, gaps, training=False):
        begin = self.begin(gaps, training=training)
        end = self.end(gaps, training=training)
        kernel = ops.cast(self.kernel, begin.dtype)
        rows = ops.matmul(begin, kernel[:-1]) + kernel[-1]
        scores = ops.matmul(rows, ops.swapaxes(end, 1, 2))
        return ops.cast(scores, "float32")

    def compute_output_spec(self, gaps, training=False):
        shape = (gaps.shape[0], gaps.shape[1], gaps.shape[1])
        return keras.KerasTensor(shape, "float32")

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "dropout_rate": self.dropout_rate,
        }


@keras.saving.register_keras_serializable("tfformer")
class SpanLabels(keras.layers.Layer):
    """Scores of the labels of chosen spans, by a hidden layer over both ends.

    Args:
        num_labels: labels there are.
        units: width of the hidden layer.
        dropout_rate: on it.

    Call arguments:
        gaps: `[batch, gaps, width]`.
        begins: int32 `[batch, spans]`, the gap where each span begins.
        ends: int32 `[batch, spans]`, the gap where it ends.
        training: whether dropout acts.

    Returns:
        float32 `[batch, spans, num_labels]`.
    """

    def __init__(self, num_labels, units, dropout_rate=0.0, **kwargs):
        super().__init__(**kwargs)
        self.num_labels = num_labels
        self.units = units
        self.dropout_rate = dropout_rate
        policy = self.dtype_policy
        self.begin = Dense(units, use_bias=False, dtype=policy, name="begin")
        self.end = Dense(units, dtype=policy, name="end")
        self.output_layer = Dense(num_labels, dtype=policy, name="output")
        self.dropout = Dropout(
            dropout_rate, noise_shape=(None, 1, None), dtype=policy
        )

    def build(self, gaps_shape, begins_shape=None, ends_shape=None):
        self.begin.build(gaps_shape)
        self.end.build(gaps_shape)
        self.output_layer.build((*gaps_shape[:-1], self.units))
        self.built = True

    def call(self, gaps, begins, ends, training=False):
        hidden = take_rows(self.begin(gaps), begins)
        hidden = hidden + take_rows(self.end(gaps), ends)
        hidden = ops.leaky_relu(hidden, 0.1)
        if self.dropout_rate:
            hidden = self.dropout(hidden, training=training)
        return ops.cast(self.output_layer(hidden), "float32")

    def compute_output_spec(self, gaps, begins, ends, training=False):
        return keras.KerasTensor((*begins.shape, self.num_labels), "float32")

    def get_config(self):
        return {
            **super().get_config(),
            "num_labels": self.num_labels,
            "units": self.units,
            "dropout_rate": self.dropout_rate,
        }
