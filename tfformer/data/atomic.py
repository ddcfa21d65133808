"""Files and folders that exist whole or not at all."""

import contextlib
import os
import pathlib
import secrets
import shutil
from collections.abc import Iterator

# What names of things not yet renamed have in them, after a leading dot.
ASIDE = ".tmp-"


@contextlib.contextmanager
def written_aside(path: str | os.PathLike) -> Iterator[pathlib.Path]:
    """Yields a sibling path to write to, renamed to `path` at the end.

    A reader, or a run that follows a crash, sees the old content or the new
    and never half of it. Works for a file and for a folder; a folder at `path`
    is replaced only if it is empty. If the body raises, what it wrote is
    removed and `path` is untouched.

    Args:
        path: the final place; its parent is created.

    Yields:
        The temporary path, which does not exist yet.
    """
    # Absolute, since "." has no name of its own.
    path = pathlib.Path(os.path.abspath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    # Containers that share a disk may share process ids.
    own = f"{os.getpid()}-{secrets.token_hex(4)}"
    aside = path.with_name(f".{path.name}{ASIDE}{own}")
    try:
        yield aside
        os.replace(aside, path)
    except OSError as error:
        if error.filename is not None and aside == pathlib.Path(
            os.fsdecode(error.filename)
        ):
            # The name that the user knows.
            error.filename = str(path)
        raise
    finally:
        _remove(aside)


def unwritable_parent(path: str | os.PathLike) -> pathlib.Path | None:
    """Returns what keeps anything from being written to a path, if it is.

    Args:
        path: what is to be made, with the folders above it that are not there.

    Returns:
        The nearest thing above that is there, if it is no folder, or none that
        may be written to.
    """
    above = pathlib.Path(os.path.abspath(path)).parents
    there = next(place for place in above if place.exists())
    return None if there.is_dir() and os.access(there, os.W_OK) else there


def remove_remains(directory: str | os.PathLike, of: str = "*") -> None:
    """Removes what killed processes had not yet renamed.

    Args:
        directory: folder whose entries are looked at; need not exist.
        of: pattern of the names that they were to have.
    """
    for path in pathlib.Path(directory).glob(f".{of}{ASIDE}*"):
        _remove(path)


def _remove(path: pathlib.Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
