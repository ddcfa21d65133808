"""The contract of a task: what to learn and how to score it.

A task is one module of this package with `TASK`, a class that follows `Task`,
and `PRESETS`, a dictionary of `ExperimentConfig`. There is no registry:
"translation/base" is the preset `base` of `tfformer.tasks.translation`, and
"translation/table3/base" one of a family there. A module whose name ends in
"_presets" holds such a family and is no task.
"""

import fnmatch
import importlib
import importlib.util
import os
import pathlib
import pkgutil
import string
import typing
from collections.abc import Iterable, Iterator, Sequence

import tfformer.tasks
from tfformer.config import (
    POCKET,
    DataConfig,
    ExperimentConfig,
    ModelConfig,
    is_preset_file,
    override,
    read_preset_file,
)
from tfformer.data.prepared import PreparedData
from tfformer.data.sources import Example
from tfformer.data.vocabulary import Vocabularies
from tfformer.errors import ConfigError, did_you_mean
from tfformer.metrics.stats import Stats

if typing.TYPE_CHECKING:
    # It brings Keras, which a vocabulary can be made without.
    from tfformer.decoding.constraint import Constraint
    from tfformer.decoding.minimum_risk import Utility

# What a blank line is made of; the same in an exported graph.
BLANK = string.whitespace


class Output(typing.NamedTuple):
    """What a user gets for one input.

    Attributes:
        text: the output.
        repaired: whether the hypothesis was malformed and had to be mended.
    """

    text: str
    repaired: bool = False


class Task(typing.Protocol):
    """What to learn and how to score it; no model code.

    The methods `graph_...` are traced without AutoGraph: a choice that depends
    on a tensor is `tf.cond`, a loop `tf.while_loop` or `tf.map_fn`.

    Attributes:
        primary_metric: the name in `Stats.compute()` by which the best
            checkpoint is chosen; larger is better.
        mends: whether outputs must be of a form, so that scores tell how many
            had to be mended.
        vocabulary_files: names of what `build_vocabularies` writes.
    """

    primary_metric: str
    mends: bool
    vocabulary_files: tuple[str, ...]

    def __init__(
        self, config: DataConfig, data_dir: str | os.PathLike | None
    ) -> None:
        """Takes the data section of a configuration and its folder."""

    @classmethod
    def for_model(cls, config: ModelConfig) -> "type[Task]":
        """Returns the class for a model whose targets are of another kind."""

    def build_vocabularies(self, directory: pathlib.Path) -> None:
        """Makes the vocabularies from the training split."""

    def vocabularies(self, directory: pathlib.Path) -> Vocabularies:
        """Returns the source and the target vocabulary."""

    def has_vocabularies(self, directory: pathlib.Path) -> bool:
        """Tells whether `build_vocabularies` has run there."""

    def prepared(self) -> PreparedData | None:
        """Returns the prepared data, where that is the source."""

    def examples(
        self, split: str, start: int = 0, stop: int | None = None
    ) -> Iterator[Example]:
        """Yields a split's strings, in order.

        Args:
            split: its name.
            start: first record to read.
            stop: record after the last; None for all.
        """

    def gold_examples(self, split: str) -> Iterator[Example]:
        """Yields a split's strings as they are scored against, in order.

        Not so `examples`, where training mixes or leaves out.
        """

    def count(self, split: str) -> int:
        """Returns how many records a split has: examples, or more."""

    def file_examples(self, path: str | os.PathLike) -> Iterator[Example]:
        """Yields the examples of one file, such as of gold trees.

        Raises:
            ConfigError: if the task's examples are not in one file.
        """

    def fingerprint(self, split: str) -> str:
        """Changes whenever the split's examples do."""

    def check_lines(self, lines: Iterable[str], name: str) -> Iterator[str]:
        """Passes a user's lines through.

        Args:
            lines: to be decoded.
            name: what to call them in an error.

        Raises:
            DataError: if they are plainly not this task's inputs.
        """

    def prepare(self, text: str, tokenized: bool) -> str:
        """Makes a user's text what an example's inputs are."""

    def graph_prepare(self, texts: typing.Any, tokenized: bool) -> typing.Any:
        """Does what `prepare` does, to string tensors `[batch]`."""

    def postprocess(self, hypothesis: str, inputs: str) -> Output:
        """Makes a decoded string what a user wants to see.

        Args:
            hypothesis: what the target vocabulary decoded.
            inputs: what `prepare` made.
        """

    def graph_postprocess(
        self, hypotheses: typing.Any, inputs: typing.Any
    ) -> typing.Any:
        """Does what `postprocess` does, to string tensors `[batch]`.

        Only what keeps the task's constraint need come out the same.
        """

    def fallback(self, inputs: str) -> str:
        """Returns the output for an input that is too long to decode."""

    def graph_fallback(self, inputs: typing.Any) -> typing.Any:
        """Does what `fallback` does, to string tensors `[batch]`."""

    def graph_vocabularies(self, vocabularies: typing.Any) -> typing.Any:
        """Returns the graph faces of source and target vocabulary."""

    def baseline(self, name: str, inputs: str) -> str:
        """Returns the output of a baseline that needs no model.

        Raises:
            ConfigError: if the task has none of that name.
        """

    def constraint(self, vocabularies: typing.Any) -> "Constraint | None":
        """Returns what a hypothesis must keep to, or None."""

    def utility(self, vocabularies: typing.Any) -> "Utility":
        """Returns what compares hypotheses, for `decode.rerank=mbr`."""

    def settle(
        self, hypotheses: Sequence[str], references: Sequence[str]
    ) -> list[str]:
        """Returns hypotheses as `score` compares them with references."""

    def score(
        self, hypotheses: Sequence[str], references: Sequence[str]
    ) -> Stats:
        """Compares outputs with references."""


