"""A corpus as ids on disk, read through memory maps.

Written once in a stream and never held in memory, so that its size is bounded
by the disk. A folder holds, for "inputs" and "targets", the flat ids and the
offset of each example; the number that each example had in the source; and the
order of the examples by length.
"""

import collections
import itertools
import json
import os
import pathlib
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from tfformer.data.atomic import written_aside
from tfformer.data.checksums import checksums, damaged_files
from tfformer.data.sources import Example
from tfformer.errors import DataError
from tfformer.progress import Progress

SIDES = ("inputs", "targets")
CORPUS_FILES = (
    "numbers.i64",
    *(f"{side}.{kind}" for side in SIDES for kind in ("i32", "offsets.i64")),
    "order.i64",
)
_MANIFEST = "manifest.json"
_BLOCK = 4096

Ids = Sequence[int] | np.ndarray
Encoder = Callable[[Sequence[str]], list[list[int]]]


class EncodedCorpus:
    """Random access to encoded examples.

    Args:
        directory: what `encode_corpus` wrote.

    Attributes:
        counts: "pairs" there were, and what became of them: "kept", "empty",
            "too_long"; of prepared data also "absent", records of the
            source that are no pair.
        checksums: of the ids of each side.
        order: int64 `[kept]`, the examples by length.
        length_counts: int64 `[longest + 1]`, how many have each length.
    """

    def __init__(self, directory: str | os.PathLike) -> None:
        directory = pathlib.Path(directory)
        manifest = json.loads((directory / _MANIFEST).read_text())
        self.counts: dict[str, int] = manifest["counts"]
        self.checksums: dict[str, int] = manifest["crc32"]
        self.order = read_array(directory / "order.i64", np.int64)
        self._numbers = read_array(directory / "numbers.i64", np.int64)
        self.length_counts = np.array(manifest["length_counts"])
        self._ids = {
            side: read_array(directory / f"{side}.i32", np.int32)
            for side in SIDES
        }
        self._offsets = {
            side: read_array(directory / f"{side}.offsets.i64", np.int64)
            for side in SIDES
        }

    def __len__(self) -> int:
        return len(self.order)

    def batch(
        self, places: np.ndarray, multiple_of: int = 1
    ) -> tuple[np.ndarray, np.ndarray]:
        """Gathers and pads examples.

        Args:
            places: int `[batch]`, places in the order of lengths.
            multiple_of: rows of padding are added up to a multiple of this
                that is above 0.

        Returns:
            inputs int32 `[rows, input_length]` and targets int32 `[rows,
            target_length]`, padded with 0.
        """
        examples = self.order[places]
        rows = max(1, -(-len(examples) // multiple_of)) * multiple_of
        inputs, targets = (self._gather(s, examples, rows) for s in SIDES)
        return inputs, targets

    def _gather(self, side: str, examples: np.ndarray, rows: int) -> np.ndarray:
        starts = self._offsets[side][examples]
        lengths = self._offsets[side][examples + 1] - starts
        columns = np.arange(lengths.max(initial=1))
        padded = np.zeros((rows, len(columns)), np.int32)
        real = padded[: len(examples)]
        # The next example's ids are taken too and then made padding: cheaper
        # than to take an example's own only.
        self._ids[side].take(starts[:, None] + columns, out=real, mode="clip")
        real *= columns < lengths[:, None]
        return padded

    def ids(self, side: str, places: np.ndarray) -> list[np.ndarray]:
        """Returns the ids of one side, int32 `[length]` for each example.

        Args:
            side: "inputs" or "targets".
            places: int `[batch]`, places in the order of lengths.
        """
        ids, offsets = self._ids[side], self._offsets[side]
        return [
            ids[offsets[example] : offsets[example + 1]]
            for example in self.order[places]
        ]

    def numbers(self, places: np.ndarray) -> np.ndarray:
        """Returns which examples of the source, counted from 0, those are.

        Args:
            places: int `[batch]`, places in the order of lengths.
        """
        return self._numbers[self.order[places]]


def pad_examples(examples: Sequence[Ids], multiple_of: int = 1) -> np.ndarray:
    """Pads examples as `EncodedCorpus.batch` does.

    Args:
        examples: ids, a sequence for each.
        multiple_of: rows of padding are added up to a multiple of this that
            is above 0.

    Returns:
        int32 `[rows, length]`.
    """
    rows = max(1, -(-len(examples) // multiple_of)) * multiple_of
    padded = np.zeros((rows, max(map(len, examples), default=1)), np.int32)
    for row, ids in zip(padded, examples, strict=False):
        row[: len(ids)] = ids
    return padded


def encode_corpus(
    examples: Iterable[Example],
    encoders: tuple[Encoder, Encoder],
    directory: str | os.PathLike,
    max_length: int | None,
    label: str,
) -> EncodedCorpus:
    """Encodes a corpus in one pass and writes it.

    Pairs with an empty side, or with a side longer than `max_length`, are left
    out, counted in `EncodedCorpus.counts` and printed.

    Args:
        examples: strings, in a stream.
        encoders: of inputs and of targets; each ends every text by an end id.
        directory: where to write; written aside and renamed.
        max_length: most tokens of a side, end id counted; None for no limit.
        label: the corpus's name in progress lines and errors.

    Raises:
        DataError: if no pair is left.
    """
    with (
        written_aside(directory) as aside,
        Progress(f"encoding {label}", unit="pairs") as progress,
    ):
        aside.mkdir()
        manifest = write_ids(
            examples, encoders, aside, max_length, progress.update
        )
        require_pairs(manifest["counts"], max_length, label)
        write_order(aside, np.array(manifest["length_counts"]))
        seal(aside, manifest)
    return EncodedCorpus(directory)


def seal(directory: pathlib.Path, manifest: Mapping[str, Any]) -> None:
    """Writes the manifest of a corpus, with what its files are to be.

    Args:
        directory: holds `CORPUS_FILES`.
        manifest: of `write_ids`, or of joined shards.
    """
    kept = {
        name: manifest[name] for name in ("counts", "crc32", "length_counts")
    }
    files = checksums(directory, CORPUS_FILES)
    (directory / _MANIFEST).write_text(json.dumps({**kept, "files": files}))


def corpus_damage(
    directory: pathlib.Path, on_file: Callable[[int], None] = lambda size: None
) -> list[str]:
    """Says which files of a corpus are not what was written.

    Args:
        directory: what `encode_corpus` wrote.
        on_file: called with the bytes of each file that was read.
    """
    try:
        manifest = json.loads((directory / _MANIFEST).read_text())
        files = {name: manifest["files"][name] for name in CORPUS_FILES}
        damaged = damaged_files(directory, files, on_file)
        if not damaged and _lengths_differ(directory, manifest):
            damaged = [f"{_MANIFEST} is not of these files"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        damaged = [f"{_MANIFEST} is missing or unreadable"]
    return damaged


def _lengths_differ(
    directory: pathlib.Path, manifest: Mapping[str, Any]
) -> bool:
    """Tells whether the lengths, by which batches are made, are others."""
    offsets = _read_offsets(directory)
    lengths = np.maximum(*(np.diff(side) for side in offsets))
    told = manifest["length_counts"]
    return (
        manifest["counts"]["kept"] != len(lengths)
        or np.bincount(lengths, minlength=len(told)).tolist() != told
    )


def require_pairs(
    counts: dict[str, int], max_length: int | None, label: str
) -> None:
    """Raises if no pair is left.

    Raises:
        DataError: with what became of them.
    """
    if counts["kept"]:
        return
    told = f"{counts['pairs']} pairs, {counts['empty']} with an empty side"
    cure = "Check the files"
    if max_length is not None:
        told += (
            f", {counts['too_long']} longer than max_length={max_length} tokens"
        )
        cure += ", or raise --set data.max_length"
    raise DataError(
        f"{label}: every pair was left out. Received: {told}. {cure}."
    )


def write_ids(
    examples: Iterable[Example],
    encoders: tuple[Encoder, Encoder],
    directory: pathlib.Path,
    max_length: int | None,
    on_block: Callable[[int], None],
) -> dict[str, Any]:
    """Streams ids, offsets and numbers of examples to files.

    Args:
        examples: strings, in a stream.
        encoders: of inputs and of targets.
        directory: folder to write to.
        max_length: most tokens of a side, end id counted; None for no limit.
        on_block: called with how many pairs were done since the last call.

    Returns:
        What `EncodedCorpus` reads from the manifest: "counts", "crc32" and
        "length_counts".
    """
    counts = dict.fromkeys(("pairs", "kept", "empty", "too_long"), 0)
    lengths_seen: collections.Counter[int] = collections.Counter()
    writers = [_SideWriter(directory, side) for side in SIDES]
    stream = iter(examples)
    with open(directory / "numbers.i64", "wb") as numbers:
        while block := list(itertools.islice(stream, _BLOCK)):
            ids = zip(
                encoders[0]([example.inputs for example in block]),
                encoders[1]([example.targets for example in block]),
                strict=True,
            )
            kept = []
            for example, pair in zip(block, ids, strict=True):
                verdict = _judge(example, pair, max_length)
                counts[verdict] += 1
                if verdict == "kept":
                    kept.append(counts["pairs"])
                    lengths_seen[max(map(len, pair))] += 1
                    for writer, side_ids in zip(writers, pair, strict=True):
                        writer.add(side_ids)
                counts["pairs"] += 1
            np.array(kept, np.int64).tofile(numbers)
            for writer in writers:
                writer.flush()
            on_block(len(block))
    crc32 = {
        side: writer.close()
        for side, writer in zip(SIDES, writers, strict=True)
    }
    longest = max(lengths_seen, default=0)
    return {
        "counts": counts,
        "crc32": crc32,
        "length_counts": [lengths_seen[n] for n in range(longest + 1)],
    }


def _judge(
    example: Example, ids: tuple[list[int], list[int]], max_length: int | None
) -> str:
    """Says what becomes of an example, in the names of the counts."""
    if not example.inputs.strip() or not example.targets.strip():
        return "empty"
    if max_length is not None and max(map(len, ids)) > max_length:
        return "too_long"
    return "kept"


class _SideWriter:
    """Appends the ids of one side to its two files, a block at a time."""

    def __init__(self, directory: pathlib.Path, side: str) -> None:
        self._ids = open(directory / f"{side}.i32", "wb")
        self._offsets = open(directory / f"{side}.offsets.i64", "wb")
        self._end = 0
        self._block: list[int] = []
        self._block_offsets = [0]
        self._checksum = 0

    def add(self, ids: list[int]) -> None:
        self._block.extend(ids)
        self._end += len(ids)
        self._block_offsets.append(self._end)

    def flush(self) -> None:
        content = np.array(self._block, np.int32).tobytes()
        self._checksum = zlib.crc32(content, self._checksum)
        self._ids.write(content)
        np.array(self._block_offsets, np.int64).tofile(self._offsets)
        self._block, self._block_offsets = [], []

    def close(self) -> int:
        """Closes both files and returns the checksum of the ids."""
        # The first offset, where there was no block at all.
        self.flush()
        self._ids.close()
        self._offsets.close()
        return self._checksum


def write_order(directory: pathlib.Path, length_counts: np.ndarray) -> None:
    """Sorts examples by the length of their longer side, block by block.

    A counting sort: only one block of examples is in memory at a time.

    Args:
        directory: where the offsets are, and the order goes.
        length_counts: int `[longest + 1]`, how many have each length.
    """
    offsets = _read_offsets(directory)
    size = len(offsets[0]) - 1
    order = _new_array(directory / "order.i64", size)
    free = np.cumsum(length_counts) - length_counts
    for first in range(0, size, 1 << 20):
        last = min(first + (1 << 20), size)
        lengths = np.maximum(
            *(np.diff(side[first : last + 1]) for side in offsets)
        )
        by_length = np.argsort(lengths, kind="stable")
        ordered = lengths[by_length]
        # Rank of each example among those of its length in this block.
        rank = np.arange(len(ordered)) - np.searchsorted(ordered, ordered)
        order[free[ordered] + rank] = first + by_length
        free += np.bincount(lengths, minlength=len(free))
    order.flush()


def _read_offsets(directory: pathlib.Path) -> list[np.ndarray]:
    return [
        read_array(directory / f"{side}.offsets.i64", np.int64)
        for side in SIDES
    ]


def _new_array(path: pathlib.Path, size: int) -> np.memmap:
    """Maps a new file of int64.

    Raises:
        OSError: if the disk has no room for it. Without asking for that first,
            a page that has none would end the process.
    """
    with open(path, "wb") as file:
        try:
            os.posix_fallocate(file.fileno(), 0, max(1, size * 8))
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(path)) from error
    return np.memmap(path, np.int64, mode="r+", shape=(size,))


def read_array(path: pathlib.Path, dtype: type) -> np.ndarray:
    """Maps a file of numbers into memory."""
    if not path.stat().st_size:
        return np.zeros(0, dtype)
    # A plain array over the map: `memmap` itself is slow to take parts of.
    return np.memmap(path, dtype, mode="r").view(np.ndarray)
