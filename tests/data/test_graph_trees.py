import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from tests.data.random_trees import trees
from tfformer.data import graph_trees
from tfformer.data.linearize import linearize
from tfformer.data.punctuation import punctuation_tags
from tfformer.data.repair import repair
from tfformer.data.trees import MAX_DEPTH, parse_trees, to_line
from tfformer.tasks.parsing import to_example


@given(
    st.lists(trees(), min_size=1, max_size=3),
    st.booleans(),
    st.sampled_from([frozenset(), frozenset([",", "["])]),
)
def test_brackets_equal_python(some_trees, tags, ambiguous):
    symbols = [linearize(tree, tags) for tree in some_trees]
    examples = [to_example(tree) for tree in some_trees]
    words = [example.inputs.split(" ") for example in examples]
    graph = graph_trees.bracketed(
        tf.constant([" ".join(s) for s in symbols]),
        tf.constant([example.inputs for example in examples]),
        tags,
        ambiguous,
    )
    want = [
        to_line(repair(s, w, tags, ambiguous).tree)
        for s, w in zip(symbols, words, strict=True)
    ]
    assert [line.decode() for line in graph.numpy()] == want


@given(
    st.lists(
        st.lists(
            st.sampled_from(
                "` ' '' , . a ? -LRB- \u2014 \u2026 \u2013".split()
            ),
            min_size=1,
        ),
        min_size=1,
        max_size=3,
    )
)
def test_tags_equal_python(sentences):
    words = tf.ragged.constant(sentences).to_tensor("")
    tags = graph_trees.punctuation_tags(words).numpy()
    for row, sentence in zip(tags, sentences, strict=True):
        got = [tag.decode() for tag in row[: len(sentence)]]
        assert got == punctuation_tags(sentence)


@pytest.mark.parametrize("depth", [MAX_DEPTH - 1, MAX_DEPTH])
def test_what_no_reader_takes_is_flat_as_in_python(depth):
    """A chart of 200 words and more may nest spans of two labels each."""
    symbols = " ".join(["(S"] * depth + ["NN", "NN"] + [")S"] * depth)
    graph = graph_trees.bracketed(
        tf.constant([symbols, "(S NN NN )S"]),
        tf.constant(["a b", "c ,"]),
        True,
        frozenset(),
    )
    lines = [line.decode() for line in graph.numpy()]
    python = repair(symbols.split(" "), ["a", "b"], True, frozenset())
    assert lines == [to_line(python.tree), "(TOP (S (NN c) (, ,)))"]
    assert python.flat == (depth == MAX_DEPTH)
    assert parse_trees(lines[0], "the graph's")


def test_flat_trees_equal_python():
    words = ["a b .", "c"]
    graph = graph_trees.flat_trees(tf.constant(words)).numpy()
    want = [to_line(repair([], w.split(" ")).tree) for w in words]
    assert [line.decode() for line in graph] == want
