"""The section `chart`: the scores of spans and their labels, in parsing."""

import dataclasses

from tfformer.config.rules import Rules

_RULES = Rules("chart")


@dataclasses.dataclass(frozen=True)
class ChartConfig:
    """What the model `ChartParser` is built from besides its encoder.

    Attributes:
        span_dim: width of what the scores of spans are made from.
        label_dim: hidden width of the scores of labels.
        dropout_rate: on what spans and labels are scored from.
        label_weight: of the cross-entropy of labels in the loss.
    """

    span_dim: int = 400
    label_dim: int = 250
    dropout_rate: float = 0.33
    label_weight: float = 0.5

    def __post_init__(self) -> None:
        _RULES.at_least(self, 1, "span_dim", "label_dim")
        _RULES.at_least(self, 0, "label_weight")
        _RULES.rate(self, "dropout_rate")
