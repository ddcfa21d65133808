"""Scores that tell which outputs are not simply what was decoded."""

import dataclasses
import operator
from collections.abc import Sequence

from tfformer.metrics.stats import Stats
from tfformer.tasks.task import Task


@dataclasses.dataclass(frozen=True)
class MendedStats:
    """Statistics, with counts of the outputs that were mended for them.

    Attributes:
        stats: the statistics.
        fallbacks: inputs that got the task's fallback; see `Inference`.
        repaired: outputs that were malformed; see `Inference`.
        settled: outputs that `Task.settle` changed.
    """

    stats: Stats
    fallbacks: int = 0
    repaired: int = 0
    settled: int = 0

    def merge(self, other: "MendedStats") -> "MendedStats":
        """Returns the statistics of both corpora together."""
        return MendedStats(
            self.stats.merge(other.stats),
            self.fallbacks + other.fallbacks,
            self.repaired + other.repaired,
            self.settled + other.settled,
        )

    def compute(self) -> dict[str, float | int | str]:
        """Returns the scores by name, and the counts."""
        return {
            **self.stats.compute(),
            "fallbacks": self.fallbacks,
            "repaired": self.repaired,
            "settled": self.settled,
        }

    def render(self) -> str:
        """Returns the scores as the field's own tool prints them."""
        return self.stats.render()


def score_mended(
    task: Task,
    outputs: Sequence[str],
    references: Sequence[str],
    fallbacks: int = 0,
    repaired: int = 0,
) -> Stats:
    """Scores outputs; where the task mends them, with how many it mended.

    Args:
        task: scores and settles.
        outputs: one for each reference.
        references: what they are compared with.
        fallbacks: see `MendedStats`.
        repaired: see `MendedStats`.
    """
    stats = task.score(outputs, references)
    if not task.mends:
        return stats
    settled = task.settle(outputs, references)
    changed = sum(map(operator.ne, settled, outputs))
    return MendedStats(stats, fallbacks, repaired, changed)
