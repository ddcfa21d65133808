"""A treebank: cleaned trees, split by split."""

import abc
import hashlib
import os
import pathlib
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import TypeAlias

from nltk.tree import Tree

from tfformer.data.tree_cleaning import clean
from tfformer.data.trees import OnMalformed, numbered_trees
from tfformer.errors import DataError
from tfformer.progress import announce

# On disk, or in a zip file.
File: TypeAlias = pathlib.Path | zipfile.Path
SPLITS = ("train", "dev", "test")
Report: TypeAlias = Callable[[str], None]


class Treebank(abc.ABC):
    """Cleaned trees, split by split.

    Args:
        collapse: whether X over nothing but X becomes a single X.
        skip_malformed: whether a tree whose brackets match, but which is
            malformed within, is left out rather than an error. CRAFT has 4
            leaves of two words.
        report: is told, once a split is read, what was left out of it.

    Attributes:
        counts: for each split that was read, how many "trees" it has, how
            many were "kept", how many were "empty" once cleaned, and how many
            were "malformed".
    """

    def __init__(
        self,
        collapse: bool = False,
        skip_malformed: bool = False,
        report: Report = announce,
    ) -> None:
        self.counts: dict[str, dict[str, int]] = {}
        self._collapse = collapse
        self._skip_malformed = skip_malformed
        self._report = report

    @abc.abstractmethod
    def raw_trees(
        self, split: str, on_malformed: OnMalformed
    ) -> Iterator[tuple[str, Tree]]:
        """Yields the place, as `file:line`, and the tree as it stands there.

        Args:
            split: which trees.
            on_malformed: is given the error of a malformed tree, and raises
                it or returns.

        Raises:
            DataError: if the split is unknown or absent, saying how to obtain
                it, or a file malformed.
        """

    @abc.abstractmethod
    def fingerprint(self, split: str) -> str:
        """Changes whenever the split does."""

    def trees(self, split: str) -> Iterator[Tree]:
        """Yields the cleaned trees of a split, one at a time.

        Trees that hold nothing but traces are left out, counted and reported,
        and so are malformed ones by choice.

        Raises:
            DataError: as `raw_trees` does, and if no tree is kept.
        """
        counts = dict.fromkeys(("trees", "kept", "empty", "malformed"), 0)
        self.counts[split] = counts
        first: dict[str, str] = {}

        def leave_out(kind: str, example: str) -> None:
            counts["trees"] += 1
            counts[kind] += 1
            first.setdefault(kind, example)

        def on_malformed(error: DataError) -> None:
            if not self._skip_malformed:
                raise DataError(
                    f"{error} Or leave such trees out, with "
                    "--set data.skip_malformed=true."
                ) from error
            leave_out("malformed", str(error))

        for place, tree in self.raw_trees(split, on_malformed):
            cleaned = clean(tree, self._collapse)
            if cleaned is None:
                leave_out("empty", f"{place}: it holds only traces.")
            else:
                counts["trees"] += 1
                counts["kept"] += 1
                yield cleaned
        self._finish(split, first)

    def _choices(self) -> bytes:
        """Returns the choices that make trees differ, for fingerprints."""
        return f"{self._collapse},{self._skip_malformed}".encode()

    def _finish(self, split: str, first: dict[str, str]) -> None:
        """Reports what was left out."""
        counts = self.counts[split]
        for kind, example in first.items():
            self._report(
                f"{split}: left out {counts[kind]} of {counts['trees']} trees "
                f"as {kind}, the first at {example}"
            )
        if not counts["kept"]:
            raise DataError(
                f"The split {split!r} must have a tree with words. Received: "
                f"{counts['trees']} trees, all left out. "
                + " ".join(first.values())
            )


class FileTreebank(Treebank):
    """A treebank in files.

    Args:
        data_dir: the folder it is in.
        collapse: see `Treebank`.
        skip_malformed: see `Treebank`.
        report: see `Treebank`.
    """

    def __init__(
        self,
        data_dir: str | os.PathLike,
        collapse: bool = False,
        skip_malformed: bool = False,
        report: Report = announce,
    ) -> None:
        super().__init__(collapse, skip_malformed, report)
        self.data_dir = pathlib.Path(data_dir)

    @abc.abstractmethod
    def files(self, split: str) -> list[File]:
        """Returns the files of a split, in order.

        Raises:
            DataError: if the split is unknown or a file is absent.
        """

    def raw_trees(
        self, split: str, on_malformed: OnMalformed
    ) -> Iterator[tuple[str, Tree]]:
        """Yields the trees of one file after the other."""
        for file in self.files(split):
            try:
                with file.open("rb") as lines:
                    for number, tree in numbered_trees(
                        lines, str(file), on_malformed
                    ):
                        yield f"{file}:{number}", tree
            except (zipfile.BadZipFile, zlib.error) as error:
                raise DataError(
                    f"{file}: damaged ({error}). Fetch the archive again."
                ) from error

    def fingerprint(self, split: str) -> str:
        """Changes whenever a file of the split does."""
        digest = hashlib.sha256(self._choices())
        for file in self.files(split):
            digest.update(f"|{file.name}:{_state(file)}".encode())
        return digest.hexdigest()


def require_split(split: str) -> None:
    """Refuses a split that the treebank has not.

    Raises:
        DataError: if it is unknown.
    """
    if split not in SPLITS:
        raise DataError(
            f"A split of this treebank must be one of {', '.join(SPLITS)}. "
            f"Received: {split!r}. Try --split=test."
        )


def require_folder(folder: pathlib.Path, cure: str) -> None:
    """Refuses a folder that is not there.

    Raises:
        DataError: with the cure, if it is absent.
    """
    if not folder.is_dir():
        raise DataError(
            f"`--data_dir` must be a folder. Received: {folder}, which does "
            f"not exist. {cure}"
        )


def _state(file: File) -> str:
    """Returns what changes when the file does."""
    path = file.root.filename if isinstance(file, zipfile.Path) else file
    stat = os.stat(str(path))
    return f"{stat.st_size}:{stat.st_mtime_ns}"
