import hypothesis
import hypothesis.strategies as st
import pytest
from nltk.tree import Tree

from tests.data.random_trees import WORDS, trees
from tfformer.data.linearize import linearize
from tfformer.data.repair import repair
from tfformer.data.trees import MAX_DEPTH, parse_trees, to_line

SYMBOLS = st.one_of(
    st.sampled_from(["(S", ")S", "(NP", ")NP", "XX", "NN", "(", ")", ""]),
    st.text(max_size=4),
)


@hypothesis.given(st.lists(SYMBOLS), st.lists(WORDS, min_size=1), st.booleans())
def test_any_symbols_give_a_tree_over_the_words(symbols, words, tags):
    repaired = repair(symbols, words, tags)
    assert repaired.tree.label() == "TOP"
    assert repaired.tree.leaves() == words
    (back,) = parse_trees(to_line(repaired.tree), "x")
    assert len(back.leaves()) == len(words)


@hypothesis.given(trees(), st.booleans())
def test_a_tree_needs_no_repair(tree, tags):
    repaired = repair(linearize(tree, tags), tree.leaves(), tags)
    assert not repaired.problems
    assert not repaired.flat


@pytest.mark.parametrize(
    ("symbols", "expected", "problems"),
    [
        # Open brackets are closed, and what is missing goes innermost.
        ("(S (NP XX )NP (VP XX", "(S (NP (XX a)) (VP (XX b) (XX c)))", 3),
        # After the last bracket it goes into the last constituent.
        ("(S (NP XX )NP )S", "(S (NP (XX a)) (XX b) (XX c))", 1),
        # A closing bracket closes its own, and all within.
        ("(S (NP (PP XX )NP XX )S XX", "(S (NP (PP (XX a))) (XX b)) (XX c)", 1),
        # One that matches nothing is ignored.
        ("(S XX )VP XX XX )S", "(S (XX a) (XX b) (XX c))", 1),
        # Surplus words are ignored.
        ("(S XX XX XX XX XX )S", "(S (XX a) (XX b) (XX c))", 2),
        # Constituents without words are left out, the outer ones too.
        ("(S (NP (PP )PP )NP XX XX XX )S", "(S (XX a) (XX b) (XX c))", 2),
        # No bracket at all can be a tree.
        ("XX XX XX", "(XX a) (XX b) (XX c)", 0),
    ],
)
def test_what_is_well_formed_is_kept(symbols, expected, problems):
    repaired = repair(symbols.split(), ["a", "b", "c"])
    assert repaired.tree == Tree.fromstring(f"(TOP {expected})")
    assert len(repaired.problems) == problems
    assert not repaired.flat


@pytest.mark.parametrize(
    "symbols", ["", "XX", ")S )S", "XX XX XX XX XX", "(S )S XX XX XX"]
)
def test_else_the_tree_is_flat(symbols):
    repaired = repair(symbols.split(), ["a", "b", "."])
    assert repaired.tree == Tree.fromstring("(TOP (S (XX a) (XX b) (. .)))")
    assert repaired.problems
    assert repaired.flat


def test_a_runaway_is_flat():
    repaired = repair(["(NP"] * (MAX_DEPTH + 100), ["a", "b"])
    assert repaired.tree == Tree.fromstring("(TOP (S (XX a) (XX b)))")
    assert repaired.flat


def test_the_deepest_that_is_repaired_can_be_read():
    symbols = [*["(NP"] * (MAX_DEPTH - 1), "XX", "XX"]
    repaired = repair(symbols, ["a", "b"])
    assert not repaired.flat
    (read,) = parse_trees(to_line(repaired.tree), "x")
    assert to_line(read) == to_line(repaired.tree)


def test_without_words_the_tree_is_bare():
    repaired = repair(["(S", "XX", ")S"], [])
    assert (repaired.tree, repaired.flat) == (Tree("TOP", []), True)
    assert to_line(repaired.tree) == "(TOP)"
