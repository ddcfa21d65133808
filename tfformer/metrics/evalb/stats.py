"""EVALB's sums over sentences, which add up over parts of a corpus."""

import dataclasses
from collections.abc import Iterable, Sequence

from tfformer.errors import DataError
from tfformer.metrics.evalb.parameters import Parameters
from tfformer.metrics.evalb.remarks import Remarks
from tfformer.metrics.evalb.score import (
    SentenceScore,
    Status,
    evaluate_sentence,
)


@dataclasses.dataclass(frozen=True)
class Totals:
    """The sums of one block of EVALB's summary.

    Attributes:
        sentences: all sentences, those below included.
        errors: sentences that could not be compared; they cost nothing.
        skips: sentences whose test tree has no word; they cost nothing.
        matched: brackets found in both trees, of valid sentences as all below.
        gold: brackets of the gold trees.
        test: brackets of the test trees.
        complete: sentences with the same brackets in both trees.
        crossing: test brackets that cross a gold bracket.
        no_crossing: sentences without any.
        two_or_less_crossing: sentences with at most two.
        words: words compared.
        correct_tags: words with the gold tag.
    """

    sentences: int = 0
    errors: int = 0
    skips: int = 0
    matched: int = 0
    gold: int = 0
    test: int = 0
    complete: int = 0
    crossing: int = 0
    no_crossing: int = 0
    two_or_less_crossing: int = 0
    words: int = 0
    correct_tags: int = 0

    @classmethod
    def of(cls, scores: Sequence[SentenceScore]) -> "Totals":
        """Adds sentences up."""
        valid = [score for score in scores if score.status == Status.VALID]
        return cls(
            sentences=len(scores),
            errors=sum(score.status == Status.ERROR for score in scores),
            skips=sum(score.status == Status.SKIP for score in scores),
            matched=sum(score.matched for score in valid),
            gold=sum(score.gold for score in valid),
            test=sum(score.test for score in valid),
            complete=sum(score.complete for score in valid),
            crossing=sum(score.crossing for score in valid),
            no_crossing=sum(score.crossing == 0 for score in valid),
            two_or_less_crossing=sum(score.crossing <= 2 for score in valid),
            words=sum(score.words for score in valid),
            correct_tags=sum(score.correct_tags for score in valid),
        )

    def __add__(self, other: "Totals") -> "Totals":
        pairs = zip(
            dataclasses.astuple(self), dataclasses.astuple(other), strict=True
        )
        return Totals(*(one + another for one, another in pairs))

    @property
    def valid(self) -> int:
        """Sentences that count."""
        return self.sentences - self.errors - self.skips

    def compute(self) -> dict[str, float | int]:
        """Returns EVALB's figures, unrounded; percentages are 0 to 100.

        "f1" is 0 where EVALB prints "nan", so that it can be compared.
        """
        recall = percent(self.matched, self.gold)
        precision = percent(self.matched, self.test)
        both = precision + recall
        return {
            "f1": 2 * precision * recall / both if both else 0.0,
            "precision": precision,
            "recall": recall,
            "complete": percent(self.complete, self.valid),
            "tagging": percent(self.correct_tags, self.words),
            "crossing": self.crossing / self.valid if self.valid else 0.0,
            "no_crossing": percent(self.no_crossing, self.valid),
            "two_or_less_crossing": percent(
                self.two_or_less_crossing, self.valid
            ),
            "sentences": self.sentences,
            "errors": self.errors,
            "skips": self.skips,
        }


@dataclasses.dataclass(frozen=True)
class EvalbStats:
    """EVALB's two blocks: all sentences, and the short ones.

    Attributes:
        all: sums over all sentences.
        short: sums over those of at most `cutoff` words.
        cutoff: EVALB's CUTOFF_LEN.
        refused: of sentences with an error.
        beyond: of sentences that the C program has no room for.
    """

    all: Totals = Totals()
    short: Totals = Totals()
    cutoff: int = 40
    refused: Remarks = Remarks()
    beyond: Remarks = Remarks()

    @classmethod
    def of(
        cls, scores: Iterable[SentenceScore], cutoff: int = 40
    ) -> "EvalbStats":
        """Adds sentences up.

        Args:
            scores: of the sentences.
            cutoff: longest sentence of the second block.
        """
        scores = list(scores)
        short = [score for score in scores if score.length <= cutoff]
        return cls(
            Totals.of(scores),
            Totals.of(short),
            cutoff,
            Remarks.of(score.errors for score in scores),
            Remarks.of(score.warnings for score in scores),
        )

    def merge(self, other: "EvalbStats") -> "EvalbStats":
        """Returns the statistics of both corpora together.

        Raises:
            ValueError: if their second blocks are of other lengths.
        """
        if self.cutoff != other.cutoff:
            raise ValueError(
                "`other.cutoff` must be `self.cutoff`, for short sentences to "
                f"add up. Received: {other.cutoff} and {self.cutoff}. Score "
                "both with one CUTOFF_LEN."
            )
        before = self.all.sentences
        return EvalbStats(
            self.all + other.all,
            self.short + other.short,
            self.cutoff,
            self.refused.followed_by(other.refused, before),
            self.beyond.followed_by(other.beyond, before),
        )

    def compute(self) -> dict[str, float | int | str]:
        """Returns the figures of `Totals.compute` by name.

        Those of the short sentences have the cutoff behind their names, such
        as "f1_40".
        """
        return {
            **self.all.compute(),
            **{
                f"{name}_{self.cutoff}": value
                for name, value in self.short.compute().items()
            },
        }

    def render(self) -> str:
        """Returns EVALB's summary."""
        # Here, since that module imports this one.
        from tfformer.metrics.evalb.report import render_summary

        return render_summary(self)


def corpus_stats(
    golds: Sequence[str], tests: Sequence[str], parameters: Parameters
) -> EvalbStats:
    """Scores a corpus.

    Args:
        golds: gold trees, a line each.
        tests: one line for each.
        parameters: what to delete and what to equate.

    Raises:
        DataError: if there are not as many tests as golds.
    """
    if len(golds) != len(tests):
        raise DataError(
            "`tests` must be as many lines as `golds`. Received: "
            f"{len(tests)} and {len(golds)}. Write a line for every sentence, "
            "a flat tree where there is no parse."
        )
    scores = (
        evaluate_sentence(gold, test, parameters)
        for gold, test in zip(golds, tests, strict=True)
    )
    return EvalbStats.of(scores, parameters.cutoff)


def percent(part: int, whole: int) -> float:
    """Returns 100 times a ratio, 0 of nothing as EVALB has it."""
    return 100.0 * part / whole if whole else 0.0
