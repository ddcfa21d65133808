import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.test_encoded import ENCODERS
from tfformer.data.encoded import SIDES, EncodedCorpus, encode_corpus
from tfformer.data.shards import (
    damaged_files,
    is_whole,
    join_shards,
    shard_name,
    write_shard,
)
from tfformer.data.sources import Example


def pairs(count, seed=0):
    """Pairs of chance lengths; some are empty and some too long."""
    random = np.random.default_rng(seed)
    return [
        Example("a" * random.integers(0, 13), "b" * random.integers(0, 13))
        for _ in range(count)
    ]


def make_shards(examples, of, directory):
    """Writes the shards, the last one first, and joins them."""
    for number in reversed(range(of)):
        records = range(
            number * len(examples) // of, (number + 1) * len(examples) // of
        )
        write_shard(
            (examples[n] for n in records),
            ENCODERS,
            directory / shard_name(number, of),
            10,
            records,
            lambda count: None,
        )
    join_shards(directory, [shard_name(n, of) for n in range(of)])
    return EncodedCorpus(directory)


@given(count=st.integers(2, 60), of=st.integers(1, 9), seed=st.integers(0, 9))
def test_shards_joined_are_the_corpus(tmp_path_factory, count, of, seed):
    folder = tmp_path_factory.mktemp("shards")
    examples = [Example("a", "b"), *pairs(count, seed)]
    whole = encode_corpus(examples, ENCODERS, folder / "whole", 10, "train")
    joined = make_shards(examples, of, folder / "joined")
    assert joined.counts == {**whole.counts, "absent": 0}
    assert joined.checksums == whole.checksums
    np.testing.assert_array_equal(joined.order, whole.order)
    np.testing.assert_array_equal(joined.length_counts, whole.length_counts)
    everything = np.random.default_rng(seed).permutation(len(whole))
    for places in (everything, everything[: len(everything) // 2]):
        np.testing.assert_array_equal(
            joined.numbers(places), whole.numbers(places)
        )
        for multiple_of in (1, 4):
            for got, want in zip(
                joined.batch(places, multiple_of),
                whole.batch(places, multiple_of),
                strict=True,
            ):
                assert got.dtype == want.dtype
                np.testing.assert_array_equal(got, want)


def test_a_share_without_examples_is_a_row_of_padding(tmp_path):
    corpus = make_shards(pairs(20), 3, tmp_path)
    for side in corpus.batch(np.zeros(0, np.int64), 2):
        assert side.tolist() == [[0], [0]]


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
        assert not is_whole(shard)
    (shard / name).write_bytes(content[:-1])
    assert "in place of" in damaged_files(tmp_path, files)[0]
    (shard / name).unlink()
    assert damaged_files(tmp_path, files) == [f"{shard.name}/{name} is missing"]
    assert not is_whole(shard)


def test_all_that_training_reads_has_a_checksum(tmp_path):
    make_shards(pairs(20), 2, tmp_path)
    files = json.loads((tmp_path / "manifest.json").read_text())["files"]
    for side in SIDES:
        assert f"{shard_name(0, 2)}/{side}.i32" in files
        assert f"{side}.offsets.i64" in files
    assert {"order.i64", "numbers.i64"} <= set(files)
