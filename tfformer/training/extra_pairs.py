"""Pairs to train on that models wrote one side of, from real pairs.

Nguyen et al. (2020, "Data Diversification"): a corpus is translated by a model
of its own direction and by one of the other, and a third model learns from the
real pairs and from both translations; no text beyond the corpus is used.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from tfformer.data.sources import Example
from tfformer.tasks.batching import windows
from tfformer.tasks.inference import Hypothesis, Inference

VERDICTS = ("kept", "known", "blank", "not_translated")


class PairFilter:
    """Translates one side of pairs, and keeps what makes new ones.

    Args:
        real: the pairs that are there.

    Attributes:
        real: how many those are.
        counts: "pairs" so far, and what became of them, by `VERDICTS`:
            "known" are those that are real, or were kept already,
            "not_translated" those that were too long for the model or for
            which it had no hypothesis.
    """

    def __init__(self, real: Iterable[Example]) -> None:
        # Of millions of pairs a hash each, and not the text.
        hashes = [hash(pair) for pair in real]
        self.real, self._known = len(hashes), set(hashes)
        self.counts = dict.fromkeys(("pairs", *VERDICTS), 0)

    def pairs(
        self,
        real: Iterable[Example],
        translator: Inference,
        written: Literal["inputs", "targets"],
        on_batch: Callable[[int], object] = lambda count: None,
    ) -> Iterator[Example]:
        """Yields the new pairs, in order.

        Args:
            real: pairs to translate one side of.
            translator: from the other side to the one that it writes.
            written: "targets" for a model of the pairs' own direction,
                "inputs" for one of the other.
            on_batch: called with the number of pairs after each batch.
        """
        read = "inputs" if written == "targets" else "targets"
        for window in windows(real):
            found = translator.decode(
                [getattr(pair, read) for pair in window],
                on_batch=on_batch,
                prepared=True,
            )
            for pair, (best,) in zip(window, found, strict=True):
                new = dataclasses.replace(pair, **{written: best.text})
                verdict = self._judge(new, best)
                self.counts[verdict] += 1
                if verdict == "kept":
                    yield new
            self.counts["pairs"] += len(window)

    def _judge(self, pair: Example, best: Hypothesis) -> str:
        if best.too_long or (best.text and not best.tokens):
            return "not_translated"
        if not best.text:
            return "blank"
        if hash(pair) in self._known:
            return "known"
        self._known.add(hash(pair))
        return "kept"
