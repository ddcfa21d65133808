"""What `pipelines.prepare_data` wrote: splits as ids, and dev also as text.

A folder of this format holds the vocabularies; `plan.json`, which says what is
being made; a folder for each split (`tfformer.data.shards`), with
`examples.jsonl` where the split is there to be scored; and, when all of that is
whole, `manifest.json`.
"""

import itertools
import json
import os
import pathlib
import shutil
import urllib.parse
from collections.abc import Iterator, Sequence
from typing import Any

from tfformer.config import DataConfig
from tfformer.data.atomic import written_aside
from tfformer.data.checksums import (
    Files,
    damaged_files,
    require_undamaged,
)
from tfformer.data.encoded import EncodedCorpus
from tfformer.data.shards import unite
from tfformer.data.sources import Example
from tfformer.errors import ConfigError, DataError
from tfformer.progress import Progress

FORMAT = "tfformer prepared data"
VERSION = 1
PLAN_FILE = "plan.json"
MANIFEST_FILE = "manifest.json"
TEXT_FILE = "examples.jsonl"

# The settings that ids depend on.
_SETTINGS = (
    "source_language",
    "target_language",
    "train_split",
    "vocab_size",
    "max_length",
    "max_words",
    "terminals",
    "collapse_unaries",
    "skip_malformed",
    "extra_weight",
)


def settings(task: str, config: DataConfig) -> dict[str, Any]:
    """Returns what training must be set to as preparing was."""
    return {"task": task} | {
        f"data.{name}": getattr(config, name) for name in _SETTINGS
    }


def split_folder(split: str) -> str:
    """Returns the folder of a split, such as of "train[:1%]"."""
    return urllib.parse.quote(split, safe="")


