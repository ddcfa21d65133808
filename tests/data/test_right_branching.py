import hypothesis
import hypothesis.strategies as st
import pytest
from nltk.tree import Tree

from tfformer.data.right_branching import right_branching
from tfformer.errors import DataError


@pytest.mark.parametrize(
    ("words", "tree"),
    [
        ("a", "(S (XX a))"),
        (".", "(S (. .))"),
        ("a .", "(S (XX a) (. .))"),
        ("a b", "(S (XX a) (XX b))"),
        ("a b c .", "(S (XX a) (VP (XX b) (XX c)) (. .))"),
        ("a b c d", "(S (XX a) (VP (XX b) (VP (XX c) (XX d))))"),
    ],
)
def test_each_word_governs_what_follows(words, tree):
    expected = Tree.fromstring(f"(TOP {tree})")
    assert right_branching(words.split()) == expected


@hypothesis.given(st.integers(1, 2000))
def test_any_length_has_all_words(length):
    words = [str(i) for i in range(length)]
    assert right_branching(words, ["NN"] * length).leaves() == words


def test_words_and_tags_must_be_as_many():
    with pytest.raises(DataError, match="Received: 1 words, 2 tags"):
        right_branching(["a"], ["NN", "NN"])
    with pytest.raises(DataError, match="at least one"):
        right_branching([])
