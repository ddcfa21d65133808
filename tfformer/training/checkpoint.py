"""Checkpoints that are whole or refused.

A checkpoint is a folder `step-00001000` that holds TensorFlow's checkpoint
files and a manifest with their checksums. It is written aside and renamed, so
a folder of that name is complete; and it is checked before it is read, so that
a file which a full disk or a crash cut short is named and passed over.
"""

import json
import os
import pathlib
import shutil
import typing
from collections.abc import Mapping, Sequence

import tensorflow as tf

from tfformer.data.atomic import remove_remains, written_aside
from tfformer.data.checksums import checksum, short_hash
from tfformer.errors import CheckpointError
from tfformer.progress import announce

# Name within the folder of a step.
PREFIX = "checkpoint"
_MANIFEST = "manifest.json"
_BEST = "best.json"
_AVERAGED = "averaged"


class Found(typing.NamedTuple):
    """A checkpoint that is whole.

    Attributes:
        folder: where it is.
        steps: the step it is of; several, if it is an average.
        moving_average: whether its moving average is meant, and not its
            weights.
    """

    folder: pathlib.Path
    steps: tuple[int, ...]
    moving_average: bool = False

    @property
    def fingerprint(self) -> str:
        """Tells copies from others: a hash of what its manifest says."""
        return short_hash((self.folder / _MANIFEST).read_bytes())

    def __str__(self) -> str:
        """Says which one it is, for a user."""
        steps = ", ".join(map(str, self.steps))
        if len(self.steps) > 1:
            return f"average of the checkpoints of steps {steps}"
        more = ", its moving average" if self.moving_average else ""
        return f"checkpoint of step {steps}{more}"


def is_folder(name: str) -> bool:
    """Whether a checkpoint's name is that of a folder.

    All other names are of a checkpoint in any workdir.

    Args:
        name: as `CheckpointStore.find` takes it.
    """
    return name not in ("best", "last", _AVERAGED) and not name.isdigit()


