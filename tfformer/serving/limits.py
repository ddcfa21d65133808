"""What one request may ask for, and what a server holds at once."""

import dataclasses

from tfformer.errors import ConfigError


@dataclasses.dataclass(frozen=True)
class Limits:
    """Bounds of a server; each has its own error and status.

    Attributes:
        body_bytes: of a request (413).
        sentences: in a request (400).
        sentence_characters: of the longest (400).
        padded_characters: sentences of a request times its longest, and the
            same of a batch: what bounds its memory (400). A beam that is
            larger than by default counts as many times more.
        explained_characters: sentences times the longest where the answer
            has numbers for every pair of positions, as attention has: what
            bounds the answer's size (400).
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
    padded_characters: int = 65536
    explained_characters: int = 800
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
        if self.sentence_characters > self.padded_characters:
            raise ConfigError(
                "`sentence_characters` must not exceed `padded_characters`. "
                f"Received: {self.sentence_characters} and "
                f"{self.padded_characters}. Try "
                f"padded_characters={self.sentence_characters}."
            )
