"""The workdirs that a student learns from; told without TensorFlow."""

import itertools
import operator
import os
import pathlib

from tfformer.config import ExperimentConfig
from tfformer.data.prepared import copy_missing_files
from tfformer.errors import WorkdirError
from tfformer.tasks.task import Task, make_task
from tfformer.training.members import require_different
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
_CURE = (
    "Name them as seen from here, --set train.teachers=W,W2, or go on without, "
    "--set train.teachers=none."
)


def check_teachers(
    config: ExperimentConfig, workdir: Workdir, begins_from: str | None = None
) -> None:
    """Raises unless a run can learn from its teachers.

    Args:
        config: of the run.
        workdir: of the run.
        begins_from: the workdir that it takes its weights and vocabulary from.

    Raises:
        WorkdirError: if one is no trained model, is there twice or is the run
            itself, or has another task, languages or vocabulary.
    """
    paths = config.train.teacher_paths
    for path in paths:
        _require_trained(path, workdir)
        _require_the_same(path, config)
    require_different(paths, "train.teachers")
    vocabularies = [str(workdir.path), *paths[:1]]
    if begins_from is not None:
        vocabularies.append(begins_from)
    for path, own in itertools.product(paths, vocabularies):
        _require_the_same_vocabulary(path, pathlib.Path(own))


def check_prepared(config: ExperimentConfig, task: Task) -> None:
    """Raises unless prepared data has the ids of the teachers.

    Args:
        config: of the run, checked.
        task: of the run.

    Raises:
        DataError: if it was prepared with another vocabulary.
    """
    for path in config.train.teacher_paths[:1]:
        prepared = task.prepared()
        if prepared is not None:
            prepared.check_vocabularies(
                pathlib.Path(path), task.vocabulary_files
            )


def take_vocabulary(config: ExperimentConfig, workdir: Workdir) -> None:
    """Gives a new run the vocabulary of its teachers, if it has any.

    Args:
        config: of the run, checked.
        workdir: of the run. A vocabulary that is there stays.
    """
    if workdir.has_checkpoints():
        # What they depend on is not for another to give.
        return
    for path in config.train.teacher_paths[:1]:
        names = make_task(config, None).vocabulary_files
        copy_missing_files(pathlib.Path(path), workdir.path, names)


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
        f"between them and none in them. Received: {path!r}, which {reason}. "
        f"{_CURE}"
    )


def _require_the_same(path: str, config: ExperimentConfig) -> None:
    there = Workdir(path).read_config()
    for name in _SAME:
        value = operator.attrgetter(name)
        if value(there) != value(config):
            raise WorkdirError(
                "`train.teachers` must be models of this run's task, languages "
                f"and vocabulary. Received: {path}, where {name} is "
                f"{value(there)!r}, and here it is {value(config)!r}. In a new "
                f"--workdir try --set {name}={value(there)}, or give others."
            )


def _require_the_same_vocabulary(path: str, workdir: pathlib.Path) -> None:
    for name in make_task(Workdir(path).read_config(), None).vocabulary_files:
        theirs, own = pathlib.Path(path, name), workdir / name
        if not theirs.is_file():
            raise WorkdirError(
                f"{theirs}: a teacher must hold its vocabulary. Received: no "
                f"such file. Restore it from a copy. {_CURE}"
            )
        if own.is_file() and own.read_bytes() != theirs.read_bytes():
            raise WorkdirError(
                f"{own}: must be the vocabulary of train.teachers. Received: "
                f"not that of {path}. Use a new --workdir, which takes theirs "
                "where it begins from random weights."
            )
