"""The section `optimizer`: Adam and its learning rate (paper, section 5.3)."""

import dataclasses
import math

from tfformer.config.rules import Rules

_RULES = Rules("optimizer")


@dataclasses.dataclass(frozen=True)
class OptimizerConfig:
    """Adam and its learning rate (paper, sections 5.3 and 5.4).

    Attributes:
        schedule: "noam" (the paper's) or "noam_linear", which from
            `decay_start` on goes straight down to zero at the last step; with
            more steps than before, it is that of the longer run at once.
        learning_rate: factor before the schedule; 1.0 is the paper's.
        warmup_steps: steps over which the rate rises.
        decay_start: share of train.steps at which "noam_linear" turns.
        beta_1: Adam's decay of the first moment.
        beta_2: Adam's decay of the second moment.
        epsilon: Adam's epsilon; above 0, or a gradient of 0 would be divided
            by 0.
        clip_norm: largest global norm of the gradient; 0 clips nothing.
        label_smoothing: epsilon_ls.
    """

    schedule: str = "noam"
    learning_rate: float = 1.0
    warmup_steps: int = 4000
    decay_start: float = 0.5
    beta_1: float = 0.9
    beta_2: float = 0.98
    epsilon: float = 1e-9
    clip_norm: float = 0.0
    label_smoothing: float = 0.1

    def __post_init__(self) -> None:
        _RULES.choice(self, "schedule", ("noam", "noam_linear"))
        _RULES.at_least(self, 1, "warmup_steps")
        _RULES.at_least(self, 0.0, "learning_rate", "clip_norm")
        _RULES.require(
            0.0 < self.epsilon < math.inf,
            "epsilon",
            "must be above 0, and finite",
            self.epsilon,
            "Try optimizer.epsilon=1e-9, the paper's.",
        )
        _RULES.rate(self, "decay_start", "beta_1", "beta_2", "label_smoothing")
