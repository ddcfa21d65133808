import re

import pytest

from tfformer.config import POCKET
from tfformer.data import pocket
from tfformer.data.sources import (
    PocketSource,
    TextSource,
    decode_lines,
    read_lines,
)
from tfformer.errors import DataError


def write(folder, **files):
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_bytes(content)
    return TextSource(folder, "en", "de")


def test_pairs_come_in_file_order(tmp_path):
    source = write(tmp_path, dev_en=b"a\nb\r\nc", dev_de="A\nÄ\n\n".encode())
    pairs = [(e.inputs, e.targets) for e in source.examples("dev")]
    assert pairs == [("a", "A"), ("b", "Ä"), ("c", "")]


def test_only_newlines_end_lines(tmp_path):
    line = "one\u2028line\x0b\x0c\x85still\x00".encode()
    source = write(tmp_path, dev_en=line + b"\n", dev_de=b"x\n")
    assert [e.inputs for e in source.examples("dev")] == [line.decode()]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"dev_en": b"a\n"}, r"dev\.de: no such file.*holds: dev\.en"),
        ({"dev_en": b"a\n", "dev_de": b""}, r"dev\.de: the file is empty"),
        (
            {"dev_en": b"a\nb\nc\n", "dev_de": b"A\nB\n"},
            r"dev\.en:3: .*3 lines in dev\.en, 2 in dev\.de",
        ),
        (
            {"dev_en": b"a\nb\n", "dev_de": b"A\nB\nC\nD\n"},
            r"2 lines in dev\.en, 4 in dev\.de",
        ),
        (
            {"dev_en": b"a\nb\xffc\n", "dev_de": b"A\nB\n"},
            r"dev\.en:2: not UTF-8 \(byte 2 of the line is 0xff\)",
        ),
    ],
)
def test_bad_files_are_named(tmp_path, files, message):
    source = write(tmp_path, **files)
    with pytest.raises(DataError, match=message):
        list(source.examples("dev"))


def test_a_missing_folder_is_named(tmp_path):
    source = TextSource(tmp_path / "none", "en", "de")
    with pytest.raises(DataError, match=r"--data_dir.*none.*train\.en"):
        next(source.examples("train"))


def test_standard_input_is_named_in_errors():
    with pytest.raises(DataError, match=re.escape("<stdin>:1: not UTF-8")):
        list(decode_lines(iter([b"\xc3\x28\n"]), "<stdin>"))


def test_the_fingerprint_follows_the_files(tmp_path):
    source = write(tmp_path, dev_en=b"a\n", dev_de=b"A\n")
    before = source.fingerprint("dev")
    assert source.fingerprint("dev") == before
    write(tmp_path, dev_de=b"AB\n")
    assert source.fingerprint("dev") != before


def test_a_small_pocket_is_the_beginning_of_the_whole():
    assert tuple(pocket.SIZES) == POCKET
    small, whole = PocketSource("pocket_small"), PocketSource()
    assert small.count("train") == 2000
    assert list(small.examples("train", 1990)) == list(
        whole.examples("train", 1990, 2000)
    )
    assert list(small.examples("dev")) == list(whole.examples("dev"))


def test_pocket_names_its_splits():
    with pytest.raises(DataError, match="train, dev, test.*'test2016'"):
        list(PocketSource().examples("test2016"))


def test_a_byte_order_mark_is_no_word(tmp_path):
    (tmp_path / "t").write_bytes("\ufeffone\n\ufefftwo\n".encode())
    assert list(read_lines(tmp_path / "t")) == ["one", "\ufefftwo"]
    assert list(read_lines(tmp_path / "t", 1)) == ["\ufefftwo"]
