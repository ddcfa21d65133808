"""What a run of a sweep has reached, read from its workdir."""

import math
import pathlib
import typing

from tfformer.config import differences
from tfformer.cost.parameters import count_parameters
from tfformer.errors import WorkdirError
from tfformer.sweeps.plan import Run
from tfformer.tasks.table3_presets import FOLDER
from tfformer.tasks.task import get_task, make_task
from tfformer.training.metrics_file import values_of
from tfformer.training.warm_start import WarmStart, recorded
from tfformer.training.workdir import Workdir

# May differ between two runs of one row: they leave the result as it is.
_FREE = {
    "train.steps",
    "train.accumulate_steps",
    "train.recompute",
    "train.strategy",
    "train.cpu_devices",
    "train.log_every",
    "train.eval_steps",
    "train.checkpoint_steps",
    "train.checkpoint_minutes",
    "train.keep_checkpoints",
    "train.max_bad_steps",
    "decode.batch_tokens",
}
_SECTIONS = (
    "model",
    "words",
    "chart",
    "data",
    "optimizer",
    "train",
    "decode",
)


class Result(typing.NamedTuple):
    """A row's figures; what is not known yet is None.

    Attributes:
        run: the row.
        parameters: exact, with the vocabulary that it has.
        perplexity: on dev, at the last step.
        score: the task's score on dev, at the last step.
        failure: why it has none, if it was tried.
    """

    run: Run
    parameters: int | None = None
    perplexity: float | None = None
    score: float | None = None
    failure: str | None = None

    @property
    def finished(self) -> bool:
        """Whether it was trained and scored to the end."""
        return self.score is not None

    @property
    def metric(self) -> str:
        """The name of the score, such as "bleu"."""
        return get_task(self.run.config.task).primary_metric

    @property
    def label(self) -> str:
        """The row's name in the table: of Table 3's, or else its preset."""
        name = self.run.title.removeprefix(f"{FOLDER}/")
        return " ".join((name, *self.run.choice))


def read_result(
    run: Run,
    path: pathlib.Path,
    failure: str | None = None,
    start: WarmStart | None = None,
) -> Result:
    """Reads what a run has reached.

    Args:
        run: the row.
        path: its workdir; it need not exist.
        failure: why its last try ended.
        start: the trained model that it begins from, if any.

    Raises:
        WorkdirError: if the workdir is of other settings or from another
            model, which would make rows that cannot be compared.
    """
    workdir, config = Workdir(path), run.config
    if not workdir.config_path.is_file():
        return Result(run, failure=failure)
    _check_settings(run, workdir, start)
    task = make_task(config, None)
    parameters = None
    # There is no formula for an encoder of words.
    if config.model.encoder != "words" and task.has_vocabularies(path):
        sizes = [v.size for v in task.vocabularies(path)]
        parameters = count_parameters(config.model, *sizes)
    last = _scores(workdir.metrics, f"dev_{task.primary_metric}").get(
        config.train.steps
    )
    if last is None:
        return Result(run, parameters, failure=failure)
    score = last[f"dev_{task.primary_metric}"]
    return Result(run, parameters, last.get("dev_perplexity"), score)


def _check_settings(
    run: Run, workdir: Workdir, start: WarmStart | None
) -> None:
    stored = workdir.read_config()
    changed = {
        name: values
        for name, values in differences(stored, run.config, _SECTIONS).items()
        if name not in _FREE
    }
    if stored.preset != run.preset:
        changed["preset"] = (stored.preset, run.preset)
    if stored.train.steps > run.config.train.steps:
        changed["train.steps"] = (stored.train.steps, run.config.train.steps)
    began = recorded(workdir)
    if began != start:
        changed["--init_from"] = (_told(began), _told(start))
    if not changed or not workdir.has_checkpoints():
        # Without a checkpoint nothing was trained with the old settings.
        return
    raise WorkdirError(
        f"{workdir.path}: was trained with other settings, and the rows of a "
        "sweep must be comparable. Received a change of "
        + ", ".join(f"{k} from {a!r} to {b!r}" for k, (a, b) in changed.items())
        + ". Use another --workdir, or remove this row's folder to train it "
        "anew."
    )


def _told(start: WarmStart | None) -> str | None:
    return None if start is None else f"{start.path} ({start.checkpoint})"


def _scores(path: pathlib.Path, name: str) -> dict[int, dict[str, float]]:
    """Returns the lines that have a finite value of that name, by step."""
    found = {}
    for line in path.read_bytes().splitlines() if path.is_file() else ():
        # A killed run may leave half a line; the next one removes it.
        values = values_of(line)
        score = values.get(name)
        if isinstance(score, int | float) and math.isfinite(score):
            found[values["step"]] = values
    return found
