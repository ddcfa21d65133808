"""A bidirectional LSTM (Hochreiter and Schmidhuber, 1997; Graves, 2005)."""

import keras
from keras import ops

from tfformer.layers.dropout import Dropout
from tfformer.layers.orthogonal import orthogonal
from tfformer.layers.rows import take_rows


@keras.saving.register_keras_serializable("tfformer")
class BidirectionalLSTM(keras.layers.Layer):
    """Reads a sequence in both directions, which share every product.

    The weights of the recurrence get their gradient from one product over all
    steps, where differentiating the loop would add one up step by step.

    Args:
        units: of each direction.
        dropout_rate: on the input and on the state that a step hands to the
            next, with one mask for all steps (Gal and Ghahramani, 2016).

    Call arguments:
        x: `[batch, length, width]`.
        lengths: int32 `[batch]`, steps of each sequence; the backward
            direction begins at the last of them.
        training: whether dropout acts.

    Returns:
        `[batch, length, 2 * units]`, the forward states first. Beyond a
        sequence's length they mean nothing.
    """

    def __init__(self, units, dropout_rate=0.0, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.dropout_rate = dropout_rate
        self.input_dropout = Dropout(
            dropout_rate, noise_shape=(None, 1, None), dtype=self.dtype_policy
        )
        self.state_dropout = Dropout(dropout_rate, dtype=self.dtype_policy)

    def build(self, x_shape):
        for direction in ("forward", "backward"):
            for name, rows, initializer in (
                ("kernel", x_shape[-1], "glorot_uniform"),
                ("recurrent_kernel", self.units, orthogonal),
            ):
                weight = self.add_weight(
                    shape=(rows, 4 * self.units),
                    initializer=initializer,
                    name=f"{direction}_{name}",
                )
                setattr(self, f"{direction}_{name}", weight)
        self.bias = self.add_weight(
            shape=(2, 4 * self.units), initializer=_forget_little, name="bias"
        )
        self.built = True

    def call(self, x, lengths, training=False):
        if self.dropout_rate:
            x = self.input_dropout(x, training=training)
        lengths = ops.cast(lengths, "int32")
        back = _places_reversed(ops.shape(x)[1], lengths)
        batch, length = ops.shape(x)[0], ops.shape(x)[1]
        both = ops.stack([x, take_rows(x, back)])
        rows = ops.reshape(both, (2, -1, x.shape[-1]))
        gates = ops.matmul(rows, self._both("kernel"))
        gates = gates + ops.cast(self.bias, gates.dtype)[:, None]
        gates = ops.reshape(gates, (2, batch, length, 4 * self.units))
        # Steps first, as a loop reads them.
        gates = ops.transpose(gates, (2, 0, 1, 3))
        kept = ops.ones((2, batch, self.units), dtype=gates.dtype)
        if self.dropout_rate:
            kept = self.state_dropout(kept, training=training)
        recurrent = self._both("recurrent_kernel")
        run = _recurrence if training else _plain_recurrence
        states = ops.transpose(run(gates, recurrent, kept), (1, 2, 0, 3))
        forward, backward = ops.unstack(states, 2)
        backward = take_rows(backward, back)
        return ops.concatenate([forward, backward], axis=-1)

    def _both(self, name):
        weights = [
            ops.cast(getattr(self, f"{direction}_{name}"), self.compute_dtype)
            for direction in ("forward", "backward")
        ]
        return ops.stack(weights)

    def compute_output_spec(self, x, lengths, training=False):
        return keras.KerasTensor((*x.shape[:-1], 2 * self.units), x.dtype)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "dropout_rate": self.dropout_rate,
        }


def _forget_little(shape, dtype=None):
    """Zeros, and ones for forget gates (Jozefowicz et al., 2015)."""
    units = shape[1] // 4
    bias = ops.zeros((shape[0], 4, units), dtype=dtype)
    one = ops.cast(ops.arange(4) == 1, dtype)[None, :, None]
    return ops.reshape(bias + one, shape)


def _places_reversed(length, lengths):
    """int32 `[batch, length]`: each sequence backwards, padding as is."""
    places = ops.arange(length, dtype="int32")[None, :]
    mirrored = lengths[:, None] - 1 - places
    return ops.where(mirrored >= 0, mirrored, places)


def _plain_recurrence(gates, kernel, kept):
    return _run(gates, kernel, kept)[0]


@ops.custom_gradient
def _recurrence(gates, kernel, kept):
    """States of all steps.

    Args:
        gates: `[length, 2, batch, 4 * units]`, what the input adds to input,
            forget and output gate and to the new content.
        kernel: `[2, units, 4 * units]`.
        kept: `[2, batch, units]`, the mask of the handed-on state.

    Returns:
        `[length, 2, batch, units]`.
    """
    states, cells, active = _run(gates, kernel, kept)

    def gradient(*args, upstream=None):
        upstream = args[0] if upstream is None else upstream
        changes = _run_back(upstream, kernel, kept, cells, active)
        before = _shifted(states) * kept
        units = before.shape[-1]
        rows = ops.reshape(ops.transpose(before, (1, 3, 0, 2)), (2, units, -1))
        columns = ops.reshape(
            ops.transpose(changes, (1, 0, 2, 3)), (2, -1, 4 * units)
        )
        return changes, ops.matmul(rows, columns), ops.zeros_like(kept)

    return states, gradient


def _run(gates, kernel, kept):
    """Returns states, cells and active gates of all steps."""
    units = kept.shape[-1]

    def step(carry, gate):
        state, cell, _ = carry
        gate = gate + ops.matmul(state * kept, kernel)
        open_ = ops.sigmoid(gate[..., : 3 * units])
        content = ops.tanh(gate[..., 3 * units :])
        let_in, keep, let_out = ops.split(open_, 3, axis=-1)
        cell = keep * cell + let_in * content
        state = let_out * ops.tanh(cell)
        carry = (state, cell, ops.concatenate([open_, content], axis=-1))
        return carry, carry

    zero = ops.zeros_like(kept)
    return ops.scan(step, (zero, zero, ops.zeros_like(gates[0])), gates)[1]


def _run_back(upstream, kernel, kept, cells, active):
    """Returns the gradient by the gates of all steps."""
    turned = ops.swapaxes(kernel, 1, 2)

    def step(carry, values):
        to_state, to_cell, _ = carry
        above, before, cell, let_in, keep, let_out, content = ops.split(
            values, 7, axis=-1
        )
        to_state = to_state + above
        bent = ops.tanh(cell)
        to_cell = to_cell + to_state * let_out * (1.0 - bent * bent)
        change = ops.concatenate(
            [
                to_cell * content * let_in * (1.0 - let_in),
                to_cell * before * keep * (1.0 - keep),
                to_state * bent * let_out * (1.0 - let_out),
                to_cell * let_in * (1.0 - content * content),
            ],
            axis=-1,
        )
        carry = (ops.matmul(change, turned) * kept, to_cell * keep, change)
        return carry, carry

    zero = ops.zeros_like(kept)
    # Keras's scan takes one tensor, or several of known length.
    values = ops.concatenate(
        [upstream, _shifted(cells), cells, active], axis=-1
    )
    start = (zero, zero, ops.zeros_like(active[0]))
    return ops.scan(step, start, values, reverse=True)[1][2]


def _shifted(values):
    """What each step found: the step before's, zeros at the first."""
    return ops.concatenate([ops.zeros_like(values[:1]), values[:-1]])
