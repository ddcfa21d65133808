import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.metrics.evalb.trees import COLLINS, NK
from tfformer.metrics.evalb.brackets import UNCLOSED, read_tree

UNBALANCED = "Bracketing is unbalanced (too many open bracket)"


def read(line, parameters=COLLINS):
    return read_tree(line, parameters)


def spans(tree):
    return [(b.start, b.end, b.label) for b in tree.brackets]


def test_brackets_come_in_the_order_they_open():
    tree = read("(TOP (S (NP (DT an) (NN owl)) (VP (VBZ hoots)) (. .)))\n")
    assert tree.words == ["an", "owl", "hoots"]
    assert tree.tags == ["DT", "NN", "VBZ"]
    assert spans(tree) == [
        (0, 3, "TOP"),
        (0, 3, "S"),
        (0, 2, "NP"),
        (2, 3, "VP"),
    ]
    assert (tree.length, tree.errors) == (4, [])


def test_length_counts_punctuation_and_not_traces():
    tree = read("(S (, ,) (-NONE- *T*) (NN owl))")
    assert (tree.length, tree.words) == (2, ["owl"])


@pytest.mark.parametrize(
    "line, words, brackets",
    [
        ("", [], 0),
        (" \t\r\n", [], 0),
        ("()", [], 1),
        ("( )", [""], 0),
        ("(ADVP )", [""], 0),
        ("(ADVP)", [], 1),
        ("((S(NN owl)))", ["owl"], 2),
        ("( (S (NN owl)))", ["owl"], 2),
        ("(NN owl) (VB hoot)", ["owl", "hoot"], 0),
        ("(P (NN owl)) (Q (VB hoot))", ["owl", "hoot"], 2),
        ("(NN\towl)", ["owl"], 0),
        ("(NN a\u00a0b\u2003c)", ["a\u00a0b\u2003c"], 0),
        ("(, (NN owl))", ["owl"], 1),
        ("(.-X .)", ["."], 0),
        ("(-LRB- -LRB-)", ["-LRB-"], 0),
        ("(NN 1\\/2)", ["1\\/2"], 0),
        ("(NN \udcff)", ["\udcff"], 0),
    ],
)
def test_what_is_a_terminal(line, words, brackets):
    tree = read(line)
    assert (tree.words, len(tree.brackets)) == (words, brackets)
    assert not tree.errors


@pytest.mark.parametrize(
    "line", ["(S (NN owl)", "(S (NN owl)))", ")", "(", "(S (NN owl))) (S"]
)
def test_unbalanced_lines_are_errors(line):
    tree = read(line)
    assert tree.errors == [UNBALANCED]
    assert not tree.malformed


def test_a_bracket_that_is_not_closed_has_no_end():
    assert spans(read("(S (NP (NN owl))")) == [
        (0, UNCLOSED, "S"),
        (0, 1, "NP"),
    ]


@pytest.mark.parametrize(
    "line, error",
    [
        ("(S (NP an owl))", "More than two elements in a bracket"),
        ("(S (NN owl ))", "More than two elements in a bracket"),
        ("(S (NP an owl) (VP may hoot))", "More than two elements in a"),
        ("(S (NN owl) hoots)", "Reading sentence"),
        ("(S an(NN owl))", "Reading sentence"),
        ("an (NN owl)", "Reading sentence"),
    ],
)
def test_stray_words_are_one_error_of_the_line(line, error):
    tree = read(line)
    assert tree.malformed
    assert len(tree.errors) == 1
    assert tree.errors[0].startswith(error)


def test_quotes_know_where_they_are():
    tree = read("(S (NP (NN owl) (POS ')) ('' ') (NN \"))", NK)
    assert tree.words == ["owl", "'", '"']
    assert [(q.tag, q.index, q.bracket, q.inside) for q in tree.quotes] == [
        ("POS", 1, 2, (0, 1)),
        ("''", 2, 2, (0,)),
        ("NN", 2, 2, (0,)),
    ]


@given(st.text(alphabet="() \tA'-\u00a0", max_size=40))
def test_any_line_is_read(line):
    tree = read(line, NK)
    assert len(tree.words) == len(tree.tags) <= tree.length
    for bracket in tree.brackets:
        assert bracket.end == UNCLOSED or bracket.start <= bracket.end
    if line.count("(") != line.count(")"):
        assert UNBALANCED in tree.errors
