import hypothesis
import pytest
from nltk.tree import Tree

from tests.data.random_trees import raw_trees
from tfformer.data.tree_cleaning import (
    clean,
    collapse_unaries,
    normalise_root,
    remove_traces,
    strip_functions,
)
from tfformer.data.trees import MAX_DEPTH, parse_trees

RAW = """( (S (NP-SBJ-1 (NP (-LRB- -LRB-) (NN x-ray))) (VP=2 (VBD was)
    (NP (-NONE- *-1)) (SBAR (-NONE- 0) (S (-NONE- *T*-2)))) (. .)))"""
CLEAN = """(TOP (S (NP (NP (-LRB- -LRB-) (NN x-ray))) (VP (VBD was)) (. .)))"""


def tree(text):
    return Tree.fromstring(text)


def test_a_tree_is_cleaned():
    raw = tree(RAW)
    assert clean(raw) == tree(CLEAN)
    assert raw == tree(RAW)


def test_unaries_collapse_only_by_choice():
    assert clean(tree(RAW), collapse=True) == tree(
        "(TOP (S (NP (-LRB- -LRB-) (NN x-ray)) (VP (VBD was)) (. .)))"
    )


@pytest.mark.parametrize("collapse", [False, True])
def test_the_deepest_tree_that_is_read_is_cleaned(collapse):
    depth = MAX_DEPTH - 1
    text = "(TOP " + "(X " * (depth - 1) + "(NN-1 a)" + ")" * depth
    (deepest,) = parse_trees(text, "x")
    assert clean(deepest, collapse).leaves() == ["a"]


@hypothesis.given(raw_trees())
def test_cleaning_is_idempotent(raw):
    for collapse in (False, True):
        once = clean(raw, collapse)
        if once is None:
            assert {tag for _, tag in raw.pos()} == {"-NONE-"}
        else:
            assert clean(once, collapse) == once


@hypothesis.given(raw_trees())
def test_cleaning_keeps_the_words(raw):
    words = [word for word, tag in raw.pos() if tag != "-NONE-"]
    cleaned = clean(raw)
    assert words == ([] if cleaned is None else cleaned.leaves())


@hypothesis.given(raw_trees())
def test_cleaning_leaves_its_argument_alone(raw):
    before = raw.copy(deep=True)
    clean(raw, collapse=True)
    assert raw == before


@pytest.mark.parametrize(
    ("label", "stripped"),
    [
        ("NP-SBJ", "NP"),
        ("NP=2", "NP"),
        ("NP-SBJ-1=2", "NP"),
        ("NP=2-SBJ", "NP"),
        ("PRT|ADVP", "PRT|ADVP"),
        ("-X-", "-X-"),
        ("", ""),
    ],
)
def test_function_tags_are_cut(label, stripped):
    before = Tree(label, [Tree("NN-X", ["a-b"])])
    assert strip_functions(before) == Tree(stripped, [Tree("NN-X", ["a-b"])])


def test_a_tree_of_traces_is_none():
    assert remove_traces(tree("(S (NP (-NONE- *)) (-NONE- 0))")) is None


@pytest.mark.parametrize(
    "text",
    [
        "( (S (NN a)))",
        "(TOP (S (NN a)))",
        "(S1 (S (NN a)))",
        "(ROOT (S (NN a)))",
        "( (TOP (S (NN a))))",
        "(S (NN a))",
    ],
)
def test_every_root_becomes_top(text):
    assert normalise_root(tree(text)) == tree("(TOP (S (NN a)))")


def test_a_root_may_have_many_children_or_one_word():
    assert normalise_root(tree("( (S (NN a)) (. .))")) == tree(
        "(TOP (S (NN a)) (. .))"
    )
    assert normalise_root(tree("(NN a)")) == tree("(TOP (NN a))")
    assert normalise_root(tree("(TOP a)")) == tree("(TOP (TOP a))")


def test_a_constituent_over_its_namesake_tag_stays():
    same = tree("(TOP (X (X a)))")
    assert collapse_unaries(same) == same
    assert collapse_unaries(tree("(TOP (X (X (X (X a)))))")) == same
