"""The workdir is the model: configuration, vocabulary, checkpoints, events."""

import os
import pathlib
from collections.abc import Iterable

from tfformer.config import (
    ExperimentConfig,
    differences,
    from_json,
    override,
    to_json,
)
from tfformer.data.atomic import written_aside
from tfformer.errors import WorkdirError
from tfformer.tasks.task import get_preset, get_task

# What a vocabulary is made from.
VOCABULARY_FIELDS = (
    "model.encoder",
    "model.parser",
    "data.source",
    "data.source_language",
    "data.target_language",
    "data.train_split",
    "data.vocab_size",
    "data.max_words",
    "data.terminals",
    "data.collapse_unaries",
    "data.skip_malformed",
    "data.extra_data_dir",
    "data.extra_weight",
)
# What a run may go on with in another way, and says so: which sentences it
# learns from and is scored on. No weight has a shape of it, and what is encoded
# has its name from it.
CHANGEABLE_DATA = ("data.dev_split", "data.max_length")
# How outputs are scored, how stored sentences are read, and where the same data
# lies; nothing is made from it.
_FREE_FIELDS = (
    *CHANGEABLE_DATA,
    "data.evalb",
    "data.gold_punctuation",
    "data.bleu_tokenize",
    "data.manual_dir",
    "data.bpe_dropout",
    "data.bpe_dropout_sides",
)
# Sections that the weights are of.
_MODEL = ("model", "words", "chart")
# Kinds of `model.dtype` whose weights are float32.
_FLOAT32_WEIGHTS = ("float32", "mixed_bfloat16")
# What has been read without an error has nothing malformed to leave out.
_LENIENT = ("data.skip_malformed", (False, True))


def keeps_weights(name: str, values: tuple[object, object]) -> bool:
    """Tells whether a change of the model leaves its weights what they are.

    Args:
        name: "section.field".
        values: before and after.
    """
    return name == "model.dtype" and set(values) <= set(_FLOAT32_WEIGHTS)


class Workdir:
    """Names the places of a workdir.

    Args:
        path: the folder.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        self.path = pathlib.Path(path)
        self.config_path = self.path / "config.json"
        self.checkpoints = self.path / "checkpoints"
        self.events = self.path / "events"
        self.data = self.path / "data"
        self.metrics = self.path / "metrics.jsonl"
        self.bad_steps = self.path / "bad_steps.jsonl"
        self.init = self.path / "init.json"

    def read_config(self) -> ExperimentConfig:
        """Reads `config.json`.

        Raises:
            WorkdirError: if this is no workdir.
        """
        if not self.config_path.is_file():
            raise WorkdirError(
                f"{self.path}: not a workdir, since it has no config.json. "
                "Make one with python -m pipelines.train --workdir="
                f"{self.path}."
            )
        return from_json(self.config_path.read_bytes(), str(self.config_path))

    def read_for_use(self, assignments: Iterable[str]) -> ExperimentConfig:
        """Reads `config.json`, with changes that its weights allow.

        Args:
            assignments: `--set` fields.

        Raises:
            WorkdirError: if this is no workdir, or a field changes the model.
        """
        stored = self.read_config()
        config = override(stored, assignments)
        changed = [
            name
            for name, values in differences(stored, config, _MODEL).items()
            if not keeps_weights(name, values)
        ]
        if changed:
            raise WorkdirError(
                f"{self.path}: the weights are of the model that config.json "
                f"describes. Received a change of {', '.join(changed)}. Leave "
                "it out."
            )
        return config

    def plan(
        self,
        preset: str | None,
        assignments: Iterable[str],
        base: ExperimentConfig | None = None,
    ) -> ExperimentConfig:
        """Makes or continues the configuration of this workdir, unwritten.

        A new workdir takes the preset with its `--set` fields. One that has a
        `config.json` goes on from it, `--set` fields applied, and refuses what
        would make it another model.

        Args:
            preset: name of a preset; None is allowed where the workdir has a
                configuration, or there is a `base`.
            assignments: `--set` fields.
            base: what a new workdir takes in place of a preset.

        Raises:
            WorkdirError: if the workdir is of another task, preset, model or
                data.
        """
        if self.path.exists() and not self.path.is_dir():
            raise WorkdirError(
                f"`--workdir` must be a folder. Received: {self.path}, which "
                "is a file. Choose another path."
            )
        if not self.config_path.is_file() or (preset and not self._fixed()):
            if preset is not None:
                base = get_preset(preset)
            if base is None:
                raise WorkdirError(
                    f"{self.path}: a new workdir needs a preset. "
                    "Try --preset=translation/base."
                )
            config = override(base, assignments)
        else:
            config = self._continue(preset, assignments)
        return config

    def write(self, config: ExperimentConfig) -> None:
        """Makes `config.json` say what `plan` returned.

        Raises:
            WorkdirError: if another run has since made what depends on another
                configuration.
        """
        if self.config_path.is_file():
            stored = self.read_config()
            if stored == config:
                return
            self._refuse_changes(stored, config)
        with written_aside(self.config_path) as aside:
            aside.write_text(to_json(config))

    def configure(
        self, preset: str | None, assignments: Iterable[str]
    ) -> ExperimentConfig:
        """Plans and writes the configuration; see `plan`."""
        config = self.plan(preset, assignments)
        self.write(config)
        return config

    def has_checkpoints(self) -> bool:
        """Tells whether there is any, whole or damaged.

        A first one that could not be written leaves an empty folder.
        """
        return any(self.checkpoints.glob("[!.]*"))

    def _fixed(self) -> tuple[str, ...]:
        """Returns the sections and fields that what is there depends on.

        A vocabulary depends on its training text, a checkpoint on the model
        and the data settings, but for `_FREE_FIELDS`; a `config.json` without
        either, left by a run that ended in an error, on nothing. The other
        sections never are fixed: more steps or another rate are still the same
        model.
        """
        if self.has_checkpoints():
            return (*_MODEL, "data")
        stored = self.read_config()
        task = get_task(stored.task).for_model(stored.model)
        # Any of them: what was made halfway is no reason to mix two.
        if any((self.path / name).exists() for name in task.vocabulary_files):
            return VOCABULARY_FIELDS
        return ()

    def _continue(
        self, preset: str | None, assignments: Iterable[str]
    ) -> ExperimentConfig:
        stored = self.read_config()
        if preset is not None and preset != stored.preset:
            raise WorkdirError(
                f"{self.path}: the workdir belongs to the preset "
                f"{stored.preset}. Received: --preset={preset}. Use another "
                "--workdir, or leave --preset out to continue."
            )
        config = override(stored, assignments)
        self._refuse_changes(stored, config)
        return config

    def _refuse_changes(
        self, stored: ExperimentConfig, config: ExperimentConfig
    ) -> None:
        """Raises if what is there depends on something that changes."""
        fixed = self._fixed()
        changed = {
            name: values
            for name, values in differences(
                stored, config, [*_MODEL, "data"]
            ).items()
            if name not in _FREE_FIELDS
            and not keeps_weights(name, values)
            and (name, values) != _LENIENT
            and (name in fixed or name.split(".")[0] in fixed)
        }
        if changed:
            changes = ", ".join(
                f"{name} from {old!r} to {new!r}"
                for name, (old, new) in changed.items()
            )
            raise WorkdirError(
                f"{self.path}: its vocabulary and checkpoints depend on these "
                f"settings. Received a change of {changes}. Use another "
                "--workdir."
            )
