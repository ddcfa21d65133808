"""What every score is made of: statistics that add up."""

import typing
from collections.abc import Sequence

Self = typing.TypeVar("Self", bound="Stats")


class Stats(typing.Protocol):
    """Counts of a corpus, so that parts of one can be scored apart."""

    def merge(self: Self, other: Self) -> Self:
        """Returns the statistics of both corpora together."""

    def compute(self) -> dict[str, float | int | str]:
        """Returns the scores by name."""

    def render(self) -> str:
        """Returns the scores as the field's own tool prints them."""


def require_as_many(
    hypotheses: Sequence[str], references: Sequence[str]
) -> None:
    """Raises unless each text has its reference.

    Raises:
        ValueError: that says how many there are of both.
    """
    if len(hypotheses) != len(references):
        raise ValueError(
            "`hypotheses` must be as many as `references`. Received: "
            f"{len(hypotheses)} and {len(references)}."
        )
