import pytest
from hypothesis import given
from nltk.tree import Tree

from tests.data.random_trees import trees
from tfformer.data.binary_tree import Span, to_binary, to_symbols
from tfformer.data.linearize import linearize
from tfformer.data.repair import repair
from tfformer.data.trees import parse_trees
from tfformer.errors import DataError


@given(trees())
def test_a_tree_comes_back(tree):
    symbols = to_symbols(to_binary(tree))
    assert symbols == linearize(tree, tags=True)
    words = tree.leaves()
    assert repair(symbols, words, tags=True).tree == tree


@given(trees())
def test_it_has_one_span_for_each_gap(tree):
    binary = to_binary(tree)
    size = len(tree.leaves())
    assert len(binary.tags) == len(binary.leaves) == size
    assert len(binary.spans) == size - 1
    spans = {(span.begin, span.end) for span in binary.spans}
    assert len(spans) == size - 1
    for place, span in enumerate(binary.spans, 1):
        assert span.begin < place < span.end
    for begin, end in spans:
        assert not any(b < begin < e < end for b, e in spans)


def test_it_joins_from_the_left():
    tree = parse_trees("(TOP (X (Y (A a) (B b) (C c) (Z (D d)))))", "")[0]
    binary = to_binary(tree)
    assert binary.spans == [
        Span(0, 2, ()),
        Span(0, 3, ()),
        Span(0, 4, ("X", "Y")),
    ]
    assert binary.leaves == [(), (), (), ("Z",)]


def test_another_root_is_refused():
    with pytest.raises(DataError, match="`tree` must have the root TOP"):
        to_binary(Tree("S", [Tree("NN", ["dog"])]))
