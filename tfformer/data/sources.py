"""Where sentence pairs come from: text files and the embedded corpus."""

import codecs
import dataclasses
import hashlib
import itertools
import os
import pathlib
from collections.abc import Iterator
from typing import Protocol

from tfformer.data import pocket
from tfformer.data.parallel import (
    count_lines,
    different_line_counts,
    require_as_many_lines,
)
from tfformer.errors import DataError


@dataclasses.dataclass(frozen=True)
class Example:
    """One pair to learn from or to be scored on.

    Attributes:
        inputs: the source, as the user wrote it.
        targets: the reference.
    """

    inputs: str
    targets: str


class Source(Protocol):
    """Pairs by split, in an order of their own."""

    def examples(
        self, split: str, start: int = 0, stop: int | None = None
    ) -> Iterator[Example]:
        """Yields the pairs of the records from `start` up to `stop`."""

    def count(self, split: str) -> int:
        """Returns how many records there are."""

    def fingerprint(self, split: str) -> str:
        """Changes whenever the pairs do."""


class TextSource:
    """Parallel text: `<split>.<language>` in a folder, line by line.

    Lines end at "\\n" and nowhere else, so that exotic Unicode line breaks
    inside a sentence keep both sides in step.

    Args:
        data_dir: the folder.
        source_language: suffix of the input files.
        target_language: suffix of the target files.
    """

    def __init__(
        self,
        data_dir: str | os.PathLike,
        source_language: str,
        target_language: str,
    ) -> None:
        self.data_dir = pathlib.Path(data_dir)
        self.languages = (source_language, target_language)

    @staticmethod
    def file_name(split: str, language: str) -> str:
        """Returns how the file of one language is called."""
        return f"{split}.{language}"

    def paths(self, split: str) -> tuple[pathlib.Path, pathlib.Path]:
        """Returns the two files of a split.

        Raises:
            DataError: if the folder or a file is missing or empty; the
                message lists what is there.
        """
        wanted = [
            self.data_dir / self.file_name(split, language)
            for language in self.languages
        ]
        if not self.data_dir.is_dir():
            raise DataError(
                f"`--data_dir` must be a folder. Received: {self.data_dir}, "
                "which does not exist. Give the folder that holds "
                f"{wanted[0].name} and {wanted[1].name}."
            )
        for path in wanted:
            if not path.is_file():
                present = sorted(p.name for p in self.data_dir.iterdir())
                raise DataError(
                    f"{path}: no such file. A split is "
                    f"{self.file_name('<split>', '<language>')}, "
                    "with --set data.source_language and "
                    "data.target_language. The folder holds: "
                    + (", ".join(present[:20]) or "nothing")
                )
            if path.stat().st_size == 0:
                raise DataError(
                    f"{path}: the file is empty. Each line must hold one "
                    "sentence."
                )
        return wanted[0], wanted[1]

    def examples(
        self, split: str, start: int = 0, stop: int | None = None
    ) -> Iterator[Example]:
        """Yields the pairs of a split in file order.

        Args:
            split: its name.
            start: first line to read, counted from 0.
            stop: line after the last; None for all.

        Raises:
            DataError: for a missing or empty file, bytes that are not UTF-8
                (`path:line:`), or files of different line counts.
        """
        paths = self.paths(split)
        pairs = itertools.zip_longest(
            *(read_lines(path, start, stop) for path in paths)
        )
        for inputs, targets in pairs:
            if inputs is None or targets is None:
                raise different_line_counts(
                    list(map(str, paths)), list(map(count_lines, paths))
                )
            yield Example(inputs, targets)

    def count(self, split: str) -> int:
        """Returns how many pairs a split has.

        Raises:
            DataError: for a missing or empty file, or files of different line
                counts.
        """
        return require_as_many_lines(self.paths(split))

    def fingerprint(self, split: str) -> str:
        """Changes whenever a file of the split does."""
        parts = []
        for path in self.paths(split):
            stat = path.stat()
            parts.append(f"{path.name}:{stat.st_size}:{stat.st_mtime_ns}")
        return hashlib.sha256("|".join(parts).encode()).hexdigest()


class PocketSource:
    """The embedded synthetic corpus; see `tfformer.data.pocket`.

    Args:
        name: which size of it, a key of `pocket.SIZES`.
    """

    def __init__(self, name: str = "pocket") -> None:
        self._sizes = pocket.SIZES[name]

    def examples(
        self, split: str, start: int = 0, stop: int | None = None
    ) -> Iterator[Example]:
        """Yields English-German pairs, from `start` up to `stop`.

        Raises:
            DataError: for an unknown split.
        """
        if split not in self._sizes:
            raise DataError(
                "The synthetic corpus `pocket` has the splits "
                + ", ".join(self._sizes)
                + f". Received: {split!r}. Try --split=test."
            )
        triples = pocket.triples(split, self._sizes[split])
        for triple in itertools.islice(triples, start, stop):
            yield Example(triple.english, triple.german)

    def count(self, split: str) -> int:
        """Returns how many pairs a split has."""
        return sum(1 for _ in self.examples(split))

    def fingerprint(self, split: str) -> str:
        """Changes whenever the generator's sentences do."""
        digest = hashlib.sha256()
        for example in self.examples(split, stop=100):
            digest.update(f"{example.inputs}\t{example.targets}\n".encode())
        return digest.hexdigest()


def read_lines(
    path: str | os.PathLike, start: int = 0, stop: int | None = None
) -> Iterator[str]:
    """Yields the lines of a UTF-8 file, split at "\\n" only.

    Args:
        path: the file.
        start: first line, counted from 0.
        stop: line after the last; None for all.

    Raises:
        DataError: naming `path:line:` if a line is not UTF-8.
    """
    with open(path, "rb") as file:
        lines = itertools.islice(file, start, stop)
        yield from decode_lines(lines, str(path), start + 1)


def decode_lines(
    lines: Iterator[bytes], name: str, first: int = 1
) -> Iterator[str]:
    """Decodes byte lines, as of a file or of standard input.

    Args:
        lines: lines with their "\\n".
        name: what to call them in an error.
        first: number of the first line.

    Raises:
        DataError: naming `name:line:` if a line is not UTF-8.
    """
    for number, line in enumerate(lines, first):
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        try:
            yield line.removesuffix(b"\n").removesuffix(b"\r").decode()
        except UnicodeDecodeError as error:
            raise DataError(
                f"{name}:{number}: not UTF-8 (byte {error.start + 1} of the "
                f"line is {line[error.start]:#04x}). Convert the file, for "
                "example with iconv -t UTF-8."
            ) from error