class CheckpointStore:
    """The checkpoints of one workdir.

    Args:
        directory: where they are.
        keep: newest checkpoints kept; the best one is kept besides.
        flag: what a user names one of them by.
    """

    def __init__(
        self,
        directory: str | os.PathLike,
        keep: int = 5,
        flag: str = "checkpoint",
    ) -> None:
        self.directory = pathlib.Path(directory)
        self.keep = keep
        self.flag = flag

    def steps(self) -> list[int]:
        """Returns the steps there are checkpoints of, oldest first."""
        if not self.directory.is_dir():
            return []
        return sorted(
            int(path.name.removeprefix("step-"))
            for path in self.directory.glob("step-*")
            if path.name.removeprefix("step-").isdigit()
        )

    def path(self, step: int) -> pathlib.Path:
        """Returns the folder of a step."""
        return self.directory / f"step-{step:08}"

    def best_step(self) -> int | None:
        """Returns the step marked best, if any."""
        best = self._best()
        return None if best is None else best[0]

    def best_score(
        self, measure: Mapping[str, object] | None = None
    ) -> float | None:
        """Returns the score that made the best step so.

        Args:
            measure: what scores depend on now. A score by anything else is
                none to compare with.

        Returns:
            None also where it was measured otherwise, which is announced.
        """
        best = self._best()
        if best is None:
            return None
        step, score, before = best
        now = measure or {}
        changed = [k for k in before if before[k] != now.get(k, before[k])]
        if changed:
            announce(
                f"step {step} was the best before a change of "
                f"{', '.join(changed)}, across which scores are not compared"
            )
            return None
        return score

    def _best(self) -> tuple[int, float, dict[str, object]] | None:
        """Returns the step marked best, its score, and what that depends on.

        Raises:
            CheckpointError: if that cannot be read: the best checkpoint would
                be removed like any other.
        """
        path = self.directory / _BEST
        if not path.is_file():
            return None
        try:
            values = json.loads(path.read_bytes())
            # Files of earlier versions do not say what it depends on.
            measure = dict(values.get("measure", {}))
            return int(values["step"]), float(values["score"]), measure
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CheckpointError(
                f"{path}: damaged ({error!r}). Remove it: the next evaluation "
                "then says anew which checkpoint is the best."
            ) from error

    def save(self, checkpoint: tf.train.Checkpoint, step: int) -> None:
        """Writes a checkpoint, then removes those no longer kept.

        Raises:
            CheckpointError: if it cannot be written, as on a full disk; those
                before it stay as they are.
        """
        if step not in self.steps():
            try:
                self._write(checkpoint, step)
            except (OSError, tf.errors.OpError) as error:
                before = self.steps()[-1:]
                raise CheckpointError(
                    f"{self.path(step)}: the checkpoint cannot be written: "
                    f"{getattr(error, 'message', error)}. "
                    + (
                        f"Step {before[0]} is whole. "
                        if before
                        else "There is none before it. "
                    )
                    + _cure(error)
                ) from error
        for old in self.steps()[: -self.keep]:
            if old != self.best_step():
                self._remove(old)

    def _remove(self, step: int) -> None:
        """Removes a checkpoint, or says why not: training goes on."""
        try:
            shutil.rmtree(self.path(step))
        except OSError as error:
            announce(
                f"{self.path(step)}: cannot be removed ({error.strerror}), "
                "which is tried again with the next checkpoint."
            )

    def remove_remains(self) -> None:
        """Removes what a training that was killed was writing.

        What makes an average may run beside a training, and removes its own.
        """
        remove_remains(self.directory, "step-*")
        remove_remains(self.directory, _BEST)

    def _write(self, checkpoint: tf.train.Checkpoint, step: int) -> None:
        with written_aside(self.path(step)) as aside:
            _fill(aside, checkpoint, {"step": step})

    @property
    def averaged(self) -> pathlib.Path:
        """The folder of the average, which training never reads."""
        return self.directory / _AVERAGED

    def save_averaged(
        self, checkpoint: tf.train.Checkpoint, steps: Sequence[int]
    ) -> None:
        """Writes an average, in place of one that is there.

        Args:
            checkpoint: the averaged weights.
            steps: of the checkpoints that went in, oldest first.

        Raises:
            CheckpointError: if it cannot be written; the old one stays.
        """
        values = {"step": steps[-1], "averaged": list(steps)}
        try:
            remove_remains(self.directory, _AVERAGED)
            with written_aside(self.averaged) as aside:
                _fill(aside, checkpoint, values)
                # A folder is not replaced by renaming, so the old one goes.
                if self.averaged.is_dir():
                    shutil.rmtree(self.averaged)
        except (OSError, tf.errors.OpError) as error:
            raise CheckpointError(
                f"{self.averaged}: the average cannot be written: "
                f"{getattr(error, 'message', error)}. {_cure(error)}"
            ) from error

    def mark_best(
        self,
        step: int,
        score: float,
        measure: Mapping[str, object] | None = None,
    ) -> None:
        """Marks a saved step as the best, by its score on dev.

        Args:
            step: which.
            score: its score.
            measure: what the score depends on.
        """
        values = {"step": step, "score": score, "measure": dict(measure or {})}
        with written_aside(self.directory / _BEST) as aside:
            aside.write_text(json.dumps(values))

    def newest(self) -> int:
        """Finds the newest checkpoint that is whole.

        Damaged ones that are newer are named on standard error and set aside
        under another name, never deleted. Where none is whole, all stay where
        they are, so that the next try ends as this one.

        Returns:
            Its step, or 0 if the store is empty.

        Raises:
            CheckpointError: if there are checkpoints, but none is whole, or
                which is the best cannot be read.
        """
        self._best()
        damages: dict[int, str] = {}
        for step in reversed(self.steps()):
            damage = self.damage(step)
            if damage is None:
                for damaged, what in damages.items():
                    self._set_aside(damaged, what)
                return step
            damages[step] = damage
        for step, damage in damages.items():
            announce(f"{self.path(step)}: {damage}.")
        if damages:
            raise CheckpointError(
                f"{self.directory}: none of its {len(damages)} checkpoints is "
                "whole (see above). Restore them from a copy, or train into "
                "a new workdir."
            )
        return 0

    def _set_aside(self, step: int, damage: str) -> None:
        """Renames a damaged checkpoint to what no run looks at."""
        damaged = self.path(step).with_name(f"damaged-{step:08}")
        shutil.rmtree(damaged, ignore_errors=True)
        os.replace(self.path(step), damaged)
        if step == self.best_step():
            (self.directory / _BEST).unlink()
        announce(
            f"{self.path(step)}: {damage}. It is kept as {damaged.name}; "
            "going on from one before it."
        )

    def restore(self, checkpoint: tf.train.Checkpoint, step: int) -> None:
        """Reads one checkpoint into every variable that was asked for."""
        restore_folder(checkpoint, self.path(step))

    def find(self, name: str) -> Found:
        """Finds a checkpoint to evaluate, decode with or export.

        Args:
            name: "averaged", a folder that holds a checkpoint, or what
                `select` takes.

        Raises:
            CheckpointError: if it is not there or damaged.
        """
        if name == _AVERAGED:
            if not self.averaged.is_dir():
                raise CheckpointError(
                    f"{self.averaged}: there is no average yet. Make it with "
                    "python -m tools.average_checkpoints --workdir="
                    f"{self.directory.parent}."
                )
            return self._found(self.averaged)
        if not is_folder(name):
            # It is whole, which need not be read twice to be known.
            return _describe(self.path(self.select(name)))
        if not os.path.isdir(name):
            # Says what there is.
            self._select_step(name, self.steps())
        return self._found(pathlib.Path(name))

    def select(self, name: str) -> int:
        """Finds a checkpoint to evaluate, decode with or export.

        Args:
            name: "best" (the newest if none is marked), "last", or a step.

        Returns:
            Its step. Where "best" or "last" is damaged, it is named on
            standard error and the newest whole one is taken instead.

        Raises:
            CheckpointError: if there is none, or the step is not there or
                damaged.
        """
        steps = self.steps()
        if name not in ("best", "last"):
            return self._select_step(name, steps)
        candidates = list(reversed(steps))
        best = self.best_step()
        if name == "best" and best in steps:
            candidates.remove(best)
            candidates.insert(0, best)
        for number, step in enumerate(candidates):
            damage = self.damage(step)
            if damage is None:
                if number:
                    announce(f"Using step {step} instead.")
                return step
            announce(f"{self.path(step)}: {damage}.")
        raise CheckpointError(
            f"{self.directory}: holds no whole checkpoint. Train one with "
            "python -m pipelines.train."
        )

    def _select_step(self, name: str, steps: list[int]) -> int:
        if not name.isdigit() or int(name) not in steps:
            raise CheckpointError(
                f"`--{self.flag}` must be best, last, averaged, a step or the "
                "folder of a checkpoint. Received: "
                f"{name!r}. Steps there are: "
                + (", ".join(map(str, steps)) or "none")
                + f" (in {self.directory})."
            )
        damage = self.damage(int(name))
        if damage is not None:
            raise CheckpointError(
                f"{self.path(int(name))}: {damage}. Try --{self.flag}=last."
            )
        return int(name)

    def _found(self, folder: pathlib.Path) -> Found:
        damage = damage_of(folder)
        if damage is not None:
            raise CheckpointError(
                f"{folder}: {damage}. Try --{self.flag}=last."
            )
        return _describe(folder)

    def damage(self, step: int) -> str | None:
        """Says what is wrong with a checkpoint, or None if it is whole."""
        return damage_of(self.path(step))


