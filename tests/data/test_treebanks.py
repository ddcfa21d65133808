import re

import pytest

from tests.conftest import SHARED_DATA
from tfformer.data.treebanks import (
    SOURCES,
    PocketTreebank,
    TextTreebank,
    open_treebank,
)
from tfformer.data.wsj import NltkTreebank, PtbTreebank
from tfformer.errors import ConfigError, DataError


def test_sources_have_names(tmp_path):
    kinds = [type(open_treebank(source, tmp_path)) for source in SOURCES]
    assert kinds[:3] == [TextTreebank, PtbTreebank, NltkTreebank]
    assert kinds[3:] == [PocketTreebank, PocketTreebank]


def test_an_unknown_source_is_named():
    with pytest.raises(ConfigError, match="text, ptb, nltk_tree.*'tiger'"):
        open_treebank("tiger")


@pytest.mark.parametrize("source", ["text", "ptb"])
def test_files_need_a_folder(source):
    with pytest.raises(ConfigError, match=f"--data_dir.*source={source}"):
        open_treebank(source)


def test_a_missing_text_split_is_named(tmp_path):
    (tmp_path / "train.mrg").write_text("(TOP (NN a))\n")
    with pytest.raises(DataError, match=r"dev\.mrg: no such.*: train\.mrg"):
        list(open_treebank("text", tmp_path).trees("dev"))


def test_a_missing_text_folder_is_named(tmp_path):
    with pytest.raises(DataError, match=r"--data_dir.*none.*dev\.mrg"):
        list(open_treebank("text", tmp_path / "none").trees("dev"))


def test_pocket_is_always_there():
    treebank = open_treebank("pocket")
    trees = list(treebank.trees("dev"))
    assert {tree.label() for tree in trees} == {"TOP"}
    assert len(trees) == treebank.counts["dev"]["kept"] == 500
    assert treebank.fingerprint("dev") != treebank.fingerprint("test")


def test_pocket_names_its_splits():
    with pytest.raises(DataError, match="train, dev, test.*'val'"):
        list(open_treebank("pocket").trees("val"))


def test_craft_is_read_as_text():
    if not (SHARED_DATA / "craft").is_dir():
        pytest.skip(f"real data not at hand: {SHARED_DATA}/craft is absent")
    treebank = open_treebank("text", SHARED_DATA / "craft")
    for tree in treebank.trees("dev"):
        labels = {node.label() for node in tree.subtrees(_is_constituent)}
        assert "-NONE-" not in {tag for _, tag in tree.pos()}
        assert not re.search("[-=]", "".join(labels))
    assert treebank.counts["dev"]["trees"] == 2780


def _is_constituent(node):
    return node.height() > 2
