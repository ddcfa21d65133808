"""The paper's own estimate of what its training took (section 6.1).

It multiplies how long training took by the number of GPUs and by the rate
that one of them is thought to sustain in single precision. It thus says what
the GPUs could have computed, which is more than the model needed.
"""

import dataclasses
import typing

from tfformer.config import ExperimentConfig, ModelConfig
from tfformer.cost.devices import DEVICES

_HOUR = 3600.0


class PaperRun(typing.NamedTuple):
    """One of the two runs whose time the paper gives (section 5.2).

    Attributes:
        name: "base" or "big".
        seconds: of training, on 8 P100.
        stated: FLOPs in Table 2, one figure for both language pairs.
    """

    name: str
    seconds: float
    stated: float

    @property
    def estimate(self) -> float:
        """Time x GPUs x sustained rate."""
        return self.seconds * 8 * DEVICES["P100"].tflops * 1e12

    def arithmetic(self) -> str:
        """Returns the estimate, written out."""
        return (
            f"{self.seconds:,.0f} s x 8 GPUs x "
            f"{DEVICES['P100'].tflops:g}e12/s = {self.estimate:.3g}"
        )


# By model and steps: 12 hours, and 3.5 days.
_RUNS = (
    (ModelConfig(), 100_000, PaperRun("base", 12 * _HOUR, 3.3e18)),
    (
        ModelConfig(model_dim=1024, ffn_dim=4096, num_heads=16),
        300_000,
        PaperRun("big", 3.5 * 24 * _HOUR, 2.3e19),
    ),
)


def paper_run(config: ExperimentConfig) -> PaperRun | None:
    """Returns the run of the paper that trained this model in this way.

    Dropout, which costs nothing that is counted, may be another.
    """
    train = config.train
    if config.task != "translation" or train.batch_tokens != 25_000:
        return None
    # Twice the work, a part of it twice, or that of others besides.
    if train.r_drop or train.recompute or train.teachers:
        return None
    for model, steps, run in _RUNS:
        dropout = config.model.dropout_rate
        same = dataclasses.replace(model, dropout_rate=dropout)
        if (config.model, train.steps) == (same, steps):
            return run
    return None
