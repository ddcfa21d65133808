"""What EVALB says of sentences besides their scores, summed up."""

import dataclasses
from collections.abc import Iterable, Sequence


@dataclasses.dataclass(frozen=True)
class Remarks:
    """One kind of message over a corpus.

    Attributes:
        count: sentences with such a message.
        number: of the first of them, from 1; 0 where there is none.
        first: what is said of it.
    """

    count: int = 0
    number: int = 0
    first: str = ""

    @classmethod
    def of(cls, messages: Iterable[Sequence[str]]) -> "Remarks":
        """Sums up.

        Args:
            messages: those of each sentence.
        """
        found = [
            (number, some[0]) for number, some in enumerate(messages, 1) if some
        ]
        return cls(len(found), *found[0]) if found else cls()

    def followed_by(self, other: "Remarks", sentences: int) -> "Remarks":
        """Returns the remarks of both corpora together.

        Args:
            other: those of the sentences that come after.
            sentences: how many sentences come before them.
        """
        if not other.count:
            return self
        if self.count:
            return dataclasses.replace(self, count=self.count + other.count)
        return dataclasses.replace(other, number=sentences + other.number)

    def __str__(self) -> str:
        return f"sentence {self.number}: {self.first}"
