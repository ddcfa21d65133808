"""Why several heads rather than one: an average cannot say whose part is whose.

One `MultiHeadAttention` over random symbols and nothing else: at each place its
output must tell, through a linear readout each, which symbol stands to the left
and which to the right. One head can look at both, and its output is then their
average; two heads keep them apart. All have the same number of weights.
"""

import numpy as np

SYMBOLS = 20
LENGTH = 12
WIDTH = 64


def measure(steps=1000, heads=(1, 2, 4, 8)) -> list[dict]:
    """Trains one layer for each number of heads.

    Args:
        steps: of each training.
        heads: numbers of heads, each a divisor of the width.

    Returns:
        A row for each: weights, the shares of places where the left symbol,
        the right one, and both are told, and the attention of a sequence.
    """
    return [_row(count, steps) for count in heads]


def _row(heads, steps) -> dict:
    import keras

    from bench.margins.steps import StepProgress

    keras.utils.set_random_seed(0)
    model = _model(heads)
    random = np.random.default_rng(0)

    def batches():
        while True:
            symbols = random.integers(0, SYMBOLS, (64, LENGTH))
            yield symbols, (symbols[:, :-2], symbols[:, 2:])

    model.fit(
        batches(),
        steps_per_epoch=steps,
        shuffle=False,
        verbose=0,
        callbacks=[StepProgress(f"{heads} heads", steps)],
    )
    symbols = np.random.default_rng(1).integers(0, SYMBOLS, (500, LENGTH))
    sides = [np.array(side).argmax(-1) for side in model(symbols)]
    left, right = sides[0] == symbols[:, :-2], sides[1] == symbols[:, 2:]
    _, weights = model.attend(symbols[:1])
    return {
        "heads": heads,
        "weights": model.attention.count_params(),
        "left right": left.mean(),
        "right right": right.mean(),
        "both right": (left & right).mean(),
        "attention": np.array(weights)[0],
    }


def _model(heads):
    import keras
    from keras import ops

    from tfformer.layers.attention import MultiHeadAttention
    from tfformer.layers.embedding import SharedEmbedding
    from tfformer.layers.position import SinusoidalPosition

    class Neighbours(keras.Model):
        """Logits of the left and of the right neighbour."""

        def __init__(self):
            super().__init__()
            self.embedding = SharedEmbedding(SYMBOLS, WIDTH)
            self.position = SinusoidalPosition(WIDTH)
            self.attention = MultiHeadAttention(
                heads, WIDTH, WIDTH // heads, WIDTH // heads
            )
            self.readouts = [keras.layers.Dense(SYMBOLS) for _ in range(2)]

        def attend(self, symbols):
            places = ops.arange(LENGTH, dtype="int32")
            x = self.embedding(symbols) + self.position(places)
            return self.attention(x, x)

        def call(self, symbols):
            y, _ = self.attend(symbols)
            return tuple(readout(y[:, 1:-1]) for readout in self.readouts)

    model = Neighbours()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(
        keras.optimizers.Adam(3e-3), loss=[loss, loss], jit_compile=False
    )
    return model


def draw(rows, path) -> None:
    """Draws the heads of one and of two, over one sequence."""
    from bench.margins.figure import figure

    shown = [
        (f"head {number + 1} of {row['heads']}", head)
        for row in rows[:2]
        for number, head in enumerate(row["attention"])
    ]
    with figure(
        path, len(shown), "attention that must tell both neighbours"
    ) as axes:
        for axis, (name, head) in zip(axes or [], shown, strict=bool(axes)):
            axis.imshow(head, cmap="Blues", vmin=0, vmax=1)
            axis.set_title(name, fontsize=9)
            axis.set_xlabel("key")
            axis.set_ylabel("query")
