"""The two BLEU scores of a translation, each under its name."""

import dataclasses
from collections.abc import Sequence

from tfformer.metrics.bleu import BleuStats, bleu_stats
from tfformer.metrics.paper_bleu import paper_bleu_stats, paper_signature

PAPER_BLEU = "paper BLEU (tokenised, compound-split)"


@dataclasses.dataclass(frozen=True)
class TranslationStats:
    """n-gram counts for sacreBLEU and for the paper's BLEU.

    Attributes:
        sacrebleu: of the texts as they are.
        paper: of the texts tokenised; see `paper_bleu`.
        language: of the texts.
    """

    sacrebleu: BleuStats
    paper: BleuStats
    language: str

    def merge(self, other: "TranslationStats") -> "TranslationStats":
        """Returns the statistics of both corpora together."""
        return TranslationStats(
            self.sacrebleu.merge(other.sacrebleu),
            self.paper.merge(other.paper),
            self.language,
        )

    def compute(self) -> dict[str, float | int | str]:
        """Returns both scores, 0 to 100.

        Returns:
            "bleu" with its "signature", which are sacreBLEU's, "paper_bleu"
            with its "paper_signature", and "sentences".
        """
        scores = self.sacrebleu.compute()
        return {
            "bleu": scores["bleu"],
            "signature": scores["signature"],
            "paper_bleu": self.paper.compute()["bleu"],
            "paper_signature": paper_signature(self.language),
            "sentences": scores["sentences"],
        }

    def render(self) -> str:
        """Returns both scores, named, with their signatures."""
        scores = self.compute()
        return (
            f"sacreBLEU: {scores['bleu']:.2f}\n"
            f"  {scores['signature']}\n"
            f"{PAPER_BLEU}: {scores['paper_bleu']:.2f}\n"
            f"  {scores['paper_signature']}\n"
            f"sentences: {scores['sentences']}\n"
        )


def translation_stats(
    hypotheses: Sequence[str],
    references: Sequence[str],
    language: str,
    tokenize: str = "13a",
) -> TranslationStats:
    """Counts n-grams both ways.

    Args:
        hypotheses: one text for each reference.
        references: one reference each.
        language: of both, such as "de".
        tokenize: sacreBLEU's tokenizer.

    Raises:
        ValueError: if there are not as many hypotheses as references.
    """
    return TranslationStats(
        bleu_stats(hypotheses, references, tokenize),
        paper_bleu_stats(hypotheses, references, language),
        language,
    )
