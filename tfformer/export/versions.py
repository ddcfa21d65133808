"""The numbered folders of an exported model, as TensorFlow Serving has them."""

import os
import pathlib

from tfformer.data.atomic import unwritable_parent
from tfformer.errors import UserError


def new_version(
    output_dir: str | os.PathLike, version: int | None = None
) -> pathlib.Path:
    """Returns the folder of a version that is not there yet.

    Args:
        output_dir: the model's base path in TensorFlow Serving.
        version: its version; by default the one after the largest there is.

    Raises:
        UserError: if that version is there already, or `output_dir` is a file
            or cannot be written to.
    """
    folder = pathlib.Path(output_dir)
    if folder.exists() and not folder.is_dir():
        raise UserError(
            f"`--output_dir` must be a folder. Received: {folder}, which is a "
            "file. Choose another path."
        )
    next_one = _largest(folder) + 1
    path = folder / str(version or next_one)
    if path.exists():
        raise UserError(
            f"`--version`: {path} is there already, and an exported version "
            f"is never overwritten. Leave --version out for {next_one}."
        )
    there = unwritable_parent(path)
    if there is not None:
        raise UserError(
            "`--output_dir` must be a folder that can be written to. Received: "
            f"{folder}; {there} cannot. Choose another path."
        )
    return path


def newest_version(folder: str | os.PathLike) -> pathlib.Path | None:
    """Returns the folder of the newest whole version, or None.

    Args:
        folder: of the versions; need not exist.
    """
    whole = {
        number: path
        for number, path in _numbered(pathlib.Path(folder)).items()
        if (path / "saved_model.pb").is_file()
    }
    return whole[max(whole)] if whole else None


def _largest(folder):
    """The largest version, whole or not; 0 for none."""
    return max(_numbered(folder), default=0)


def _numbered(folder):
    """What is in a folder, which need not exist, under a number."""
    paths = folder.iterdir() if folder.is_dir() else ()
    return {int(path.name): path for path in paths if path.name.isdecimal()}
