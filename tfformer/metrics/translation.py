"""The scores of a translation, two BLEUs and chrF, each under its name."""

import dataclasses
from collections.abc import Sequence

from tfformer.metrics.bleu import BleuStats, bleu_stats
from tfformer.metrics.chrf import ChrfStats, chrf_stats
from tfformer.metrics.paper_bleu import paper_bleu_stats, paper_signature
from tfformer.metrics.unspaced import better_tokenizer, has_words

PAPER_BLEU = "paper BLEU (tokenised, compound-split)"


@dataclasses.dataclass(frozen=True)
class TranslationStats:
    """n-gram counts for sacreBLEU, for the paper's BLEU and for chrF.

    Attributes:
        sacrebleu: of the texts as they are.
        paper: of the texts tokenised; see `paper_bleu`. None for a language
            whose words spaces and punctuation do not mark.
        chrf: of the texts' characters.
        language: of the texts.
    """

    sacrebleu: BleuStats
    paper: BleuStats | None
    chrf: ChrfStats
    language: str

    def merge(self, other: "TranslationStats") -> "TranslationStats":
        """Returns the statistics of both corpora together."""
        paper = self.paper
        if paper is not None and other.paper is not None:
            paper = paper.merge(other.paper)
        return TranslationStats(
            self.sacrebleu.merge(other.sacrebleu),
            paper,
            self.chrf.merge(other.chrf),
            self.language,
        )

    def compute(self) -> dict[str, float | int | str]:
        """Returns the scores, 0 to 100.

        Returns:
            "bleu" with its "signature", which are sacreBLEU's, "paper_bleu"
            with its "paper_signature" unless it is None, "chrf" with its
            "chrf_signature", and "sentences".
        """
        scores = self.sacrebleu.compute()
        return {
            "bleu": scores["bleu"],
            "signature": scores["signature"],
            **self._paper_scores(),
            **self.chrf.compute(),
            "sentences": scores["sentences"],
        }

    def _paper_scores(self) -> dict[str, float | int | str]:
        if self.paper is None:
            return {}
        return {
            "paper_bleu": self.paper.compute()["bleu"],
            "paper_signature": paper_signature(self.language),
        }

    def render(self) -> str:
        """Returns the scores, named, with their signatures."""
        scores, paper = self.compute(), ""
        if self.paper is not None:
            paper = (
                f"{PAPER_BLEU}: {scores['paper_bleu']:.2f}\n"
                f"  {scores['paper_signature']}\n"
            )
        return (
            f"sacreBLEU: {scores['bleu']:.2f}\n"
            f"  {scores['signature']}\n"
            f"{self._advice()}"
            f"{paper}"
            f"{self.chrf.render()}"
            f"sentences: {scores['sentences']}\n"
        )

    def _advice(self) -> str:
        used = self.sacrebleu.tokenize
        better = better_tokenizer(self.language, used)
        if better is None:
            return ""
        return (
            f"  warning: {used} splits at spaces and punctuation, which do not "
            f"mark the words of {self.language}. Try data.bleu_tokenize="
            f"{better} (--tokenize of tools.bleu).\n"
        )


def translation_stats(
    hypotheses: Sequence[str],
    references: Sequence[str],
    language: str,
    tokenize: str = "13a",
) -> TranslationStats:
    """Counts n-grams for each score.

    Args:
        hypotheses: one text for each reference.
        references: one reference each.
        language: of both, such as "de".
        tokenize: sacreBLEU's tokenizer.

    Raises:
        ConfigError: if the tokenizer cannot be loaded, even of no texts.
        ValueError: if there are not as many hypotheses as references.
    """
    return TranslationStats(
        bleu_stats(hypotheses, references, tokenize),
        paper_bleu_stats(hypotheses, references, language)
        if has_words(language)
        else None,
        chrf_stats(hypotheses, references),
        language,
    )
