import hypothesis
import hypothesis.strategies as st
import pytest
from nltk.tree import Tree

from tests.conftest import SHARED_DATA
from tests.data.random_trees import trees
from tfformer.data.linearize import delinearize, linearize
from tfformer.data.punctuation import punctuation_tags, same_to_evalb
from tfformer.data.treebanks import open_treebank
from tfformer.errors import DataError

TREE = Tree.fromstring(
    "(TOP (S (NP (NNP Ann)) (VP (VBZ naps) (PRT (RP on))) (. .)))"
)


def same_score(tree, back):
    """Whether EVALB gives `back` 100 on `tree`, without an error."""
    pairs = zip(tree.pos(), back.pos(), strict=True)
    return _brackets(tree) == _brackets(back) and all(
        word == other and same_to_evalb(tag, other_tag)
        for (word, tag), (other, other_tag) in pairs
    )


def _brackets(tree):
    return [node.label() for node in tree.subtrees(lambda t: t.height() > 2)], [
        len(node.leaves()) for node in tree.subtrees(lambda t: t.height() > 2)
    ]


def test_labels_are_on_both_brackets():
    assert linearize(TREE) == (
        "(S (NP XX )NP (VP XX (PRT XX )PRT )VP XX )S".split()
    )
    assert linearize(TREE, tags=True) == (
        "(S (NP NNP )NP (VP VBZ (PRT RP )PRT )VP . )S".split()
    )


def test_the_way_back():
    words = TREE.leaves()
    assert delinearize(linearize(TREE), words) == Tree.fromstring(
        "(TOP (S (NP (XX Ann)) (VP (XX naps) (PRT (XX on))) (. .)))"
    )
    assert delinearize(linearize(TREE, tags=True), words, tags=True) == TREE


@hypothesis.given(trees())
def test_the_round_trip_with_tags_is_the_identity(tree):
    symbols = linearize(tree, tags=True)
    assert delinearize(symbols, tree.leaves(), tags=True) == tree


@hypothesis.given(trees())
def test_the_round_trip_without_tags_scores_in_full(tree):
    symbols = linearize(tree)
    assert same_score(tree, delinearize(symbols, tree.leaves()))


def test_a_tag_is_spelled_out_where_the_word_would_mislead_evalb():
    tree = Tree.fromstring("(TOP (NP (NN a) (: -) (NN :) ('' ')))")
    assert linearize(tree) == ["(NP", "XX", ":", "NN", "''", ")NP"]


@pytest.mark.parametrize("root", ["(S (NN a))", "(TOP a)"])
def test_the_root_must_be_top(root):
    with pytest.raises(DataError, match="root TOP"):
        linearize(Tree.fromstring(root))


@pytest.mark.parametrize(
    ("symbols", "message"),
    [
        ("(S XX )NP )S", "1 mistakes.*closes nothing"),
        ("(S XX", "is not closed"),
        ("(S XX XX )S", "'XX' has no word left"),
        ("(S )S XX", "holds no word"),
        ("(S )S", "2 mistakes"),
        ("", "1 words have no symbol"),
        ("(S XX (NP )NP )S", "holds no word"),
    ],
)
def test_malformed_symbols_are_named(symbols, message):
    with pytest.raises(DataError, match=message):
        delinearize(symbols.split(), ["a"])


@hypothesis.given(st.lists(st.sampled_from(["(S", ")S", "XX"]), max_size=8))
def test_what_comes_back_gives_the_symbols_again(symbols):
    words = ["a"] * symbols.count("XX")
    try:
        tree = delinearize(symbols, words, tags=True)
    except DataError:
        return
    if words:
        assert linearize(tree, tags=True) == symbols


def treebank(name):
    if name == "pocket":
        return open_treebank("pocket")
    folder, source = {
        "craft": ("craft", "text"),
        "nltk": ("nltk_data", "nltk_treebank"),
    }[name]
    if not (SHARED_DATA / folder).is_dir():
        pytest.skip(f"real data not at hand: {SHARED_DATA / folder} is absent")
    return open_treebank(source, SHARED_DATA / folder)


@pytest.mark.parametrize("name", ["pocket", "nltk", "craft"])
def test_every_tree_of_a_treebank_comes_back(name):
    for tree in treebank(name).trees("dev"):
        words = tree.leaves()
        exact = delinearize(linearize(tree, tags=True), words, tags=True)
        assert exact == tree
        assert same_score(tree, delinearize(linearize(tree), words))


def test_few_sentences_of_wsj_need_a_tag_spelled_out():
    sentences = [tree.pos() for tree in treebank("nltk").trees("train")]
    exceptional = 0
    for pairs in sentences:
        guesses = punctuation_tags([word for word, _ in pairs])
        exceptional += not all(
            same_to_evalb(tag, guess)
            for (_, tag), guess in zip(pairs, guesses, strict=True)
        )
    assert exceptional <= 0.003 * len(sentences)
