"""Dropout whose masks can be made a function of a key."""

import contextlib
import contextvars
from collections.abc import Callable, Iterator
from typing import Any

import keras
from keras import ops

_KEYS: contextvars.ContextVar["_Keys | None"] = contextvars.ContextVar(
    "dropout_keys", default=None
)


# `drop(inputs, rate, seed=)`, the seed a `keras.random.SeedGenerator`.
Drop = Callable[..., Any]


class _Keys(keras.random.SeedGenerator):
    """Hands out one seed after another, all computed from one key.

    A `SeedGenerator` by kind only: it has no variable, so nothing of it need
    be saved, and nothing of it is shared by the replicas of a model.
    """

    def __init__(self, key: Any, drop: Drop) -> None:
        self.key = ops.cast(key, "uint32")
        self.drop = drop
        self.drawn = 0

    def next(self, ordered=True):
        """Returns the next seed, `[2]`."""
        number = ops.convert_to_tensor([self.drawn, 0], dtype="uint32")
        self.drawn += 1
        return self.key + number


@contextlib.contextmanager
def dropout_key(key: Any, drop: Drop = keras.random.dropout) -> Iterator[None]:
    """Makes the masks drawn inside a function of a key.

    The n-th dropout that is called inside draws with the key's n-th seed, so
    the same key gives the same masks in every process, and a run that resumes
    at a step needs no state of a random generator. Outside, each layer has a
    generator of its own, as Keras has it.

    Args:
        key: int `[2]`; keys whose bits are well mixed never share a mask.
        drop: `keras.random.dropout`, or one that knows its backend better.
    """
    token = _KEYS.set(_Keys(key, drop))
    try:
        yield
    finally:
        _KEYS.reset(token)


def next_dropout_seed() -> Any:
    """Takes the next seed, `[2]`, of the `dropout_key` around it."""
    keys = _KEYS.get()
    if keys is None:
        raise RuntimeError("`next_dropout_seed` belongs inside `dropout_key`.")
    return keys.next()


@keras.saving.register_keras_serializable("tfformer")
class Dropout(keras.layers.Dropout):
    """Keras's `Dropout`, which follows `dropout_key` where there is one.

    Its argument `rate` is the share of the units that are set to zero in
    training; the others are divided by 1 - rate (Srivastava et al., 2014).
    """

    def call(self, inputs, training=False):
        """Drops units.

        Args:
            inputs: float, any shape.
            training: whether to drop any.

        Returns:
            The same shape.
        """
        keys = _KEYS.get()
        if keys is None or not training or not self.rate:
            return super().call(inputs, training=training)
        if self.noise_shape is not None:
            return keras.random.dropout(
                inputs, self.rate, noise_shape=self.noise_shape, seed=keys
            )
        return keys.drop(inputs, self.rate, seed=keys)
