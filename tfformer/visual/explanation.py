"""What a model did with one text: what there is to draw."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

# What `attention` is keyed by, with a name for people.
ATTENTIONS = {
    "encoder": "encoder self-attention",
    "decoder": "decoder self-attention",
    "cross": "encoder-decoder attention",
}


@dataclasses.dataclass(frozen=True)
class Hypothesis:
    """One of the n best.

    Attributes:
        text: the output as a user gets it.
        score: log-probability over the length penalty.
        pieces: its tokens, the end symbol last.
        log_probs: natural logarithm of each token's probability, given the
            tokens before it.
    """

    text: str
    score: float
    pieces: tuple[str, ...]
    log_probs: tuple[float, ...]


@dataclasses.dataclass(frozen=True)
class Explanation:
    """One text, what came of it, and what attended to what.

    Attributes:
        task: name of the task, such as "parsing".
        text: as the user gave it.
        source_pieces: its tokens, the end symbol last.
        hypotheses: best first.
        attention: float arrays `[layers, heads, queries, keys]` of the best
            hypothesis, by the keys of `ATTENTIONS`. Queries of "decoder" and
            "cross" are the hypothesis's tokens; the decoder's keys are what
            it has read, the begin symbol first.
    """

    task: str
    text: str
    source_pieces: tuple[str, ...]
    hypotheses: tuple[Hypothesis, ...]
    attention: Mapping[str, np.ndarray]

    @property
    def best(self) -> Hypothesis:
        """The best hypothesis."""
        return self.hypotheses[0]

    def tokens(self, kind: str) -> tuple[Sequence[str], Sequence[str]]:
        """Returns the names of the queries and of the keys.

        Args:
            kind: one of `ATTENTIONS`.
        """
        target = self.best.pieces
        if kind == "encoder":
            return self.source_pieces, self.source_pieces
        if kind == "decoder":
            return target, ("<s>", *target[:-1])
        return target, self.source_pieces

    def to_dict(self) -> dict[str, Any]:
        """Returns what a page embeds: plain lists, weights of three digits."""
        return {
            "task": self.task,
            "text": self.text,
            "hypotheses": [dataclasses.asdict(h) for h in self.hypotheses],
            "beam": merged([h.pieces for h in self.hypotheses]),
            "attention": [
                {
                    "kind": kind,
                    "name": name,
                    "queries": list(self.tokens(kind)[0]),
                    "keys": list(self.tokens(kind)[1]),
                    "weights": np.round(self.attention[kind], 3).tolist(),
                }
                for kind, name in ATTENTIONS.items()
            ],
        }


def merged(sequences: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    """Joins sequences that begin alike into a tree.

    Args:
        sequences: tokens of each hypothesis, best first.

    Returns:
        Nodes `{"pieces", "hypotheses", "children"}`: the tokens that all of
        the numbered hypotheses go on with, and where they part.
    """
    return _merged(sequences, list(range(len(sequences))), 0)


def _merged(sequences, numbers, start):
    by_next: dict[str, list[int]] = {}
    for number in numbers:
        if start < len(sequences[number]):
            by_next.setdefault(sequences[number][start], []).append(number)
    nodes = []
    for group in by_next.values():
        end = _parting(sequences, group, start)
        nodes.append(
            {
                "pieces": list(sequences[group[0]][start:end]),
                "start": start,
                "hypotheses": group,
                "children": _merged(sequences, group, end),
            }
        )
    return nodes


def _parting(sequences, group, start):
    """Where the sequences of a group stop being alike."""
    shortest = min(len(sequences[number]) for number in group)
    end = start + 1
    while end < shortest:
        if len({sequences[number][end] for number in group}) > 1:
            break
        end += 1
    return end
