"""The workdirs that a student learns from; told without TensorFlow."""

import os
import pathlib

from tfformer.config import ExperimentConfig
from tfformer.data.prepared import copy_files
from tfformer.errors import WorkdirError
from tfformer.tasks.task import make_task
from tfformer.training.members import check_members
from tfformer.training.workdir import Workdir

# What of a configuration decides what the ids of both mean.
_SAME = (
    "task",
    "model.encoder",
    "data.source_language",
    "data.target_language",
    "data.vocab_size",
    "data.terminals",
)
_CURE = "Try train.teachers=none."


def check_teachers(config: ExperimentConfig, workdir: Workdir) -> None:
    """Raises unless a run can learn from its teachers.

    Args:
        config: of the run.
        workdir: of the run.

    Raises:
        WorkdirError: if one is no trained model, is there twice or is the run
            itself, or has another task, languages or vocabulary.
    """
    paths = config.train.teacher_paths
    for path in paths:
        _require_trained(path, workdir)
    if paths:
        check_members(paths)
        _require_the_same(paths[0], config)
        _require_the_same_vocabulary(paths[0], workdir)


def take_vocabulary(config: ExperimentConfig, workdir: Workdir) -> None:
    """Gives a new run the vocabulary of its teachers, if it has any.

    Args:
        config: of the run, checked.
        workdir: of the run.
    """
    for path in config.train.teacher_paths[:1]:
        names = make_task(config, None).vocabulary_files
        missing = [n for n in names if not (workdir.path / n).is_file()]
        copy_files(pathlib.Path(path), workdir.path, missing)


def _require_trained(path: str, workdir: Workdir) -> None:
    teacher = Workdir(path)
    if os.path.realpath(path) == os.path.realpath(workdir.path):
        reason = "is the workdir of this run"
    elif not teacher.config_path.is_file():
        reason = "has no config.json"
    elif not teacher.has_checkpoints():
        reason = "has no checkpoint"
    else:
        return
    raise WorkdirError(
        "`train.teachers` must name workdirs of trained models, with commas "
        f"between them. Received: {path!r}, which {reason}. {_CURE}"
    )


def _require_the_same(path: str, config: ExperimentConfig) -> None:
    there = Workdir(path).read_config()
    for name in _SAME:
        theirs, ours = _value(there, name), _value(config, name)
        if theirs != ours:
            raise WorkdirError(
                "`train.teachers` must be models of this run's task, languages "
                f"and vocabulary. Received: {path}, where {name} is "
                f"{theirs!r}, and here it is {ours!r}. {_CURE}"
            )


def _value(config: ExperimentConfig, name: str) -> object:
    value: object = config
    for part in name.split("."):
        value = getattr(value, part)
    return value


def _require_the_same_vocabulary(path: str, workdir: Workdir) -> None:
    for name in make_task(Workdir(path).read_config(), None).vocabulary_files:
        theirs, own = pathlib.Path(path, name), workdir.path / name
        if own.is_file() and own.read_bytes() != theirs.read_bytes():
            raise WorkdirError(
                f"{own}: must be the vocabulary of train.teachers. Received: "
                f"not that of {path}. Use another --workdir, which then takes "
                "theirs."
            )
