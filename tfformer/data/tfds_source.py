"""Sentence pairs of TensorFlow Datasets, by name.

Read in the order in which TFDS has written them, block by block, so that what
is read is the same each time and memory does not grow with the set. TensorFlow
Datasets itself is imported when the first pair is asked for.
"""

import contextlib
import fcntl
import functools
import hashlib
import json
import os
import pathlib
import re
import sys
from collections.abc import Iterator
from typing import Any

from tfformer.config import TFDS
from tfformer.data.sources import Example
from tfformer.data.tfds_fields import Pick, find_pair
from tfformer.errors import ConfigError, DataError
from tfformer.progress import announce

# In a manual_dir: archives that are not those whose checksums TFDS has.
CHECKSUMS_FILE = "checksums.tsv"
_BLOCK = 1024


class TfdsSource:
    """A translation set of TensorFlow Datasets.

    It is downloaded and prepared by TFDS when it is first read, unless that
    was done before.

    Args:
        name: what `data.source` says after "tfds:",
            `NAME[/CONFIG][:VERSION]`.
        data_dir: TFDS's data_dir; None for its default.
        manual_dir: folder of the original archives, under the names that
            their URLs end in; what lies there is read rather than downloaded.
            Its checksums.tsv, if any, has lines `url size sha256 filename`
            with tabs between, as TFDS's own, and goes before them.
        source_language: language of the inputs.
        target_language: language of the targets.
    """

    def __init__(
        self,
        name: str,
        data_dir: str | os.PathLike | None,
        manual_dir: str | os.PathLike | None,
        source_language: str,
        target_language: str,
    ) -> None:
        self.name = name
        self.data_dir = None if data_dir is None else os.fspath(data_dir)
        self.manual_dir = manual_dir
        self.languages = (source_language, target_language)

    def examples(
        self, split: str, start: int = 0, stop: int | None = None
    ) -> Iterator[Example]:
        """Yields the pairs of a split, in TFDS's order.

        Args:
            split: a split's name, or a slice such as "train[:1%]".
            start: first record of the split to read.
            stop: record after the last; None for all.

        Raises:
            ConfigError: if TFDS has no such set, or it is no translation set
                of the two languages.
            DataError: if it cannot be prepared, or has no such split.
        """
        import tensorflow_datasets as tfds

        builder, pick = self._prepared, self._pair
        count = self.count(split)
        stop = count if stop is None else min(stop, count)
        if start >= stop:
            return
        dataset = builder.as_dataset(
            split=self._part(split, start, stop),
            shuffle_files=False,
            # One file after the other, and nothing kept.
            read_config=tfds.ReadConfig(
                interleave_cycle_length=1, try_autocache=False
            ),
        )
        absent = 0
        for block in tfds.as_numpy(dataset.map(pick).batch(_BLOCK)):
            for present, inputs, targets in zip(*block, strict=True):
                if present:
                    yield Example(inputs.decode(), targets.decode())
                else:
                    absent += 1
        if absent:
            announce(
                f"{split}: left out {absent} of {stop - start} records that "
                f"lack {' or '.join(self.languages)}"
            )

    def count(self, split: str) -> int:
        """Returns how many records a split has.

        Raises:
            DataError: if there is no such split.
        """
        return self._split_info(split).num_examples

    def fingerprint(self, split: str) -> str:
        """Changes whenever the set's version, split or files do."""
        info = self._split_info(split)
        parts = [
            self._prepared.info.full_name,
            split,
            list(info.shard_lengths),
            info.num_bytes,
            list(self.languages),
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def _split_info(self, split: str) -> Any:
        splits = self._prepared.info.splits
        try:
            return splits[split]
        except (KeyError, ValueError, AssertionError) as error:
            raise DataError(
                f"{TFDS}{self.name} has the splits "
                + ", ".join(
                    f"{n} ({s.num_examples})" for n, s in splits.items()
                )
                + f". Received: {split!r}. Try --set data.train_split=train "
                "and --set data.dev_split=validation, --split=test or a slice "
                "such as train[:1%]."
            ) from error

    def _part(self, split: str, start: int, stop: int) -> Any:
        """Returns the instruction to read some records of a split."""
        import tensorflow_datasets as tfds

        splits = self._prepared.info.splits
        instruction = tfds.core.ReadInstruction.from_spec(split)
        found, before = None, 0
        for whole in instruction.to_absolute(splits):
            size = splits[whole.splitname].num_examples
            first, last = (whole.from_ or 0), whole.to
            last = size if last is None else last
            begin = first + max(start - before, 0)
            end = min(last, first + stop - before)
            before += last - first
            if begin < end:
                piece = tfds.core.ReadInstruction(
                    whole.splitname, from_=begin, to=end, unit="abs"
                )
                found = piece if found is None else found + piece
        return found

    @functools.cached_property
    def _pair(self) -> Pick:
        """Returns what takes the two languages out of a record."""
        builder = self._builder
        config = builder.builder_config.name if builder.builder_config else ""
        return find_pair(
            f"{TFDS}{self.name}", builder.info, config, self.languages
        )

    @functools.cached_property
    def _builder(self) -> Any:
        """Finds the set.

        Raises:
            ConfigError: if TensorFlow Datasets is not installed, or has none
                of that name.
        """
        try:
            import tensorflow_datasets as tfds
        except ImportError as error:
            raise ConfigError(
                f"`data.source` {TFDS}{self.name} needs the package "
                f"tensorflow-datasets ({error}). Try pip install "
                "tensorflow-datasets importlib_resources."
            ) from error
        try:
            return tfds.builder(self.name, data_dir=self.data_dir)
        except tfds.core.DatasetNotFoundError as error:
            raise ConfigError(
                "`data.source` must name a set of TensorFlow Datasets. "
                f"Received: {TFDS}{self.name}. Try one of "
                f"{', '.join(_translation_sets(tfds))}; or a name that is "
                "prepared in --data_dir."
            ) from error
        except (ValueError, AssertionError) as error:
            raise ConfigError(
                f"`data.source` {TFDS}{self.name}: {_one_line(error)}"
                f"{self._known_configs(tfds)}"
            ) from error

    def _known_configs(self, tfds: Any) -> str:
        name = re.split("[/:]", self.name)[0]
        configs = tfds.builder_cls(name).builder_configs
        if not configs:
            return " Try it without a configuration."
        return f" Its configurations are {', '.join(sorted(configs)[:50])}."

    @functools.cached_property
    def _prepared(self) -> Any:
        """Has TFDS download and prepare the set, unless it has already."""
        import tensorflow_datasets as tfds

        builder = self._builder
        # Before hours are spent on what is no translation set.
        _ = self._pair
        if builder.data_path.exists():
            return builder
        announce(f"preparing {TFDS}{self.name} in {builder.data_path}")
        config = tfds.download.DownloadConfig(manual_dir=self._archives())
        with (
            _locked(builder.data_path.parent),
            # What TFDS prints is no result of a program.
            contextlib.redirect_stdout(sys.stderr),
        ):
            if builder.data_path.exists():
                # Another process has made it; this builder knows no splits.
                return tfds.builder(self.name, data_dir=self.data_dir)
            try:
                builder.download_and_prepare(download_config=config)
            except Exception as error:
                explained = self._explain(error)
                if explained is None:
                    raise
                raise explained from error
        return builder

    def _archives(self) -> str | None:
        """Returns the manual_dir, its own checksums made known to TFDS."""
        from tensorflow_datasets.core.download import checksums

        if self.manual_dir is None:
            return None
        folder = pathlib.Path(self.manual_dir).expanduser()
        if not folder.is_dir():
            raise DataError(
                "`data.manual_dir` must be a folder of original archives. "
                f"Received: {self.manual_dir}, which does not exist."
            )
        own = folder / CHECKSUMS_FILE
        if own.is_file():
            try:
                infos = checksums.load_url_infos(own)
            except (AssertionError, ValueError) as error:
                raise DataError(
                    f"{own}: each line must be url, size, sha256 and file "
                    f"name, with tabs between. Received: {_one_line(error)}"
                ) from error
            # Both are what TFDS's download manager reads, in this order.
            for known in (
                checksums.get_all_url_infos(),
                self._builder.url_infos,
            ):
                if known is not None:
                    known.update(infos)
        return str(folder)

    def _explain(self, error: Exception) -> DataError | None:
        """Turns an error of TFDS into one that names the cure."""
        from tensorflow_datasets.core.download import (
            download_manager,
            extractor,
            util,
        )

        label, text = f"{TFDS}{self.name}", _one_line(error)
        if isinstance(error, download_manager.NonMatchingChecksumError):
            return _wrong_checksum(label, str(error))
        if isinstance(error, extractor.ExtractError):
            return DataError(
                f"{label}: an archive is damaged. Received: {text}. Fetch it "
                "again."
            )
        # The errors of a connection have no errno, those of a disk do.
        offline = isinstance(error, OSError) and error.errno is None
        if offline or isinstance(error, util.DownloadError):
            return DataError(
                f"{label}: not prepared in --data_dir yet, and it cannot be "
                f"downloaded. Received: {text}. Try again with a network, or "
                "give the folder of the original archives: --set data."
                f"manual_dir=FOLDER{self._archive_names()}."
            )
        if isinstance(error, AssertionError | ValueError):
            return DataError(
                f"{label}: TensorFlow Datasets cannot prepare it. Received: "
                f"{text}. Check the archives in data.manual_dir."
            )
        return None

    def _archive_names(self) -> str:
        infos = (self._builder.url_infos or {}).values()
        names = sorted({info.filename for info in infos if info.filename})
        return f" with {', '.join(names[:20])}" if names else ""


def _wrong_checksum(label: str, message: str) -> DataError:
    """Says which archive is not the one that TFDS knows, and what it is."""
    from tensorflow_datasets.core.download import checksums

    found = re.search(r"Artifact (\S+), downloaded to (\S+), has", message)
    if found is None:
        return DataError(f"{label}: an archive has a wrong checksum: {message}")
    url, path = found.groups()
    info = checksums.compute_url_info(path)
    line = f"{url}\\t{int(info.size)}\\t{info.checksum}\\t{info.filename}"
    return DataError(
        f"{path}: not the archive {url} whose checksum TFDS knows. Received: "
        f"{int(info.size)} bytes, SHA-256 {info.checksum}. Fetch it again; or, "
        f"if it is meant, put this line into {CHECKSUMS_FILE} of "
        f"data.manual_dir, with tabs for \\t: {line}"
    )


def _translation_sets(tfds: Any) -> list[str]:
    """Lists the sets that hold translations by their name or module."""
    return [
        name
        for name in tfds.list_builders(with_community_datasets=False)
        if re.search("translat|para_crawl|opus|tatoeba|bucc|mtnt|flores", name)
    ]


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


@contextlib.contextmanager
def _locked(directory: pathlib.Path) -> Iterator[None]:
    """Lets one process at a time prepare a set."""
    folder = pathlib.Path(os.fspath(directory))
    if "://" in os.fspath(directory):
        # A bucket has no locks.
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".tfformer.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
