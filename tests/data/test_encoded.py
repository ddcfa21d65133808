import errno
import json
import tracemalloc

import numpy as np
import pytest

from tfformer.data.encoded import (
    CORPUS_FILES,
    EncodedCorpus,
    corpus_damage,
    encode_corpus,
)
from tfformer.data.sources import Example
from tfformer.errors import DataError


def count_letters(texts):
    """One id for each letter, ended: enough of a tokenizer here."""
    return [[ord(c) for c in text] + [2] for text in texts]


ENCODERS = (count_letters, count_letters)
PAIRS = [
    Example("abc", "x"),
    Example("", "lost"),
    Example("a", "yy"),
    Example("lost", " "),
    Example("abcdefgh", "toolong"),
    Example("ab", "zzzz"),
]


def test_examples_come_back_and_the_rest_is_counted(tmp_path):
    corpus = encode_corpus(PAIRS, ENCODERS, tmp_path / "c", 6, "train")
    assert corpus.counts == {"pairs": 6, "kept": 3, "empty": 2, "too_long": 1}
    assert len(corpus) == 3
    inputs, targets = corpus.batch(np.arange(3))
    # Sorted by the longer side: "a" / "yy", "abc" / "x", "ab" / "zzzz".
    assert inputs.tolist() == [[97, 2, 0, 0], [97, 98, 99, 2], [97, 98, 2, 0]]
    assert targets[0].tolist() == [121, 121, 2, 0, 0]
    # Their places in the source, the ones left out counted.
    assert corpus.numbers(np.arange(3)).tolist() == [2, 0, 5]
    again = EncodedCorpus(tmp_path / "c")
    np.testing.assert_array_equal(again.batch(np.array([2]))[0], [[97, 98, 2]])


def test_a_corpus_whose_every_pair_is_left_out_is_refused(tmp_path):
    with pytest.raises(DataError, match="train: every pair.*6 pairs, 2 with"):
        encode_corpus(PAIRS, ENCODERS, tmp_path / "c", 1, "train")
    assert list(tmp_path.iterdir()) == []


def test_order_is_by_length_and_stable(tmp_path):
    random = np.random.default_rng(0)
    pairs = [
        Example("a" * random.integers(1, 20), "b" * random.integers(1, 20))
        for _ in range(9000)
    ]
    corpus = encode_corpus(pairs, ENCODERS, tmp_path / "c", None, "train")
    lengths = np.array([max(len(p.inputs), len(p.targets)) + 1 for p in pairs])
    np.testing.assert_array_equal(
        corpus.order, np.argsort(lengths, kind="stable")
    )
    np.testing.assert_array_equal(corpus.length_counts, np.bincount(lengths))


def test_memory_does_not_grow_with_the_corpus(tmp_path):
    def peak(pairs):
        stream = (Example("word " * 9, "wort " * 9) for _ in range(pairs))
        tracemalloc.start()
        encode_corpus(stream, ENCODERS, tmp_path / str(pairs), None, "train")
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(40_000) < 1.3 * peak(10_000)


@pytest.mark.parametrize("name", CORPUS_FILES)
def test_every_file_of_a_corpus_is_compared_with_what_was_written(
    tmp_path, name
):
    folder = tmp_path / "c"
    encode_corpus(PAIRS, ENCODERS, folder, 6, "train")
    assert corpus_damage(folder) == []
    path = folder / name
    whole = path.read_bytes()
    # As after a power cut, or an interrupted copy.
    for content, words in ((bytes(len(whole)), "CRC-32"), (b"", "in place")):
        path.write_bytes(content)
        assert [name in found for found in corpus_damage(folder)] == [True]
        assert words in corpus_damage(folder)[0]
    path.unlink()
    assert corpus_damage(folder) == [f"{name} is missing"]


@pytest.mark.parametrize("text", ["{", "[]", "null", '{"files": []}', "{}"])
def test_what_is_no_manifest_is_damaged(tmp_path, text):
    encode_corpus(PAIRS, ENCODERS, tmp_path / "c", 6, "train")
    (tmp_path / "c" / "manifest.json").write_text(text)
    (found,) = corpus_damage(tmp_path / "c")
    assert "manifest.json is missing or unreadable" in found


@pytest.mark.parametrize("name", ["counts", "length_counts"])
def test_a_manifest_that_counts_otherwise_is_damaged(tmp_path, name):
    encode_corpus(PAIRS, ENCODERS, tmp_path / "c", 6, "train")
    path = tmp_path / "c" / "manifest.json"
    manifest = json.loads(path.read_text())
    if name == "counts":
        manifest["counts"]["kept"] += 1
    else:
        manifest["length_counts"][-1] = 0
    path.write_text(json.dumps(manifest))
    assert corpus_damage(tmp_path / "c") == [
        "manifest.json is not of these files"
    ]


def test_a_disk_without_room_for_the_order_is_an_error(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", full)
    with pytest.raises(OSError, match="No space left.*order.i64"):
        encode_corpus(PAIRS, ENCODERS, tmp_path / "c", 6, "train")
    assert not (tmp_path / "c").exists()
