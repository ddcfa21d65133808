"""Pairs in both directions: the sides of half of them are swapped.

Ding et al. (2021) begin with a model of both directions and go on with one; it
needs no data but the pairs themselves. Which pairs are swapped is a function of
(seed, epoch, example) alone, as everything in a batch is.
"""

import dataclasses

import numpy as np

from tfformer.data.permutation import make_key

# Tells these draws from those of the cuts of a pair's two sides, 0 and 1.
_DIRECTION = 2


@dataclasses.dataclass(frozen=True)
class Bidirectional:
    """Swaps inputs and targets of half of the pairs of a run's first steps.

    Attributes:
        steps: how many steps, counted from the first of the run.
        seed: of the choice.
    """

    steps: int
    seed: int

    def batch(
        self,
        sides: tuple[np.ndarray, np.ndarray],
        numbers: np.ndarray,
        step: int,
        epoch: int,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Swaps the sides of the chosen rows.

        Args:
            sides: inputs int32 `[rows, input_length]` and targets int32
                `[rows, target_length]`, ids of one vocabulary padded with 0.
            numbers: int `[batch]`, which examples the first rows are; the
                other rows are padding.
            step: counted from 0.
            epoch: counted from 0.

        Returns:
            As `sides`, each as long as its longest row; `sides` themselves
            from step `steps` on.
        """
        if step >= self.steps:
            return sides
        swapped = np.zeros([len(sides[0]), 1], bool)
        swapped[: len(numbers), 0] = [
            make_key(self.seed, epoch, int(number), _DIRECTION) % 2
            for number in numbers
        ]
        width = max(side.shape[1] for side in sides)
        inputs, targets = (
            np.pad(side, ((0, 0), (0, width - side.shape[1]))) for side in sides
        )
        return (
            _trim(np.where(swapped, targets, inputs)),
            _trim(np.where(swapped, inputs, targets)),
        )


def _trim(ids: np.ndarray) -> np.ndarray:
    """Leaves the columns out that are padding in every row."""
    used = np.flatnonzero(ids.any(axis=0))
    return ids[:, : used[-1] + 1 if used.size else 1]
