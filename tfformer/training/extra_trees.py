"""Trees to train on, from raw text: what a parser is sure of (paper, 6.3).

Or what two parsers agree on, as Vinyals et al. (2015) chose them.
"""

import collections
import itertools
from collections.abc import Iterable, Iterator

from tfformer.errors import ConfigError
from tfformer.progress import Progress
from tfformer.tasks.batching import windows
from tfformer.tasks.inference import Hypothesis, Inference

VERDICTS = (
    "kept",
    "blank",
    "too_long",
    "not_parsed",
    "below_confidence",
    "disagreed",
)


class TreeFilter:
    """Parses sentences and keeps the trees that can be trusted.

    Args:
        parser: a trained parser.
        confidence: least confidence of its tree; see
            `Hypothesis.confidence`.
        second: another parser, which must find the very same tree, tags
            included; None asks for no second opinion.

    Attributes:
        counts: "lines" so far, and what became of them, by `VERDICTS`:
            "too_long" are those beyond `decode.max_input_length`,
            "not_parsed" those for which no tree had a probability.

    Raises:
        ConfigError: if a parser may give what is no tree.
    """

    def __init__(
        self,
        parser: Inference,
        confidence: float,
        second: Inference | None = None,
    ) -> None:
        for inference in (parser, second):
            if inference is not None and not inference.config.constrained:
                raise ConfigError(
                    "`decode.constrained` must be true, for a repaired output "
                    "is nothing to train on. Received: false. Leave it out."
                )
        self.parser, self.second = parser, second
        self.confidence = confidence
        self.counts = dict.fromkeys(("lines", *VERDICTS), 0)
        # Parses by hundredth of confidence: a million need no more memory.
        self._hundredths: collections.Counter[int] = collections.Counter()

    def trees(self, lines: Iterable[str]) -> Iterator[str]:
        """Yields the trees that are kept, in brackets, in order.

        Args:
            lines: raw text, a sentence each.
        """
        with Progress("parsing", unit="sentences") as progress:
            for window in windows(lines):
                # The second parser gets those that are left, and its batches
                # come on top of the first's.
                yield from self._keep(window, progress)
                self.counts["lines"] += len(window)

    def _keep(self, window: list[str], progress: Progress) -> Iterator[str]:
        left = []
        best = self.parser.decode(window, on_batch=progress.update)
        for line, (hypothesis,) in zip(window, best, strict=True):
            verdict = self._judge(hypothesis)
            if verdict == "kept":
                left.append((line, hypothesis.text))
            else:
                self.counts[verdict] += 1
        agreed = self._agreed([line for line, _ in left])
        for (_, tree), other in zip(left, agreed, strict=False):
            verdict = "kept" if other in (None, tree) else "disagreed"
            self.counts[verdict] += 1
            if verdict == "kept":
                yield tree

    def _judge(self, hypothesis: Hypothesis) -> str:
        if not hypothesis.text:
            return "blank"
        if hypothesis.too_long:
            return "too_long"
        if not hypothesis.tokens:
            return "not_parsed"
        self._hundredths[int(100 * hypothesis.confidence)] += 1
        if hypothesis.confidence < self.confidence:
            return "below_confidence"
        return "kept"

    def _agreed(self, lines: list[str]) -> Iterator[str | None]:
        """Yields the second parser's trees; None where there is none."""
        if self.second is None:
            return itertools.repeat(None)
        return (best.text for (best,) in self.second.decode(lines))

    def confidence_at(self, share: float) -> float:
        """Returns the confidence below which a share of the parses is.

        Args:
            share: in [0, 1].

        Returns:
            To a hundredth, rounded down; 0 if nothing was parsed.
        """
        wanted = share * sum(self._hundredths.values())
        for hundredth, count in sorted(self._hundredths.items()):
            wanted -= count
            if wanted <= 0:
                return hundredth / 100
        return 0.0

    def cure(self) -> str:
        """Says what to change where no tree was kept."""
        most = max(VERDICTS, key=lambda verdict: self.counts[verdict])
        if not self.counts["lines"] or most == "blank":
            return "Give text, a sentence a line."
        if most == "too_long":
            return "Try a larger --set decode.max_input_length."
        if most == "not_parsed":
            return "The weights may be no numbers: try another --checkpoint."
        if most == "disagreed":
            return (
                "Two parsers agree on tags too, or not at all: give an "
                "--agree_workdir with the same data.terminals."
            )
        return f"Try a --confidence below {self.confidence_at(0.9) + 0.01:.2f}."
