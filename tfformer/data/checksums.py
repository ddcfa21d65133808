"""Size and CRC-32 of files, which tell a whole one from a damaged one."""

import hashlib
import pathlib
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence

from tfformer.errors import DataError

# Bytes read at once.
CHUNK = 1 << 22

# {path inside a folder: [bytes, CRC-32]}
Files = Mapping[str, Sequence[int]]


def checksums(
    directory: pathlib.Path, names: Iterable[str]
) -> dict[str, list[int]]:
    """Returns size and CRC-32 of files."""
    return {
        name: [
            (directory / name).stat().st_size,
            checksum([directory / name]),
        ]
        for name in names
    }


def damaged_files(
    directory: pathlib.Path,
    files: Files,
    on_file: Callable[[int], None] = lambda size: None,
) -> list[str]:
    """Compares files with their sizes and checksums.

    Args:
        directory: what the names are inside of.
        files: what they should be.
        on_file: called with the bytes of each file that was read.

    Returns:
        The files that are missing or altered, and how.
    """
    found = []
    for name, (size, expected) in files.items():
        path = directory / name
        if not path.is_file():
            found.append(f"{name} is missing")
        elif path.stat().st_size != size:
            found.append(
                f"{name} has {path.stat().st_size} bytes in place of {size}"
            )
        elif checksum([path]) != expected:
            found.append(f"{name} has another CRC-32")
        on_file(size)
    return found


def checksum(paths: Iterable[pathlib.Path]) -> int:
    """Returns the CRC-32 of files, one after the other."""
    value = 0
    for path in paths:
        with open(path, "rb") as file:
            while chunk := file.read(CHUNK):
                value = zlib.crc32(chunk, value)
    return value


def short_hash(content: bytes) -> str:
    """Returns a name for a content, the same on every machine."""
    return hashlib.sha256(content).hexdigest()[:16]


def require_undamaged(label: str, damaged: Sequence[str]) -> None:
    """Raises if there are damaged files.

    Raises:
        DataError: naming them.
    """
    if damaged:
        raise DataError(
            f"{label}: prepared data is damaged: {'; '.join(damaged[:5])}"
            + (f" and {len(damaged) - 5} more" if len(damaged) > 5 else "")
            + ". Run pipelines.prepare_data again with the same flags: it "
            "keeps what is whole and makes the rest anew."
        )