class PreparedData:
    """Reads prepared data.

    Args:
        directory: what `pipelines.prepare_data` wrote.

    Attributes:
        manifest: what `manifest.json` says.

    Raises:
        ConfigError: if there is no folder.
        DataError: if it is no prepared data of this version, or unfinished.
    """

    def __init__(self, directory: str | os.PathLike | None) -> None:
        if directory is None:
            raise ConfigError(
                "`--data_dir` is needed, since data.source is 'prepared'. "
                "Give the folder that pipelines.prepare_data wrote."
            )
        self.directory = pathlib.Path(directory)
        self.manifest = self._read_manifest()

    def _read_manifest(self) -> dict[str, Any]:
        path = self.directory / MANIFEST_FILE
        if not path.is_file():
            found = "which has no manifest.json"
            cure = "Make it with python -m pipelines.prepare_data."
            if (self.directory / PLAN_FILE).is_file():
                found = "whose preparation has not ended"
                cure = "Run pipelines.prepare_data again with the same flags."
            raise DataError(
                f"`--data_dir` must be prepared data. Received: "
                f"{self.directory}, {found}. {cure}"
            )
        try:
            manifest = json.loads(path.read_text())
            known = (manifest["format"], manifest["version"])
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(
                f"{path}: not a manifest of prepared data ({error}). Run "
                "pipelines.prepare_data again into another folder."
            ) from error
        if known != (FORMAT, VERSION):
            raise DataError(
                f"{path}: must be {FORMAT!r} of version {VERSION}. Received: "
                f"{known[0]!r} of version {known[1]}. Prepare the data again "
                "with this version of tfformer."
            )
        return manifest

    @property
    def splits(self) -> list[str]:
        """The splits, the training split first."""
        return list(self.manifest["splits"])

    def require_split(self, split: str) -> dict[str, Any]:
        """Returns what the manifest says of a split.

        Raises:
            DataError: for an unknown one; the known ones are listed.
        """
        known = self.manifest["splits"]
        if split not in known:
            raise DataError(
                f"{self.directory}: has the splits {', '.join(known)}. "
                f"Received: {split!r}. Prepare it too, with --eval_splits="
                f"{split}; or read it from where the text is: --set "
                f"data.source={self.manifest['source']} and its --data_dir."
            )
        return known[split]

    def examples(
        self, split: str, start: int = 0, stop: int | None = None
    ) -> Iterator[Example]:
        """Yields the strings of a split that is there to be scored.

        Raises:
            DataError: for an unknown split, or the training split, of which
                there are ids only; or if the text is damaged.
        """
        if not self.require_split(split)["text"]:
            raise DataError(
                f"{self.directory}: holds no text of {split}, only ids. Try "
                f"another split, or --set data.source="
                f"{self.manifest['source']} and its --data_dir."
            )
        self._check_manifests(split)
        path = self.directory / split_folder(split) / TEXT_FILE
        with open(path, encoding="utf-8") as file:
            for line in itertools.islice(file, start, stop):
                yield Example(**json.loads(line))

    def count(self, split: str) -> int:
        """Returns how many pairs there were."""
        return self.require_split(split)["counts"]["pairs"]

    def fingerprint(self, split: str) -> str:
        """Changes whenever the split does."""
        return json.dumps(self.require_split(split), sort_keys=True)

    def check_settings(self, task: str, config: DataConfig) -> None:
        """Refuses data that was prepared for another training.

        Raises:
            DataError: naming the settings that differ.
        """
        made, wanted = self.manifest["settings"], settings(task, config)
        found = [
            f"{name} is {made.get(name)!r} there and {value!r} here"
            for name, value in wanted.items()
            if made.get(name) != value
        ]
        if found:
            raise DataError(
                f"{self.directory}: was prepared with other settings. "
                f"Received: {'; '.join(found)}. Try --set with what is there, "
                "or prepare the data anew."
            )
        for split in (config.train_split, config.dev_split):
            self.require_split(split)

    def check_vocabularies(
        self, directory: pathlib.Path, names: Sequence[str]
    ) -> None:
        """Refuses a workdir of another vocabulary.

        Raises:
            DataError: naming the file that differs, or is not there.
        """
        self._require_vocabularies(names)
        for name in names:
            own = (self.directory / name).read_bytes()
            if (directory / name).read_bytes() != own:
                raise DataError(
                    f"{directory / name}: must be the vocabulary that "
                    f"{self.directory} was prepared with. Received: another "
                    "one. Use another --workdir, or prepare the data with "
                    f"--vocabulary_dir={directory}."
                )

    def copy_vocabularies(
        self, directory: pathlib.Path, names: Sequence[str]
    ) -> None:
        """Gives a workdir the vocabularies.

        Raises:
            DataError: if there are none of those names.
        """
        self._require_vocabularies(names)
        copy_files(self.directory, directory, names)

    def _require_vocabularies(self, names: Sequence[str]) -> None:
        """Raises for data of a model that reads or writes other ids."""
        missing = [n for n in names if not (self.directory / n).is_file()]
        if missing:
            raise DataError(
                f"{self.directory}: must hold {', '.join(names)}. Received: "
                f"no {', '.join(missing)}. It was prepared for another kind "
                "of model, or has lost them: run pipelines.prepare_data with "
                "the preset that is trained, into another --output_dir."
            )

    def copy_corpus(
        self, split: str, target: str | os.PathLike
    ) -> EncodedCorpus:
        """Copies a split to where training reads it, checksums compared.

        Args:
            split: its name.
            target: the new folder.

        Raises:
            DataError: if files are missing or altered.
        """
        self._check_manifests(split)
        size = sum(size for size, _ in self._files(split).values())
        with Progress(f"reading {split}", size, unit="bytes") as progress:
            return unite(
                self.directory / split_folder(split),
                pathlib.Path(target),
                progress.update,
            )

    def check(self, split: str) -> None:
        """Compares every file of a split with its checksum.

        Raises:
            DataError: if files are missing or altered.
        """
        self._check_manifests(split)
        files = self._files(split)
        size = sum(size for size, _ in files.values())
        with Progress(f"checking {split}", size, unit="bytes") as progress:
            damaged = damaged_files(
                self.directory / split_folder(split), files, progress.update
            )
        require_undamaged(f"{self.directory}: {split}", damaged)

    def _files(self, split: str) -> Files:
        path = self.directory / split_folder(split) / MANIFEST_FILE
        return json.loads(path.read_text())["files"]

    def _check_manifests(self, split: str) -> None:
        """Checks what all other checksums are in."""
        self.require_split(split)
        folder = f"{split_folder(split)}/"
        files = {
            name: value
            for name, value in self.manifest["files"].items()
            if "/" not in name or name.startswith(folder)
        }
        require_undamaged(
            str(self.directory), damaged_files(self.directory, files)
        )


def copy_missing_files(
    source: pathlib.Path, target: pathlib.Path, names: Sequence[str]
) -> None:
    """Copies those of some files that are not there yet."""
    missing = [name for name in names if not (target / name).is_file()]
    copy_files(source, target, missing)


def copy_files(
    source: pathlib.Path, target: pathlib.Path, names: Sequence[str]
) -> None:
    """Copies files, each written aside."""
    for name in names:
        with written_aside(target / name) as aside:
            shutil.copyfile(source / name, aside)
