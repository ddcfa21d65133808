"""Random choices that are the same on every platform and Python version.

Only ``random.Random.random`` promises the same stream for a seed for ever;
everything here is made of it.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """A stream of random choices.

    Args:
        seed: the seed.
    """

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed).random

    def maybe(self, probability: float) -> bool:
        """Return true with a probability.

        Args:
            probability: from 0 to 1.

        Returns:
            The outcome.
        """
        return self._draw() < probability

    def choice(self, options: Sequence[T]) -> T:
        """Choose one of several.

        Args:
            options: what there is, at least one.

        Returns:
            One of them, all as likely.
        """
        return options[int(self._draw() * len(options))]

    def weighted(self, weights: Mapping[T, float]) -> T:
        """Choose one of several by weight.

        Args:
            weights: what there is, each with its weight.

        Returns:
            One of them.
        """
        left = self._draw() * sum(weights.values())
        for option, weight in weights.items():
            left -= weight
            if left < 0:
                return option
        return option
