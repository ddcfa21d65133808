"""What every score is made of: statistics that add up."""

import typing

Self = typing.TypeVar("Self", bound="Stats")


class Stats(typing.Protocol):
    """Counts of a corpus, so that parts of one can be scored apart."""

    def merge(self: Self, other: Self) -> Self:
        """Returns the statistics of both corpora together."""

    def compute(self) -> dict[str, float | int | str]:
        """Returns the scores by name."""

    def render(self) -> str:
        """Returns the scores as the field's own tool prints them."""
