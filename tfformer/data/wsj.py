"""Where the trees of the Wall Street Journal lie, and who learns from which."""

import os
import pathlib
import zipfile

from tfformer.data.treebank import (
    File,
    FileTreebank,
    Report,
    require_folder,
    require_split,
)
from tfformer.errors import DataError
from tfformer.progress import announce

# Sections of the Wall Street Journal: every paper's split.
_SECTIONS = {"train": range(2, 22), "dev": range(22, 23), "test": range(23, 24)}
# File numbers of NLTK's sample.
_SAMPLE = {
    "train": range(1, 160),
    "dev": range(160, 180),
    "test": range(180, 200),
}
_LDC_CURE = (
    "The Penn Treebank 3 (LDC99T42) is to be had from the Linguistic Data "
    "Consortium, https://catalog.ldc.upenn.edu/LDC99T42; give the folder it "
    "unpacks to as --data_dir."
)
_NLTK_CURE = (
    "Get the sample with `python -m nltk.downloader treebank`, or with "
    "`-d FOLDER` and give that FOLDER as --data_dir."
)


class PtbTreebank(FileTreebank):
    """The Wall Street Journal as the LDC lays it out.

    `combined/wsj/NN/wsj_*.mrg` or `parsed/mrg/wsj/NN/wsj_*.mrg`, under the
    folder itself or one named `treebank_3`, in lower or upper case; the folder
    may also be `combined`, or the one with the sections.
    """

    def files(self, split: str) -> list[File]:
        """Returns the files of a split, in order.

        Raises:
            DataError: if the split is unknown or files are absent, saying how
                to obtain them.
        """
        require_split(split)
        require_folder(self.data_dir, _LDC_CURE)
        sections = _SECTIONS[split]
        root = self._wsj(split)
        found = {n: _mrg_files(root / f"{n:02}") for n in sections}
        missing = [f"{n:02}" for n in sections if not found[n]]
        if missing:
            raise DataError(
                f"{root}: the split {split!r} is the sections "
                f"{sections[0]:02} to {sections[-1]:02}, with files "
                "wsj_*.mrg. Missing: " + ", ".join(missing) + f". {_LDC_CURE}"
            )
        return [path for paths in found.values() for path in paths]

    def _wsj(self, split: str) -> pathlib.Path:
        """Returns the folder that holds the sections."""
        for above in ("", "treebank_3", "package/treebank_3"):
            for way in ("parsed/mrg/wsj", "combined/wsj", "combined", "wsj"):
                for below in (way, way.upper()):
                    folder = self.data_dir / above / below
                    if any(folder.glob("[0-2][0-9]")):
                        return folder
        if any(self.data_dir.glob("[0-2][0-9]")):
            return self.data_dir
        raise DataError(
            f"{self.data_dir}: this is not the Penn Treebank. It must hold "
            "parsed/mrg/wsj/NN/wsj_*.mrg or combined/wsj/NN/wsj_*.mrg, NN "
            f"from 00 to 24. {_cure(split, [self.data_dir], _LDC_CURE)}"
        )


class NltkTreebank(FileTreebank):
    """The sample of the Wall Street Journal that NLTK ships.

    Args:
        data_dir: an NLTK data folder, with `corpora/treebank` or
            `corpora/treebank.zip`; None for wherever NLTK looks.
        collapse: see `Treebank`.
        skip_malformed: see `Treebank`.
        report: see `Treebank`.
    """

    def __init__(
        self,
        data_dir: str | os.PathLike | None = None,
        collapse: bool = False,
        skip_malformed: bool = False,
        report: Report = announce,
    ) -> None:
        super().__init__(data_dir or "", collapse, skip_malformed, report)
        self._folders = [self.data_dir] if data_dir else _nltk_folders()

    def files(self, split: str) -> list[File]:
        """Returns the files of a split, in order.

        Raises:
            DataError: if the split is unknown or files are absent, saying how
                to obtain them.
        """
        require_split(split)
        root = self._combined(split)
        numbers = _SAMPLE[split]
        files = [root / f"wsj_{number:04}.mrg" for number in numbers]
        missing = [file.name for file in files if not file.is_file()]
        if missing:
            raise DataError(
                f"{root}: the split {split!r} is the files "
                f"{files[0].name} to {files[-1].name}. Missing: "
                f"{len(missing)} of them, the first {missing[0]}. {_NLTK_CURE}"
            )
        return list(files)

    def _combined(self, split: str) -> pathlib.Path | zipfile.Path:
        """Returns the folder that holds the files."""
        for folder in self._folders:
            for way in ("corpora/treebank/", "treebank/", ""):
                if (folder / way / "combined").is_dir():
                    return folder / way / "combined"
            for way in ("corpora", ""):
                archive = folder / way / "treebank.zip"
                if archive.is_file():
                    return _inside(archive)
        searched = ", ".join(map(str, self._folders))
        raise DataError(
            "NLTK's treebank sample must be in corpora/treebank or "
            "corpora/treebank.zip of an NLTK data folder. It is in none of: "
            f"{searched}. {_cure(split, self._folders, _NLTK_CURE)}"
        )


def _cure(split: str, folders: list[pathlib.Path], otherwise: str) -> str:
    """Says what to do, where a folder holds a user's own trees besides."""
    for folder in folders:
        own = folder / f"{split}.mrg"
        if own.is_file():
            return f"To read {own}, trees of your own, --set data.source=text."
    return otherwise


def _inside(archive: pathlib.Path) -> zipfile.Path:
    try:
        return zipfile.Path(archive, "treebank/combined/")
    except zipfile.BadZipFile as error:
        raise DataError(
            f"{archive}: must be the archive of NLTK's treebank sample. "
            "Received: no zip file, or part of one. Remove it. "
            f"{_NLTK_CURE}"
        ) from error


def _mrg_files(folder: pathlib.Path) -> list[pathlib.Path]:
    return sorted(folder.glob("[wW][sS][jJ]_*.[mM][rR][gG]"))


def _nltk_folders() -> list[pathlib.Path]:
    import nltk.data

    return [pathlib.Path(folder) for folder in nltk.data.path]
