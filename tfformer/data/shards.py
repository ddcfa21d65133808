"""A corpus encoded in shards: each by itself, then joined by an index.

A shard is a folder that exists whole or not at all, so that shards may be
written by any number of processes or machines, in any order, and a run that
was cut short goes on with those that are missing.
"""

import contextlib
import json
import os
import pathlib
import tempfile
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np

from tfformer.data.atomic import ASIDE, written_aside
from tfformer.data.checksums import (
    CHUNK,
    checksum,
    checksums,
    damaged_files,
    require_undamaged,
)
from tfformer.data.encoded import (
    CORPUS_FILES,
    SIDES,
    EncodedCorpus,
    Encoder,
    read_array,
    seal,
    write_ids,
    write_order,
)
from tfformer.data.sources import Example
from tfformer.errors import DataError

# What training reads besides the ids of the shards.
_INDEX = tuple(name for name in CORPUS_FILES if not name.endswith(".i32"))
_SHARD = tuple(name for name in CORPUS_FILES if name != "order.i64")


def shard_name(number: int, of: int) -> str:
    """Returns the name of a shard's folder, such as "00003-of-00064"."""
    return f"{number:05}-of-{of:05}"


def write_shard(
    examples: Iterable[Example],
    encoders: tuple[Encoder, Encoder],
    directory: pathlib.Path,
    max_length: int | None,
    records: int,
    origin: Mapping[str, Any],
    on_block: Callable[[int], None],
) -> None:
    """Encodes one shard and writes it, aside and then renamed.

    Args:
        examples: strings, in a stream.
        encoders: of inputs and of targets.
        directory: the shard's folder.
        max_length: most tokens of a side, end id counted; None for no limit.
        records: how many records of the source the examples come from.
        origin: what decides the shard's content, to be told from another by.
        on_block: called with how many pairs were done since the last call.
    """
    with written_aside(directory) as aside:
        aside.mkdir()
        manifest = write_ids(examples, encoders, aside, max_length, on_block)
        counts = manifest["counts"]
        counts["absent"] = records - counts["pairs"]
        manifest["origin"] = origin
        manifest["files"] = checksums(aside, _SHARD)
        (aside / "manifest.json").write_text(json.dumps(manifest))


def is_whole(directory: pathlib.Path, origin: Mapping[str, Any]) -> bool:
    """Tells whether a shard is there, of that origin and unaltered."""
    try:
        manifest = json.loads((directory / "manifest.json").read_text())
        return manifest["origin"] == origin and not damaged_files(
            directory, manifest["files"]
        )
    except (OSError, ValueError, KeyError):
        return False


def join_shards(
    directory: pathlib.Path, names: Sequence[str]
) -> dict[str, Any]:
    """Writes what makes one corpus of shards: its index and its manifest.

    Streams: one shard's index is in memory at a time, no ids are.

    Args:
        directory: the folder that holds the shards.
        names: of the shards' folders, in the order of their examples.

    Returns:
        The manifest, which is written last.
    """
    manifests = [
        json.loads((directory / name / "manifest.json").read_text())
        for name in names
    ]
    length_counts = _added([m["length_counts"] for m in manifests])
    pairs = [m["counts"]["pairs"] for m in manifests]
    with tempfile.TemporaryDirectory(
        dir=directory, prefix=f".index{ASIDE}"
    ) as aside:
        _join_index(directory, names, pairs, pathlib.Path(aside))
        write_order(pathlib.Path(aside), length_counts)
        for name in _INDEX:
            os.replace(pathlib.Path(aside) / name, directory / name)
    files = checksums(directory, _INDEX)
    for name, manifest in zip(names, manifests, strict=True):
        files |= {f"{name}/{n}": v for n, v in manifest["files"].items()}
    whole = {
        "counts": {
            reason: sum(m["counts"][reason] for m in manifests)
            for reason in manifests[0]["counts"]
        },
        "crc32": {
            side: checksum(directory / name / f"{side}.i32" for name in names)
            for side in SIDES
        },
        "length_counts": length_counts.tolist(),
        "shards": list(names),
        "files": files,
    }
    with written_aside(directory / "manifest.json") as aside:
        aside.write_text(json.dumps(whole))
    return whole


def unite(
    directory: pathlib.Path,
    target: pathlib.Path,
    on_block: Callable[[int], None],
) -> EncodedCorpus:
    """Copies joined shards to where training reads, and checks them.

    A batch has examples of every shard, so ids that lie in one file are
    gathered faster. What was checked and copied once need not be
    again, nor can it change under a run.

    Args:
        directory: the folder that `join_shards` has written.
        target: of the copy, in the format of `EncodedCorpus`; written aside
            and renamed.
        on_block: called with how many bytes were copied since the last call.

    Raises:
        DataError: if files are missing or altered.
    """
    manifest = json.loads((directory / "manifest.json").read_text())
    sources = {name: [name] for name in _INDEX}
    for side in SIDES:
        name = f"{side}.i32"
        sources[name] = [f"{shard}/{name}" for shard in manifest["shards"]]
    damaged = []
    with written_aside(target) as aside:
        aside.mkdir()
        for name, parts in sources.items():
            with open(aside / name, "wb") as file:
                for part in parts:
                    wanted = tuple(manifest["files"][part])
                    if _append(directory / part, file, on_block) != wanted:
                        damaged.append(part)
        if damaged:
            files = {part: manifest["files"][part] for part in damaged}
            require_undamaged(str(directory), damaged_files(directory, files))
            raise DataError(
                f"{directory}: {', '.join(damaged)} came in another way at "
                "first than it does now, so that its disk or network cannot "
                "be trusted. Run the same command again."
            )
        seal(aside, manifest)
    return EncodedCorpus(target)


def _append(
    path: pathlib.Path, target: BinaryIO, on_block: Callable[[int], None]
) -> tuple[int, int]:
    """Copies a file to the end of another; returns its size and CRC-32."""
    size = value = 0
    with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            target.write(chunk)
            size, value = size + len(chunk), zlib.crc32(chunk, value)
            on_block(len(chunk))
    return size, value


def _join_index(
    directory: pathlib.Path,
    names: Sequence[str],
    pairs: Sequence[int],
    target: pathlib.Path,
) -> None:
    """Writes numbers and offsets of all shards, one after the other.

    A shard counts its own pairs from 0, `pairs` of them: how many records
    before it are none is known only now.
    """
    with open(target / "numbers.i64", "wb") as file:
        first = 0
        for name, count in zip(names, pairs, strict=True):
            path = directory / name / "numbers.i64"
            (read_array(path, np.int64) + first).tofile(file)
            first += count
    for side in SIDES:
        base = 0
        with open(target / f"{side}.offsets.i64", "wb") as file:
            np.zeros(1, np.int64).tofile(file)
            for name in names:
                path = directory / name / f"{side}.offsets.i64"
                offsets = read_array(path, np.int64) + base
                offsets[1:].tofile(file)
                base = int(offsets[-1])


def _added(counts: Sequence[Sequence[int]]) -> np.ndarray:
    """Adds up counts of different lengths."""
    total = np.zeros(max(map(len, counts)), np.int64)
    for one in counts:
        total[: len(one)] += one
    return total
