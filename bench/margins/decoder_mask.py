"""What the decoder's mask prevents, and why minus infinity and not zero.

Three models learn to reverse a sequence: with the package's mask, with masked
scores set to zero, and without any. Each is then scored on right prefixes, as
in training, and by what it decodes, when nothing comes after the newest token
that could be looked at.
"""

from unittest import mock

import numpy as np

from bench.margins import sequences

LENGTH = 10


def measure(steps=600) -> list[dict]:
    """Trains the three models.

    Args:
        steps: of each training.

    Returns:
        A row for each way to mask: the share of attention that falls on the
        future over random queries and keys, and loss and accuracies of the
        model.
    """
    return [
        {
            "masked scores become": name,
            "attention on the future": on_the_future(attention),
            **_scores(attention, name, steps),
        }
        for name, attention in _ways().items()
    ]


def _ways() -> dict:
    from keras import ops

    from tfformer.layers.attention import scaled_dot_product_attention

    def zeroed(query, key, value, mask=None, dropout=None):
        del dropout
        query = query * query.shape[-1] ** -0.5
        scores = ops.matmul(query, ops.swapaxes(key, -1, -2))
        if mask is not None:
            scores = ops.where(mask, scores, 0.0)
        weights = ops.softmax(scores, axis=-1)
        return ops.matmul(weights, value), weights

    def unmasked(query, key, value, mask=None, dropout=None):
        del mask
        return scaled_dot_product_attention(query, key, value, dropout=dropout)

    return {
        "minus infinity": scaled_dot_product_attention,
        "zero": zeroed,
        "what they are": unmasked,
    }


def on_the_future(attention, length=32, dim=64) -> float:
    """Mean share of a row's weight that falls on later places.

    Args:
        attention: as `scaled_dot_product_attention`.
        length: of the sequence.
        dim: d_k.
    """
    from tfformer.layers.masks import causal_mask

    mask = causal_mask(length)[0, 0]
    random = np.random.default_rng(0)
    query, key = random.normal(size=(2, 200, length, dim)).astype("float32")
    _, weights = attention(query, key, key, mask)
    later = np.array(weights) * ~np.array(mask)
    return float(later.sum(axis=-1).mean())


def _scores(attention, name, steps) -> dict:
    with mock.patch(
        "tfformer.layers.attention.scaled_dot_product_attention", attention
    ):
        model = sequences.trained("reverse", steps, label=name)
        loss, right = sequences.loss_and_accuracy(model, "reverse", LENGTH)
        inputs, targets = sequences.batch(
            "reverse", np.random.default_rng(1), 500, LENGTH
        )
        tokens = sequences.decoder(model)(inputs)
    return {
        "nats a token": loss,
        "right given the prefix": right,
        "right when decoded": (tokens == targets).mean(),
    }
