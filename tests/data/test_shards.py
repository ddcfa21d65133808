import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.test_encoded import ENCODERS
from tfformer.data import shards
from tfformer.data.encoded import SIDES, encode_corpus
from tfformer.data.shards import (
    damaged_files,
    is_whole,
    join_shards,
    shard_name,
    unite,
    write_shard,
)
from tfformer.data.sources import Example
from tfformer.errors import DataError


def pairs(count, seed=0):
    """Pairs of chance lengths; some are empty and some too long."""
    random = np.random.default_rng(seed)
    return [
        Example("a" * random.integers(0, 13), "b" * random.integers(0, 13))
        for _ in range(count)
    ]


def make_shards(examples, of, directory):
    """Writes the shards, the last one first, and joins them.

    A record that is None is no pair.
    """
    for number in reversed(range(of)):
        records = range(
            number * len(examples) // of, (number + 1) * len(examples) // of
        )
        write_shard(
            (examples[n] for n in records if examples[n]),
            ENCODERS,
            directory / shard_name(number, of),
            10,
            len(records),
            {"text": "this"},
            lambda count: None,
        )
    join_shards(directory, [shard_name(n, of) for n in range(of)])
    return directory


def united(directory):
    return unite(directory, directory / "united", lambda size: None)


@given(
    count=st.integers(2, 60),
    of=st.integers(1, 9),
    seed=st.integers(0, 9),
    absent=st.sets(st.integers(0, 60)),
)
def test_shards_joined_are_the_corpus(
    tmp_path_factory, count, of, seed, absent
):
    folder = tmp_path_factory.mktemp("shards")
    records = [Example("a", "b"), *pairs(count, seed)]
    for place in absent:
        records.insert(place, None)
    examples = [record for record in records if record]
    whole = encode_corpus(examples, ENCODERS, folder / "whole", 10, "train")
    joined = united(make_shards(records, of, folder / "joined"))
    assert joined.counts == {**whole.counts, "absent": len(absent)}
    assert joined.checksums == whole.checksums
    np.testing.assert_array_equal(joined.order, whole.order)
    np.testing.assert_array_equal(joined.length_counts, whole.length_counts)
    for name in ("order", "numbers", *(f"{s}.offsets" for s in SIDES)):
        assert (folder / f"joined/united/{name}.i64").read_bytes() == (
            folder / f"whole/{name}.i64"
        ).read_bytes()
    for side in SIDES:
        assert (folder / f"joined/united/{side}.i32").read_bytes() == (
            folder / f"whole/{side}.i32"
        ).read_bytes()


@pytest.mark.parametrize("name", ["numbers.i64", "inputs.i32", "targets.i32"])
def test_every_altered_byte_is_noticed(name, tmp_path):
    make_shards(pairs(20), 2, tmp_path)
    files = json.loads((tmp_path / "manifest.json").read_text())["files"]
    assert damaged_files(tmp_path, files) == []
    shard = tmp_path / shard_name(1, 2)
    content = bytearray((shard / name).read_bytes())
    for place in (0, len(content) // 2, len(content) - 1):
        altered = content.copy()
        altered[place] ^= 1
        (shard / name).write_bytes(altered)
        assert damaged_files(tmp_path, files) == [
            f"{shard.name}/{name} has another CRC-32"
        ]
        assert not is_whole(shard, {"text": "this"})
        if name != "numbers.i64":
            with pytest.raises(DataError, match=f"{name} has another CRC-32"):
                united(tmp_path)
            assert not (tmp_path / "united").exists()
    (shard / name).write_bytes(content[:-1])
    assert "in place of" in damaged_files(tmp_path, files)[0]
    (shard / name).unlink()
    assert damaged_files(tmp_path, files) == [f"{shard.name}/{name} is missing"]
    assert not is_whole(shard, {"text": "this"})


def test_a_shard_of_another_origin_is_not_kept(tmp_path):
    make_shards(pairs(20), 2, tmp_path)
    shard = tmp_path / shard_name(1, 2)
    assert is_whole(shard, {"text": "this"})
    assert not is_whole(shard, {"text": "that"})


def test_all_that_training_reads_has_a_checksum(tmp_path):
    make_shards(pairs(20), 2, tmp_path)
    files = json.loads((tmp_path / "manifest.json").read_text())["files"]
    for side in SIDES:
        assert f"{shard_name(0, 2)}/{side}.i32" in files
        assert f"{side}.offsets.i64" in files
    assert {"order.i64", "numbers.i64"} <= set(files)


def test_a_part_that_is_read_in_two_ways_is_never_sealed(tmp_path, monkeypatch):
    make_shards(pairs(20), 2, tmp_path)
    append, seen = shards._append, []

    def once_wrong(path, target, on_block):
        size, value = append(path, target, on_block)
        seen.append(path)
        return size, value ^ (len(seen) == 2)

    monkeypatch.setattr(shards, "_append", once_wrong)
    with pytest.raises(DataError, match="cannot be trusted"):
        united(tmp_path)
    assert not (tmp_path / "united").exists()