# Modules of this package that are no tasks.
_NO_TASKS = (
    "task",
    "text_task",
    "chart_parsing",
    "word_parsing",
    "inference",
    "batching",
    "pair_scoring",
)


def task_names() -> list[str]:
    """Returns the tasks there are."""
    return sorted(
        module.name
        for module in pkgutil.iter_modules(tfformer.tasks.__path__)
        if module.name not in _NO_TASKS and not module.name.endswith("_presets")
    )


def get_task(name: str) -> type[Task]:
    """Returns a task's class.

    Raises:
        ConfigError: for an unknown name; the known ones are listed.
    """
    return _module(name).TASK


def make_task(
    config: ExperimentConfig, data_dir: str | os.PathLike | None
) -> Task:
    """Makes the task of an experiment.

    Args:
        config: the experiment.
        data_dir: folder of the data, where examples will be read.

    Raises:
        ConfigError: if a folder is given where none would be read.
    """
    if data_dir is not None and config.data.source in POCKET:
        raise ConfigError(
            "`--data_dir` must be left out where data.source is "
            f"{config.data.source}, the embedded synthetic corpus, as the "
            "presets demo and tiny have it: nothing would be read from "
            f"there. Received: {data_dir}. "
            "Add --set data.source=text to use the data in that folder."
        )
    kind = get_task(config.task).for_model(config.model)
    return kind(config.data, data_dir)


def get_preset(name: str) -> ExperimentConfig:
    """Returns the configuration of a preset such as "translation/base".

    Args:
        name: a built-in preset's, or the path of a .json file; see
            `read_preset`.

    Raises:
        ConfigError: for an unknown name (the known ones are listed), or a
            file that is wrong.
    """
    if is_preset_file(name):
        return override(*_of_file(name))
    return _built_in(name)


def read_preset(name: str) -> tuple[str, tuple[str, ...]]:
    """Returns a preset as a built-in one and `--set` fields over it.

    Args:
        name: a built-in preset's, which has no such fields, or the path of a
            .json file; `tfformer.config.preset_file` tells what is in it.

    Raises:
        ConfigError: for a file that is wrong; other names are not looked up.
    """
    if not is_preset_file(name):
        return name, ()
    config, assignments = _of_file(name)
    return config.preset, assignments


def _of_file(path: str) -> tuple[ExperimentConfig, tuple[str, ...]]:
    """Returns a file's built-in preset and its fields, which are checked."""
    found = read_preset_file(path)
    try:
        config = _built_in(found.preset)
        override(config, found.assignments)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    if found.task not in (None, config.task):
        raise ConfigError(
            f"{path}: `task` must be that of its preset. Received: "
            f"{found.task!r} with {found.preset!r}. Leave `task` out."
        )
    return config, found.assignments


def _built_in(name: str) -> ExperimentConfig:
    task = name.partition("/")[0]
    presets = _module(task).PRESETS if task in task_names() else {}
    if name not in presets:
        raise ConfigError(
            f"`--preset` must be one of {describe_presets()}. "
            f"Received: {name!r}." + did_you_mean(name, preset_names())
        )
    return presets[name]


def match_presets(patterns: Iterable[str]) -> list[str]:
    """Returns the presets that patterns name, each once.

    Args:
        patterns: such as "translation/table3/c_*"; a star stays between two
            slashes, so "translation/*" is without Table 3. The path of a
            .json file is a preset as it is.

    Returns:
        For each pattern its presets, in the order in which they are defined.

    Raises:
        ConfigError: for a pattern that none matches.
    """
    found: dict[str, None] = {}
    for pattern in patterns:
        names = [name for name in preset_names() if _matches(name, pattern)]
        if is_preset_file(pattern):
            names = [pattern]
        if not names:
            raise ConfigError(
                f"`--presets` must be patterns of {describe_presets()}. "
                f"Received: {pattern!r}, which matches none. Try "
                "--presets='translation/table3/*'."
            )
        found.update(dict.fromkeys(names))
    return list(found)


def _matches(name: str, pattern: str) -> bool:
    parts, wanted = name.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(
        map(fnmatch.fnmatchcase, parts, wanted)
    )


def describe_presets() -> str:
    """Lists all presets; a family is written as a shell would expand it."""
    families: dict[str, list[str]] = {}
    for name in preset_names():
        folder, _, last = name.rpartition("/")
        families.setdefault(folder, []).append(last)
    return ", ".join(
        f"{folder}/{{{','.join(names)}}}"
        if "/" in folder
        else ", ".join(f"{folder}/{name}" for name in names)
        for folder, names in families.items()
    )


def preset_names() -> list[str]:
    """Returns the presets of all tasks."""
    return [name for task in task_names() for name in _module(task).PRESETS]


def _module(name: str) -> typing.Any:
    if name not in task_names():
        raise ConfigError(
            f"`task` must be one of {', '.join(task_names())}. "
            f"Received: {name!r}."
        )
    return importlib.import_module(f"tfformer.tasks.{name}")
