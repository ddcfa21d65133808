"""What one request may ask for, and what a server holds at once."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from tfformer.errors import ConfigError


@dataclasses.dataclass(frozen=True)
class Limits:
    """Bounds of a server; each has its own error and status.

    Attributes:
        body_bytes: of a request (413).
        sentences: in a request (400).
        sentence_characters: of the longest (400).
        padded_bytes: sentences of a request times the bytes of its longest
            in UTF-8, and the same of a batch: what bounds the memory of its
            hypotheses (400). A beam that is larger than by default counts as
            many times more. Bytes, since a token is hardly ever less than
            one, and a character may be four tokens.
        attention_pairs: sentences times the square of those bytes, of a
            request and of a batch: what bounds the memory of attention, four
            bytes a head for each (400).
        explained_bytes: as `padded_bytes`, where the answer has numbers for
            every pair of positions, as attention has (400).
        answer_values: numbers and strings of an answer, counted when they are
            computed: what bounds its bytes and the time to write them, while
            Python does little else (400).
        beam_size: the largest that a request may set (400).
        queue_sentences: that wait for a batch; a request of none counts as
            one (503), one of more than fit into it is refused (400).
        deadline_seconds: from the end of a request to its answer (504).
        read_seconds: from the headers of a request to the end of its body
            (408); uvicorn has no limit for the headers.
    """

    body_bytes: int = 1 << 20
    sentences: int = 128
    sentence_characters: int = 2000
    padded_bytes: int = 1 << 16
    attention_pairs: int = 1 << 24
    explained_bytes: int = 800
    answer_values: int = 1_000_000
    beam_size: int = 32
    queue_sentences: int = 512
    deadline_seconds: float = 30.0
    read_seconds: float = 30.0

    def __post_init__(self) -> None:
        for name, value in dataclasses.asdict(self).items():
            if value <= 0:
                default = getattr(Limits, name)
                raise ConfigError(
                    f"`{name}` must be above 0. Received: {value}. Try "
                    f"{name}={default}."
                )
        longest = self.sentence_characters
        for name, size in batch_sizes(1, longest, 1).items():
            if size > getattr(self, name):
                raise ConfigError(
                    f"`{name}` must let one sentence of `sentence_characters` "
                    f"pass. Received: {getattr(self, name)} and {longest}. "
                    f"Try {name}={size}."
                )

    def hold(self, rows: int, length: int, beams: int) -> bool:
        """Returns whether a batch fits; the arguments are `batch_sizes`'s."""
        sizes = batch_sizes(rows, length, beams)
        return all(size <= getattr(self, name) for name, size in sizes.items())


def read_limits(given: Mapping[str, float]) -> Limits:
    """Returns the limits, with what `--limit` replaces.

    Args:
        given: numbers by name.

    Raises:
        ConfigError: for an unknown name, a fraction of what is counted, or a
            value that makes no sense.
    """
    kinds = {field.name: field.type for field in dataclasses.fields(Limits)}
    values: dict[str, Any] = dict(given)
    for name, value in given.items():
        if name not in kinds:
            raise ConfigError(
                f"`--limit` must name one of {', '.join(kinds)}. Received: "
                f"{name}."
            )
        if kinds[name] is int:
            if value != int(value):
                raise ConfigError(
                    f"`--limit={name}` must be a whole number. Received: "
                    f"{value}. Try --limit={name}={max(1, round(value))}."
                )
            values[name] = int(value)
    return Limits(**values)


def batch_sizes(rows: int, length: int, beams: int) -> dict[str, int]:
    """Returns what a batch takes, by the limit that bounds it.

    Args:
        rows: its sentences.
        length: bytes of the longest.
        beams: how many times as large as by default the beam is.
    """
    return {
        "padded_bytes": rows * length * beams,
        "attention_pairs": rows * length**2,
    }
