"""Which workdirs can be members of one ensemble; told without TensorFlow."""

import operator
import os
import pathlib
from collections.abc import Sequence

from tfformer.config import ExperimentConfig
from tfformer.errors import WorkdirError
from tfformer.tasks.task import make_task
from tfformer.training.workdir import Workdir

# What of a configuration decides what its ids mean, and what is asked of them.
_SAME = (
    "task",
    "model.encoder",
    "model.parser",
    "data.source_language",
    "data.target_language",
)


def check_members(paths: Sequence[str | os.PathLike]) -> None:
    """Raises unless models of all these workdirs can decode as one.

    Args:
        paths: the workdirs; the first is what the others are held against.

    Raises:
        WorkdirError: if one is none, or there twice, or has another task,
            parser, languages or vocabulary than the first.
    """
    require_different(paths)
    first, *others = paths
    config = Workdir(first).read_config()
    files = make_task(config, None).vocabulary_files
    for other in others:
        _require_the_same_kind(first, config, other)
        for name in files:
            _require_the_same_file(pathlib.Path(first), other, name)


def require_different(
    paths: Sequence[str | os.PathLike], members: str = "an ensemble"
) -> None:
    """Raises if a workdir would count twice, which no one means to do.

    Args:
        paths: the workdirs.
        members: what they are of, for the message.

    Raises:
        WorkdirError: naming the one that is there twice.
    """
    seen = set()
    for path in paths:
        real = os.path.realpath(path)
        if real in seen:
            raise WorkdirError(
                f"The workdirs of {members} must be different. Received: "
                f"{path}, twice. Leave one of them out."
            )
        seen.add(real)


def _require_the_same_kind(
    first: str | os.PathLike,
    config: ExperimentConfig,
    other: str | os.PathLike,
) -> None:
    values = operator.attrgetter(*_SAME)
    both = values(config), values(Workdir(other).read_config())
    for name, ours, theirs in zip(_SAME, *both, strict=True):
        if ours != theirs:
            raise WorkdirError(
                f"{other}: the workdirs of an ensemble must have the same "
                f"{', '.join(_SAME)}. Received: {name} {theirs}, where "
                f"{first} has {ours}. Leave this workdir out."
            )


def _require_the_same_file(
    first: pathlib.Path, other: str | os.PathLike, name: str
) -> None:
    path = pathlib.Path(other, name)
    if path.is_file() and (first / name).is_file():
        if path.read_bytes() == (first / name).read_bytes():
            return
    raise WorkdirError(
        f"{path}: the workdirs of an ensemble must have the same vocabulary. "
        f"Received: not that of {first}. Train this workdir on the same data "
        "with the same data.vocab_size, or leave it out."
    )
