"""BLEU over sacreBLEU (Post, 2018), as statistics that add up."""

import dataclasses
import functools
from collections.abc import Sequence

from sacrebleu.metrics import BLEU

from tfformer.metrics.bleu_tokenizer import loading
from tfformer.metrics.stats import require_as_many


@dataclasses.dataclass(frozen=True)
class BleuStats:
    """n-gram counts of a corpus, from which its BLEU is computed.

    Attributes:
        correct: matching n-grams, of n = 1 to 4.
        total: n-grams of the hypotheses, of n = 1 to 4.
        hypothesis_length: tokens of the hypotheses.
        reference_length: tokens of the references.
        sentences: sentence pairs.
        tokenize: sacreBLEU's tokenizer, "13a" by default.
        smooth: sacreBLEU's smoothing, "exp" by default.
    """

    correct: tuple[int, ...] = (0, 0, 0, 0)
    total: tuple[int, ...] = (0, 0, 0, 0)
    hypothesis_length: int = 0
    reference_length: int = 0
    sentences: int = 0
    tokenize: str = "13a"
    smooth: str = "exp"

    def merge(self, other: "BleuStats") -> "BleuStats":
        """Returns the statistics of both corpora together."""
        return BleuStats(
            _add(self.correct, other.correct),
            _add(self.total, other.total),
            self.hypothesis_length + other.hypothesis_length,
            self.reference_length + other.reference_length,
            self.sentences + other.sentences,
            self.tokenize,
            self.smooth,
        )

    def compute(self) -> dict[str, float | int | str]:
        """Returns "bleu" (0 to 100), "signature" and "sentences"."""
        metric = _metric(self.tokenize, self.smooth)
        score = metric.compute_bleu(
            correct=list(self.correct),
            total=list(self.total),
            sys_len=self.hypothesis_length,
            ref_len=self.reference_length,
            smooth_method=metric.smooth_method,
            effective_order=metric.effective_order,
            max_ngram_order=metric.max_ngram_order,
        )
        return {
            "bleu": score.score,
            "signature": _signature(self.tokenize, self.smooth),
            "sentences": self.sentences,
        }

    def render(self) -> str:
        """Returns the score and its signature, a line each."""
        return "".join(f"{k}: {v}\n" for k, v in self.compute().items())


def bleu_stats(
    hypotheses: Sequence[str],
    references: Sequence[str],
    tokenize: str = "13a",
    smooth: str = "exp",
) -> BleuStats:
    """Counts n-grams.

    Args:
        hypotheses: one text for each reference.
        references: one reference each.
        tokenize: a sacreBLEU tokenizer.
        smooth: a sacreBLEU smoothing method.

    Raises:
        ConfigError: if the tokenizer cannot be loaded, even of no texts.
        ValueError: if there are not as many hypotheses as references.
    """
    metric = _metric(tokenize, smooth)
    require_as_many(hypotheses, references)
    if not hypotheses:
        return BleuStats(tokenize=tokenize, smooth=smooth)
    score = metric.corpus_score(list(hypotheses), [list(references)])
    return BleuStats(
        tuple(score.counts),
        tuple(score.totals),
        score.sys_len,
        score.ref_len,
        len(hypotheses),
        tokenize,
        smooth,
    )


# Kept, as some tokenizers read a large model.
@functools.cache
def _metric(tokenize: str, smooth: str) -> BLEU:
    with loading(tokenize):
        # Forced, or it would warn of text that is tokenised on purpose.
        return BLEU(tokenize=tokenize, smooth_method=smooth, force=True)


def _signature(tokenize: str, smooth: str) -> str:
    """sacreBLEU's signature for one reference a sentence."""
    metric = _metric(tokenize, smooth)
    # A signature says how many references there were, so one is scored.
    metric.corpus_score(["a"], [["a"]])
    return str(metric.get_signature())


def _add(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip(left, right, strict=True))
