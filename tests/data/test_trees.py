import hypothesis
import hypothesis.strategies as st
import pytest
from nltk.tree import Tree

from tests.data.random_trees import trees
from tfformer.data.trees import (
    MAX_DEPTH,
    check_sentences,
    numbered_trees,
    parse_trees,
    read_trees,
    to_line,
)
from tfformer.errors import DataError

LINE = "(TOP (S (NP (DT The) (NN end)) (. .)))"


def read(tmp_path, content):
    path = tmp_path / "some.mrg"
    path.write_bytes(content)
    return list(read_trees(path))


def test_one_tree_a_line(tmp_path):
    found = read(tmp_path, f"{LINE}\n\n{LINE}\r\n{LINE}".encode())
    assert found == [Tree.fromstring(LINE)] * 3


def test_trees_over_many_lines(tmp_path):
    content = b"""
( (S
    (NP-SBJ (DT The) (NN end) )
    (VP (-NONE- *?*) )
    (. .) ))
( (S (NN b) ))
"""
    first, second = read(tmp_path, content)
    assert first.label() == ""
    assert first[0][0] == Tree.fromstring("(NP-SBJ (DT The) (NN end))")
    assert second == Tree("", [Tree("S", [Tree("NN", ["b"])])])


def test_a_line_number_is_where_the_tree_begins():
    lines = [b"\n", b"(S\n", b"  (NN a))\n", b"(S (NN b)) (S (NN c))\n"]
    assert [number for number, _ in numbered_trees(lines, "x")] == [2, 4, 4]


def test_a_malformed_tree_costs_no_other_of_its_line():
    line = b"(S (NN a)) (S (NN b c)) (S (NN d)) (S ()) (S (NN e))\n"
    errors = []
    found = [
        tree.leaves() for _, tree in numbered_trees([line], "x", errors.append)
    ]
    assert found == [["a"], ["d"], ["e"]]
    assert [str(error)[:4] for error in errors] == ["x:1:"] * 2


def test_a_byte_order_mark_is_no_word(tmp_path):
    assert read(tmp_path, b"\xef\xbb\xbf(NN a)\n") == [Tree("NN", ["a"])]


def test_only_ascii_whitespace_ends_words(tmp_path):
    (tree,) = read(tmp_path, "(NN a\u00a0b\u2028c\x85)".encode())
    assert tree.leaves() == ["a\u00a0b\u2028c\x85"]


@hypothesis.given(trees())
def test_to_line_and_back_is_the_identity(tree):
    if "a\xa0b" not in tree.leaves():
        assert parse_trees(to_line(tree), "x") == [tree]


@hypothesis.given(trees())
def test_nltk_reads_the_same_trees(tree):
    line = to_line(tree)
    assert parse_trees(line, "x") == [Tree.fromstring(line)]


@hypothesis.given(st.lists(st.text(max_size=5), min_size=1))
def test_a_line_is_a_tree_whatever_the_words(words):
    tree = Tree("TOP", [Tree("NN", [word]) for word in words])
    (back,) = parse_trees(to_line(tree), "x")
    assert len(back.leaves()) == len(words)
    assert all(leaf.split() == [leaf] for leaf in back.leaves())


@pytest.mark.parametrize(
    ("word", "leaf"),
    [
        ("(", "-LRB-"),
        ("a)", "a-RRB-"),
        ("[", "["),
        ("a\tb\u2003c", "a_b_c"),
        ("", "_"),
    ],
)
def test_words_that_would_break_a_line_are_escaped(word, leaf):
    assert to_line(Tree("NN", [word])) == f"(NN {leaf})"


def test_lines_are_written_without_recursion():
    tree = Tree("NN", ["a"])
    for _ in range(5000):
        tree = Tree("S", [tree])
    assert to_line(tree).count("(") == 5001


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            f"{LINE}\n(TOP (S (NN a))\n",
            r"mrg:2: .* has 1 open where the file ends",
        ),
        (
            f"{LINE}\n(TOP (S (NN a)\n{LINE}\n{LINE}))\n",
            r"mrg:2: .* has 2 open where line 3 begins",
        ),
        ("( (S\n  (NN a)\n( (S\n  (NN b) ))\n", r"mrg:1: .*2 open.*line 3"),
        (f"{LINE}\n{LINE})\n", r"mrg:2: .*`\)` where none is open"),
        (f"{LINE}\n)\n", r"mrg:2: .*`\)` where none is open"),
        ("(A (B c))) ((D e)\n", r"mrg:1: .*`\)` where none is open"),
        (f"{LINE}\n(S (NN a b))", r"mrg:2: each word .*'\(NN a b\)'"),
        ("(S (NN a) b)", r"mrg:1: each word .*Received: 'b'"),
        ("(S (NN a)) b", r"mrg:1: each word .*Received: 'b'"),
        ("(S ( a))", r"mrg:1: a word must have a tag.*\( a\)"),
        ("()", r"mrg:1: .*must hold a word.*\(\), an empty tree"),
        ("\n(TOP )", r"mrg:2: .*\(TOP\), an empty tree"),
        ("(TOP (S (NN a) (VP)))", r"mrg:1: .*\(VP\), an empty tree"),
        ("The end .\n", r"mrg:1: .*begin with `\(`.*'The end \.'.*sentences"),
        ("", r"some\.mrg: the file holds no tree"),
        ("\n \n", r"some\.mrg: the file holds no tree"),
        ("(X " * 401 + "(NN a)" + ")" * 401, r"mrg:1: .*deeper than 400"),
    ],
)
def test_what_is_no_tree_is_named(tmp_path, content, message):
    with pytest.raises(DataError, match=message):
        read(tmp_path, content.encode())


def test_bytes_that_are_not_utf8_are_named(tmp_path):
    with pytest.raises(DataError, match=r"mrg:2: not UTF-8"):
        read(tmp_path, LINE.encode() + b"\n(NN \xff)\n")


def test_an_unclosed_string_is_named():
    with pytest.raises(DataError, match="here: .*has 1 open"):
        parse_trees("(S (NN a)", "here")


@hypothesis.given(st.text(alphabet="(() )aB\n", max_size=30))
def test_any_text_is_trees_or_a_data_error(text):
    try:
        list(numbered_trees(text.encode().splitlines(keepends=True), "x"))
    except DataError as error:
        assert str(error).startswith("x:")


def test_the_deepest_tree_has_leaves():
    depth = MAX_DEPTH
    text = "(X " * (depth - 1) + "(NN a)" + ")" * (depth - 1)
    assert parse_trees(text, "x")[0].leaves() == ["a"]


@pytest.mark.parametrize(
    "first", [LINE, "( (S ", "((S (NN a)))", "  (S (NP (NN a)))"]
)
def test_sentences_that_are_trees_are_named(first):
    with pytest.raises(DataError, match=r"in:2: .*words.*Received a tree"):
        list(check_sentences(["", first], "in"))


@pytest.mark.parametrize(
    "first",
    [
        "( laughs )",
        "(a (b c) d)",
        ") (",
        "(see above)",
        "((hello",
        "(The (NASA mission) was good)",
        "(cf. (DNA repair) is needed .",
    ],
)
def test_sentences_may_have_brackets(first):
    lines = [first, LINE]
    assert list(check_sentences(lines, "in")) == lines
