"""Treebanks by name: what `data.source` of the parsing task chooses."""

import hashlib
import os
import pathlib
from collections.abc import Iterator

from nltk.tree import Tree

from tfformer.data import pocket
from tfformer.data.treebank import (
    File,
    FileTreebank,
    Report,
    Treebank,
    require_folder,
    require_split,
)
from tfformer.data.trees import OnMalformed, parse_trees
from tfformer.data.wsj import NltkTreebank, PtbTreebank
from tfformer.errors import ConfigError, DataError
from tfformer.progress import announce

SOURCES = ("text", "ptb", "nltk_treebank", *pocket.SIZES)


def open_treebank(
    source: str,
    data_dir: str | os.PathLike | None = None,
    collapse: bool = False,
    skip_malformed: bool = False,
    report: Report = announce,
) -> Treebank:
    """Chooses a treebank; nothing is read yet.

    Args:
        source: one of `SOURCES`.
        data_dir: its folder; those of `pocket` need none, and without one
            "nltk_treebank" looks where NLTK does.
        collapse: see `Treebank`.
        skip_malformed: see `Treebank`.
        report: see `Treebank`.

    Raises:
        ConfigError: if the source is unknown, or needs a folder.
    """
    if source in pocket.SIZES:
        return PocketTreebank(source, collapse, skip_malformed, report)
    if source == "nltk_treebank":
        return NltkTreebank(data_dir, collapse, skip_malformed, report)
    if source not in SOURCES:
        raise ConfigError(
            "`data.source` of a treebank must be one of "
            f"{', '.join(SOURCES)}. Received: {source!r}."
        )
    if data_dir is None:
        raise ConfigError(
            f"`--data_dir` must be given with data.source={source}. "
            "Received: none. Give the treebank's folder, or try "
            "--set data.source=pocket, which needs none."
        )
    kind = TextTreebank if source == "text" else PtbTreebank
    return kind(data_dir, collapse, skip_malformed, report)


class TextTreebank(FileTreebank):
    """Any treebank: `<split>.mrg` in a folder, in brackets."""

    def files(self, split: str) -> list[File]:
        """Returns the files of a split, in order.

        Raises:
            DataError: if the split is unknown or files are absent, saying how
                to obtain them.
        """
        require_folder(self.data_dir, f"It must hold {split}.mrg.")
        path = self.data_dir / f"{split}.mrg"
        if not path.is_file():
            present = sorted(p.name for p in self.data_dir.iterdir())
            raise DataError(
                f"{path}: no such file. A split is <split>.mrg, with trees in "
                "brackets. The folder holds: "
                + (", ".join(present[:20]) or "nothing")
            )
        return [path]


class TreeFile(FileTreebank):
    """One file of trees, whatever the split.

    Args:
        path: the file.
        collapse: see `Treebank`.
        skip_malformed: see `Treebank`.
        report: see `Treebank`.
    """

    def __init__(
        self,
        path: str | os.PathLike,
        collapse: bool = False,
        skip_malformed: bool = False,
        report: Report = announce,
    ) -> None:
        self.path = pathlib.Path(path)
        super().__init__(self.path.parent, collapse, skip_malformed, report)

    def files(self, split: str) -> list[File]:
        """Returns the file.

        Raises:
            DataError: if there is none.
        """
        del split
        if not self.path.is_file():
            raise DataError(
                f"{self.path}: no such file. It must hold trees in brackets."
            )
        return [self.path]


class PocketTreebank(Treebank):
    """The embedded SYNTHETIC corpus; see `tfformer.data.pocket`.

    Args:
        name: which size of it, a key of `pocket.SIZES`.
        collapse: see `Treebank`.
        skip_malformed: see `Treebank`.
        report: see `Treebank`.
    """

    def __init__(
        self,
        name: str = "pocket",
        collapse: bool = False,
        skip_malformed: bool = False,
        report: Report = announce,
    ) -> None:
        super().__init__(collapse, skip_malformed, report)
        self._sizes = pocket.SIZES[name]

    def raw_trees(
        self, split: str, on_malformed: OnMalformed
    ) -> Iterator[tuple[str, Tree]]:
        """Yields the English trees.

        Raises:
            DataError: if the split is unknown.
        """
        require_split(split)
        triples = pocket.triples(split, self._sizes[split])
        for number, triple in enumerate(triples, 1):
            place = f"pocket {split}:{number}"
            for tree in parse_trees(triple.tree, place):
                yield place, tree

    def fingerprint(self, split: str) -> str:
        """Changes whenever the generator's sentences do."""
        require_split(split)
        digest = hashlib.sha256(self._choices())
        some = min(100, self._sizes[split])
        for triple in pocket.triples(split, some):
            digest.update(f"{triple.tree}\n".encode())
        return digest.hexdigest()
