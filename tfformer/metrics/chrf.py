"""chrF over sacreBLEU (Popović, 2015), as statistics that add up."""

import dataclasses
from collections.abc import Sequence

from sacrebleu.metrics import CHRF

from tfformer.metrics.stats import require_as_many

# Of hypothesis, reference and both, for each length of n-gram.
_COUNTS = 3 * CHRF.CHAR_ORDER


@dataclasses.dataclass(frozen=True)
class ChrfStats:
    """Character n-gram counts of a corpus, from which its chrF is computed.

    Attributes:
        counts: for n = 1 to 6, n-grams of the hypotheses, of the references,
            and those that match; spaces are passed over.
    """

    counts: tuple[int, ...] = (0,) * _COUNTS

    def merge(self, other: "ChrfStats") -> "ChrfStats":
        """Returns the statistics of both corpora together."""
        pairs = zip(self.counts, other.counts, strict=True)
        return ChrfStats(tuple(a + b for a, b in pairs))

    def compute(self) -> dict[str, float | int | str]:
        """Returns "chrf" (0 to 100) and its "chrf_signature"."""
        metric = CHRF()
        # A signature says how many references there were, so one is scored.
        metric.corpus_score(["a"], [["a"]])
        score = metric._compute_score_from_stats(list(self.counts))
        return {
            "chrf": score.score,
            "chrf_signature": str(metric.get_signature()),
        }

    def render(self) -> str:
        """Returns the score and its signature, a line each."""
        scores = self.compute()
        return f"chrF2: {scores['chrf']:.2f}\n  {scores['chrf_signature']}\n"


def chrf_stats(
    hypotheses: Sequence[str], references: Sequence[str]
) -> ChrfStats:
    """Counts character n-grams.

    Args:
        hypotheses: one text for each reference.
        references: one reference each.

    Raises:
        ValueError: if there are not as many hypotheses as references.
    """
    require_as_many(hypotheses, references)
    if not hypotheses:
        return ChrfStats()
    # Only the private method gives counts, and only counts add up.
    rows = CHRF()._extract_corpus_statistics(
        list(hypotheses), [list(references)]
    )
    return ChrfStats(tuple(map(sum, zip(*rows, strict=True))))
