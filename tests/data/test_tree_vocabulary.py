import json

import numpy as np
import pytest
from hypothesis import given
from nltk.tree import Tree

from tests.data.random_trees import trees
from tfformer.config import EOS_ID, UNK_ID
from tfformer.data.linearize import linearize
from tfformer.data.tree_vocabulary import TreeVocabulary, build_tree_vocabulary
from tfformer.data.treebanks import open_treebank
from tfformer.data.trees import to_line
from tfformer.data.word_vocabulary import fold
from tfformer.errors import WorkdirError


def make(path, some_trees, tags=False):
    build_tree_vocabulary(some_trees, path, tags)
    return TreeVocabulary(path)


@pytest.fixture(scope="module")
def pocket():
    return list(open_treebank("pocket").trees("dev"))


@given(trees())
def test_a_tree_comes_back(tmp_path_factory, tree):
    path = tmp_path_factory.mktemp("trees") / "target.json"
    for tags in (False, True):
        vocabulary = make(path, [tree], tags)
        ids = vocabulary.encode([to_line(tree)])[0]
        assert ids[-1] == EOS_ID
        assert vocabulary.decode([ids]) == [" ".join(linearize(tree, tags))]
        path.unlink()


def test_kinds_of_symbols(pocket, tmp_path):
    vocabulary = make(tmp_path / "target.json", pocket, tags=True)
    closings, terminals = vocabulary.closings(), vocabulary.terminals()
    for i, symbol in enumerate(vocabulary.symbols):
        if symbol.startswith("("):
            assert vocabulary.symbols[closings[i]] == f"){symbol[1:]}"
        else:
            assert closings[i] == 0
        assert terminals[i] == (i > UNK_ID and symbol[0] not in "()")


def test_bounds_hold_what_was_seen(pocket, tmp_path):
    vocabulary = make(tmp_path / "target.json", pocket)
    deepest = max(tree.height() for tree in pocket)
    assert vocabulary.max_depth >= deepest - 2
    assert 1 <= vocabulary.max_run <= vocabulary.max_depth


def test_an_unseen_label_is_unknown(pocket, tmp_path):
    vocabulary = make(tmp_path / "target.json", pocket)
    ids = vocabulary.encode(["(TOP (NEVER (NN x)))"])[0]
    assert ids[0] == ids[2] == UNK_ID


def test_an_unseen_tag_keeps_the_words_in_step(tmp_path):
    trees = [Tree.fromstring("(TOP (S (NN a) (NN b) (VB c)))")]
    vocabulary = make(tmp_path / "v.json", trees, tags=True)
    (ids,) = vocabulary.encode(["(TOP (S (JJ a) (VB c)))"])
    assert vocabulary.decode([ids]) == ["(S NN VB )S"]


@pytest.mark.parametrize("content", [None, "{", json.dumps({"symbols": []})])
def test_a_missing_or_broken_file_is_named(tmp_path, content):
    path = tmp_path / "target.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(WorkdirError, match=r"target\.json: .*vocabulary"):
        TreeVocabulary(path)


def test_slips_of_annotators_teach_nothing(tmp_path):
    stop = Tree.fromstring("(TOP (S (NN x) (. .)))")
    slip = Tree.fromstring("(TOP (S (NN x) (DT .)))")
    many = make(tmp_path / "many.json", [stop] * 1999 + [slip], tags=True)
    assert many.ambiguous == set()
    assert many.lexicon["."] == ["."]
    few = make(tmp_path / "few.json", [stop] * 19 + [slip], tags=True)
    assert few.ambiguous == {"."}
    assert set(few.lexicon["."]) == {".", "DT"}


def test_a_rare_spelling_of_a_frequent_word_keeps_its_tags(tmp_path):
    frequent = Tree.fromstring("(TOP (S (NN finance) (VB x)))")
    rare = Tree.fromstring("(TOP (S (NNP Finance) (VB x)))")
    made = make(tmp_path / "v.json", [frequent] * 90 + [rare] * 9, tags=True)
    assert made.lexicon["finance"] == ["NN"] and "Finance" not in made.lexicon
    row = made.lexicon_rows([fold("Finance")], folded=True)[0]
    assert {made.symbols[i] for i in np.flatnonzero(row)} == {"NN", "NNP"}
