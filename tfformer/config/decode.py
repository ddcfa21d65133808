"""The section `decode`: how outputs are searched for (paper, section 6.1)."""

import dataclasses

from tfformer.config.rules import Rules
from tfformer.errors import ConfigError

_RULES = Rules("decode")
# Values of `DecodeConfig.method` that find a tree in a chart.
CHART_METHODS = ("mbr", "cky")


@dataclasses.dataclass(frozen=True)
class DecodeConfig:
    """How outputs are searched for (paper, section 6.1).

    Attributes:
        method: "beam", "greedy" or "sample"; of a chart parser "mbr" (the
            tree with the most expected spans) or "cky" (the likeliest tree).
        beam_size: hypotheses kept per sentence.
        length_penalty_alpha: alpha of ((5 + length) / 6) ** alpha.
        rerank: "mbr" takes of the beam's hypotheses the one that all of them
            agree with most, in n-grams or brackets (minimum Bayes risk;
            beam search only); "none" takes the one with the best score.
        mbr_sharpness: of "mbr": a hypothesis weighs as its probability to
            this power; 0 makes all equal.
        extra_length: an output has at most this many tokens more than its
            input (end symbols counted on both sides; with an encoder of words
            also the input's begin symbol).
        batch_tokens: largest number of output positions decoded together:
            sentences times the longest output that they may have.
        max_input_length: longest input, in tokens with the end symbol, that
            is decoded; a longer one gets the task's fallback (the input
            itself in translation, a flat tree in parsing), which is counted
            and printed; 0 means no limit.
        constrained: parsing: whether the search is held to well-formed trees.
            Without, what is no tree is repaired, counted and printed.
        tokenized: parsing: whether input lines are words set apart by spaces,
            rather than raw text.
        temperature: of sampling.
        top_k: sample from the k likeliest tokens; 0 means all.
        top_p: sample from the likeliest tokens that hold this much mass.
        seed: of sampling.
    """

    method: str = "beam"
    beam_size: int = 4
    length_penalty_alpha: float = 0.6
    rerank: str = "none"
    mbr_sharpness: float = 0.25
    extra_length: int = 50
    batch_tokens: int = 8192
    max_input_length: int = 0
    constrained: bool = True
    tokenized: bool = False
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        _RULES.choice(
            self,
            "method",
            ("beam", "greedy", "sample", *CHART_METHODS),
        )
        _RULES.choice(self, "rerank", ("none", "mbr"))
        _RULES.require(
            self.rerank == "none" or self.method == "beam",
            "rerank",
            "must be none unless decode.method is beam",
            repr(self.rerank),
            "Try decode.rerank=none.",
        )
        _RULES.at_least(self, 1, "beam_size", "batch_tokens")
        _RULES.at_least(
            self,
            0,
            "length_penalty_alpha",
            "mbr_sharpness",
            "extra_length",
            "max_input_length",
            "top_k",
        )
        _RULES.require(
            self.length_penalty_alpha <= 10,
            "length_penalty_alpha",
            "must be 10 or less, or penalties of long outputs would be "
            "infinite",
            self.length_penalty_alpha,
            "Try decode.length_penalty_alpha=0.6.",
        )
        _RULES.seed(self)
        _RULES.require(
            # Beyond, what a constraint bars would come within reach.
            0.001 <= self.temperature <= 1000,
            "temperature",
            "must be 0.001 or more, and 1000 or less",
            self.temperature,
            "Try decode.temperature=1.0, or decode.method=greedy for the "
            "limit at 0.",
        )
        _RULES.require(
            0.0 < self.top_p <= 1.0,
            "top_p",
            "must be in (0, 1]",
            self.top_p,
            "Try decode.top_p=0.9.",
        )

    @property
    def hypotheses(self) -> int:
        """How many the search keeps of a sentence."""
        return self.beam_size if self.method == "beam" else 1

    def check_n_best(self, n_best: int) -> None:
        """Raises if the method cannot give so many hypotheses of a sentence.

        Args:
            n_best: how many are wanted.

        Raises:
            ConfigError: naming the most there can be.
        """
        most = self.hypotheses
        if not 1 <= n_best <= most:
            wider = self.method == "beam" and n_best > most
            raise ConfigError(
                f"`--n_best` must be in [1, {most}], the beam's size (1 "
                f"unless decode.method is beam). Received: {n_best}. Try "
                + (
                    "a larger --set decode.beam_size."
                    if wider
                    else "--n_best=1."
                )
            )
