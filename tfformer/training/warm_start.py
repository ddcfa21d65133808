"""The trained model that a new run begins from; told without TensorFlow.

What the run needs of it is copied into the run's own workdir at once: the
vocabularies, and the weights as the checkpoint of step 0. So the run goes on
when the other workdir is gone.
"""

import dataclasses
import json
import os
import pathlib
from collections.abc import Mapping

from tfformer.config import ExperimentConfig, differences, override
from tfformer.data.atomic import written_aside
from tfformer.data.prepared import copy_missing_files
from tfformer.errors import WorkdirError
from tfformer.tasks.task import make_task
from tfformer.training.workdir import Workdir, keeps_weights

# What no weight and no id depends on.
_FREE_FIELDS = (
    "model.dropout_rate",
    "model.attention_dropout_rate",
    "model.ffn_dropout_rate",
    "model.attention_window",
    "model.initializer_gain",
    "words.embedding_dropout_rate",
    "words.dropout_rate",
    "words.tag_weight",
    "chart.dropout_rate",
    "chart.label_weight",
)
# What decides the ids of a vocabulary, besides the text that it was made from.
_VOCABULARY_FIELDS = ("data.vocab_size", "data.terminals")


@dataclasses.dataclass(frozen=True)
class WarmStart:
    """A trained model that a new run begins from.

    Attributes:
        path: its workdir.
        checkpoint: which of its checkpoints, as `CheckpointStore.find` takes
            it.
    """

    path: str
    checkpoint: str = "best"

    def config(self) -> ExperimentConfig:
        """Returns the configuration of the trained model.

        Without its teachers: what it learned from them it has.

        Raises:
            WorkdirError: if there is no workdir.
        """
        workdir = Workdir(self.path)
        if not workdir.config_path.is_file():
            raise WorkdirError(
                "`--init_from` must be the workdir of a trained model. "
                f"Received: {self.path}, which has no config.json. Give "
                "another, or leave it out to begin from random weights."
            )
        return override(workdir.read_config(), ["train.teachers=none"])

    def check(self, config: ExperimentConfig, workdir: Workdir) -> None:
        """Raises unless a run can begin from this model.

        Args:
            config: of the run.
            workdir: of the run.

        Raises:
            WorkdirError: if the model is of another task, shape or vocabulary,
                or there is none.
        """
        there = self.config()
        self._require_same(there, config)
        if not Workdir(self.path).has_checkpoints():
            raise WorkdirError(
                "`--init_from` must be the workdir of a trained model. "
                f"Received: {self.path}, which has no checkpoint. Train it "
                "first, or give another."
            )
        for name in make_task(there, None).vocabulary_files:
            self._require_file(name, workdir)

    def _require_same(
        self, there: ExperimentConfig, here: ExperimentConfig
    ) -> None:
        """Raises where weights or ids would mean something else."""
        if there.task != here.task:
            raise WorkdirError(
                "`--init_from` must be of the same task. Received: "
                f"{self.path}, whose task is {there.task}, for a run of "
                f"{here.task}. Give another workdir, or leave --preset out."
            )
        changed = {
            name: values
            for name, values in differences(
                there, here, ["model", "words", "chart", "data"]
            ).items()
            if name not in _FREE_FIELDS
            and not keeps_weights(name, values)
            and (not name.startswith("data.") or name in _VOCABULARY_FIELDS)
        }
        if changed:
            found = ", ".join(
                f"{name} is {old!r} there and {new!r} here"
                for name, (old, new) in changed.items()
            )
            cure = " ".join(
                f"--set {name}={old}" for name, (old, _) in changed.items()
            )
            raise WorkdirError(
                "`--init_from` must have the model and vocabulary of this "
                f"run. Received: {self.path}, where {found}. Try {cure}, or "
                "leave --preset out, which takes all settings from there."
            )

    def _require_file(self, name: str, workdir: Workdir) -> None:
        theirs, own = pathlib.Path(self.path, name), workdir.path / name
        if not theirs.is_file():
            raise WorkdirError(
                f"{theirs}: `--init_from` must hold its vocabulary. Received: "
                "no such file. Restore it from a copy, or give another "
                "workdir."
            )
        if own.is_file() and own.read_bytes() != theirs.read_bytes():
            raise WorkdirError(
                f"{own}: must be the vocabulary of --init_from. Received: "
                f"not that of {self.path}. Use another --workdir."
            )

    def copy_vocabularies(self, workdir: Workdir) -> None:
        """Gives a run the model's vocabularies, each whole or not at all.

        Args:
            workdir: of the run.
        """
        names = make_task(self.config(), None).vocabulary_files
        copy_missing_files(pathlib.Path(self.path), workdir.path, names)


def warm_start(path: str, checkpoint: str) -> WarmStart:
    """Returns what flags name, wherever the program was started.

    Args:
        path: the workdir of a trained model.
        checkpoint: which of its checkpoints.
    """
    return WarmStart(os.path.abspath(path), checkpoint)


def recorded(workdir: Workdir) -> WarmStart | None:
    """Returns what a run began from, by its `init.json`.

    Raises:
        WorkdirError: if that cannot be read.
    """
    values = read_record(workdir)
    if values is None:
        return None
    return WarmStart(values["workdir"], values["checkpoint"])


def read_record(workdir: Workdir) -> dict[str, str] | None:
    """Returns what `init.json` says; None where there is none.

    Raises:
        WorkdirError: if it cannot be read.
    """
    if not workdir.init.is_file():
        return None
    try:
        values = json.loads(workdir.init.read_bytes())
        return {n: str(values[n]) for n in ("workdir", "checkpoint", "taken")}
    except (ValueError, KeyError, TypeError) as error:
        raise WorkdirError(
            f"{workdir.init}: damaged ({error!r}). Remove it: it only says "
            "what the run began from."
        ) from error


def write_record(workdir: Workdir, values: Mapping[str, object]) -> None:
    """Writes down what a run begins from.

    Args:
        workdir: of the run.
        values: the path of the other workdir, the checkpoint that was asked
            for and what was taken.
    """
    with written_aside(workdir.init) as aside:
        aside.write_text(json.dumps(dict(values), indent=2) + "\n")


def has_begun(workdir: Workdir, start: WarmStart) -> bool:
    """Tells whether a run needs nothing of a trained model any more.

    A worker that is not the chief may have a folder without checkpoints.

    Args:
        workdir: of the run.
        start: what it was told to begin from.
    """
    return workdir.has_checkpoints() or recorded(workdir) == start