def _fill(
    folder: pathlib.Path,
    checkpoint: tf.train.Checkpoint,
    values: Mapping[str, object],
) -> None:
    """Writes a checkpoint and its manifest into a new folder."""
    folder.mkdir()
    checkpoint.write(str(folder / PREFIX))
    files = {
        path.name: {
            "bytes": path.stat().st_size,
            "crc32": checksum([path]),
        }
        for path in sorted(folder.iterdir())
    }
    manifest = {**values, "files": files}
    (folder / _MANIFEST).write_text(json.dumps(manifest, indent=2))


def _describe(folder: pathlib.Path) -> Found:
    manifest = json.loads((folder / _MANIFEST).read_text())
    return Found(folder, tuple(manifest.get("averaged", [manifest["step"]])))


def restore_folder(
    checkpoint: tf.train.Checkpoint, folder: pathlib.Path
) -> None:
    """Reads a checkpoint into every variable that was asked for.

    Raises:
        CheckpointError: if it lacks one of them, has it in another shape, or
            was removed meanwhile.
    """
    try:
        status = checkpoint.read(str(folder / PREFIX))
        status.assert_existing_objects_matched().expect_partial()
    except tf.errors.NotFoundError as error:
        raise CheckpointError(
            f"{folder}: is gone since it was chosen, as when a training "
            "beside this keeps newer checkpoints only. Run the same command "
            "again."
        ) from error
    except (AssertionError, ValueError) as error:
        raise CheckpointError(
            f"{folder}: the checkpoint is of another model than the one that "
            f"the workdir's config.json describes ({_first_line(error)}). "
            "Choose a checkpoint of this workdir."
        ) from error


def _cure(error: Exception) -> str:
    """Says what to do where a checkpoint cannot be written."""
    if isinstance(error, PermissionError | tf.errors.PermissionDeniedError):
        return "Make the folder writable and run the same command again."
    return "Free space on the disk and run the same command again."


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def damage_of(folder: pathlib.Path) -> str | None:
    """Says what is wrong with a checkpoint's folder, if anything is."""
    try:
        manifest = json.loads((folder / _MANIFEST).read_bytes())
        int(manifest["step"])
        files: dict[str, tuple[int, int]] = {
            name: (values["bytes"], values["crc32"])
            for name, values in manifest["files"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return f"damaged checkpoint: {_MANIFEST} is missing or none of one"
    for name, (expected, crc) in files.items():
        path = folder / name
        if not path.is_file():
            return f"damaged checkpoint: {name} is missing"
        size = path.stat().st_size
        if size != expected:
            return f"damaged checkpoint: {name} has {size} bytes of {expected}"
        if checksum([path]) != crc:
            return f"damaged checkpoint: the checksum of {name} differs"
    return None
