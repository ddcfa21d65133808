"""The paper's own estimate of what its training took (section 6.1).

It multiplies how long training took by the number of GPUs and by the rate
that one of them is thought to sustain in single precision. It thus says what
the GPUs could have computed, which is more than the model needed.
"""

import typing

from tfformer.config import ExperimentConfig
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


# By N, d_model, d_ff, h and steps: 12 hours, and 3.5 days.
_RUNS = {
    (6, 512, 2048, 8, 100_000): PaperRun("base", 12 * _HOUR, 3.3e18),
    (6, 1024, 4096, 16, 300_000): PaperRun("big", 3.5 * 24 * _HOUR, 2.3e19),
}


def paper_run(config: ExperimentConfig) -> PaperRun | None:
    """Returns the run of the paper that has this model's size and steps."""
    model = config.model
    if config.task != "translation" or config.train.batch_tokens != 25_000:
        return None
    if (model.key_dim, model.value_dim) != (None, None):
        return None
    if model.attention_window:
        return None
    sizes = (
        model.num_layers,
        model.model_dim,
        model.ffn_dim,
        model.num_heads,
        config.train.steps,
    )
    return _RUNS.get(sizes)
