import dataclasses
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.metrics.evalb.trees import COLLINS, NK, bracketing, leaves, pairs
from tfformer.metrics.evalb import (
    Parameters,
    Status,
    evaluate_sentence,
)
from tfformer.metrics.evalb.brackets import read_tree

OWL = "(TOP (S (NP (DT the) (NN owl)) (VP (VBZ sees) (NP (PRP us))) (. .)))"


def counts(score):
    return score.matched, score.gold, score.test


def score(gold, test, parameters=COLLINS):
    return evaluate_sentence(gold, test, parameters)


def test_a_valid_row():
    test = OWL.replace("NP (PRP", "PP (PRP").replace("DT", "JJ")
    found = score(OWL, test)
    assert found.status == Status.VALID
    assert counts(found) == (3, 4, 4)
    assert (found.length, found.words, found.correct_tags) == (5, 4, 3)
    assert (found.crossing, found.complete) == (0, False)


@pytest.mark.parametrize(
    "gold, test, expected",
    [
        # The order of a unary chain does not matter, its multiplicity does.
        ("(A (B (NN w)))", "(B (A (NN w)))", (2, 2, 2)),
        ("(A (A (A (NN w))))", "(A (NN w))", (1, 3, 1)),
        ("(A (NN w))", "(A (A (A (NN w))))", (1, 1, 3)),
        # Function tags and indices go; other separators do not.
        ("(NP-SBJ=2 (NN w))", "(NP=7 (NN w))", (1, 1, 1)),
        ("(PRT|ADVP (NN w))", "(PRT (NN w))", (0, 1, 1)),
        ("(ADVP (NN w))", "(PRT (NN w))", (1, 1, 1)),
        # Roots: TOP wherever it is, with a function tag, too; no other.
        ("(TOP-1 (A (NN w)))", "(A (TOP (NN w)))", (1, 1, 1)),
        ("(ROOT (A (NN w)))", "(S1 (A (NN w)))", (1, 2, 2)),
        ("((A (NN w)))", "((A (NN w)))", (2, 2, 2)),
        ("((A (NN w)))", "(TOP (A (NN w)))", (1, 2, 1)),
        # What is over deleted words only is deleted.
        ("(A (NN w) (PRN (: --)))", "(A (NN w) (: --))", (1, 1, 1)),
        ("(A (NN w) (B (-NONE- *)) (C))", "(A (NN w))", (1, 1, 1)),
        # Punctuation does not move a span's ends.
        ("(A (B (NN w) (, ,)) (C v))", "(A (B (NN w)) (, ,) (C v))", (2, 2, 2)),
        ("(NN w)", "(NN w)", (0, 0, 0)),
    ],
)
def test_which_brackets_match(gold, test, expected):
    found = score(gold, test)
    assert found.status == Status.VALID
    assert counts(found) == expected
    assert found.complete == (len(set(expected)) == 1)


def test_unlabeled_compares_spans_and_still_deletes():
    unlabeled = dataclasses.replace(COLLINS, labeled=0)
    found = score("(TOP (A (B (NN w))))", "(X (Y (NN w)))", unlabeled)
    assert counts(found) == (2, 2, 2)


def test_of_equalities_that_do_not_chain_the_first_left_is_taken():
    chained = Parameters(equal_labels=frozenset({("A", "B"), ("B", "C")}))
    # B takes A, and C is left with nothing; or B takes C's only partner.
    assert score("(B (A (NN w)))", "(A (C (NN w)))", chained).matched == 1
    assert score("(A (B (NN w)))", "(A (C (NN w)))", chained).matched == 2


def test_crossing_counts_test_brackets_once():
    gold = "(S (A (NN w) (NN x)) (NN y) (NN z))"
    test = "(S (NN w) (P (Q (NN x) (NN y)) (NN z)))"
    assert score(gold, test).crossing == 2
    assert score(test, gold).crossing == 1


@pytest.mark.parametrize(
    "gold, test, status, error",
    [
        (OWL, "", Status.SKIP, None),
        (OWL, "()", Status.SKIP, None),
        (OWL, "(TOP (. .))", Status.SKIP, None),
        ("", "", Status.SKIP, None),
        ("", "(NN owl)", Status.ERROR, "Length unmatch (0|1)"),
        (OWL, OWL[:-1], Status.ERROR, "Bracketing is unbalanced (too many "),
        (OWL, "(", Status.SKIP, "Bracketing is unbalanced"),
        (OWL, OWL.replace("(. .)", "(NN .)"), Status.ERROR, "Length unmatch"),
        (OWL, OWL.replace("us", "Us"), Status.ERROR, "Words unmatch (us|Us)"),
        (OWL, OWL.replace("(DT", "(TOP"), Status.ERROR, "Length unmatch (4|3)"),
        (OWL, OWL.replace("(. .)", "(. !)"), Status.VALID, None),
        (OWL, "(S (NP the owl))", Status.ERROR, "More than two elements in a"),
        (OWL, "(NP the owl)", Status.ERROR, "More than two elements in a"),
        ("the (NN owl)", OWL, Status.ERROR, "Reading sentence"),
    ],
)
def test_each_kind_of_status(gold, test, status, error):
    found = score(gold, test)
    assert found.status == status
    assert len(found.errors) == (error is not None)
    if error is not None:
        assert found.errors[0].startswith(error)


def test_an_unbalanced_row_shows_its_counts():
    found = score(OWL, OWL + ")")
    assert (found.status, counts(found)) == (Status.ERROR, (4, 4, 4))


def test_one_sentence_may_have_several_errors():
    assert len(score(OWL[:-1], "(S (NN owl)").errors) == 3


def test_equal_words_and_tags():
    parameters = Parameters(
        equal_words=frozenset({("this", "This")}),
        equal_labels=frozenset({("N", "M")}),
    )
    found = score("(A (N this) (N x))", "(A (M This) (O x))", parameters)
    assert (found.status, found.correct_tags) == (Status.VALID, 1)


def test_a_quote_taken_for_a_possessive_is_put_back():
    gold = "(TOP (S (NP (NP (NNS owls) (POS ')) (NN eyes)) (VP (VBP see))))"
    test = gold.replace("POS", "''")
    assert score(gold, test).errors == ("Length unmatch (4|3)",)
    for one, other in ((gold, test), (test, gold)):
        found = score(one, other, NK)
        assert (found.status, counts(found)) == (Status.VALID, (4, 4, 4))
        assert (found.words, found.correct_tags) == (4, 3)


def test_two_quotes_are_put_back():
    gold = "(S (NP (NNS owls) (POS ') (POS ')) (VP (VBP see) (NN x)))"
    test = "(S (NP (NNS owls) ('' ') ('' ')) (VP (VBP see) (NN x)))"
    found = score(gold, test, NK)
    assert (found.status, counts(found)) == (Status.VALID, (3, 3, 3))
    assert found.words == 5


def test_what_evalb_cannot_hold_is_scored_with_a_warning():
    words = " ".join(f"(NN w{number})" for number in range(249))
    line = f"(S {words})"
    found = score(line, line)
    assert (found.status, found.words, found.complete) == (0, 249, True)
    assert found.warnings == (
        "gold: 249 words, of which EVALB holds 200",
        "test: 249 words, of which EVALB holds 200",
    )


@pytest.mark.parametrize(
    "line, warning",
    [
        ("(S (NN " + "ä" * 50 + "))", "a word of more than EVALB's 99 bytes"),
        ("(" + "S" * 30 + " (NN w))", "a label of more than EVALB's 29 bytes"),
        ("(S" * 201 + " (NN w)" + ")" * 201, "201 brackets, of which"),
        ("(S (NN w)" + " " * 4990 + ")", "5000 bytes, of which EVALB"),
    ],
)
def test_every_limit_is_told(line, warning):
    found = score(line, line)
    assert found.complete
    assert [text.startswith("gold: " + warning) for text in found.warnings] == [
        True,
        False,
    ]


@given(st.data())
def test_a_tree_against_itself_is_complete(data):
    line = data.draw(bracketing(data.draw(leaves)))
    found = score(line, line)
    assert found.status in (Status.VALID, Status.SKIP)
    assert found.matched == found.gold == found.test
    assert (found.crossing, found.correct_tags) == (0, found.words)


@given(pairs())
def test_swapping_gold_and_test_swaps_precision_and_recall(pair):
    one, other = score(*pair), score(*reversed(pair))
    assert counts(one) == (other.matched, other.test, other.gold)
    assert (one.length, one.words) == (other.length, other.words)
    assert one.complete == other.complete


@given(pairs())
def test_matches_are_a_multiset_intersection(pair):
    def brackets(line):
        return Counter(
            (b.start, b.end, label)
            for b in read_tree(line, COLLINS).brackets
            for label in [re.split("[-=]", b.label)[0].replace("PRT", "ADVP")]
            if b.start < b.end and label != "TOP"
        )

    gold, test = map(brackets, pair)
    found = score(*pair)
    if found.status == Status.VALID:
        assert counts(found) == (
            (gold & test).total(),
            gold.total(),
            test.total(),
        )


@given(pairs(), st.sampled_from(["(TOP {})", "(TOP-X {})", " {}\n", "{}"]))
def test_a_deleted_root_changes_nothing(pair, root):
    gold, test = pair
    assert score(root.format(gold), test) == score(gold, test)


@given(pairs())
def test_deleting_a_label_is_taking_its_brackets_out(pair):
    without = dataclasses.replace(
        COLLINS, delete_labels=COLLINS.delete_labels | {"VP"}
    )
    # A root that is deleted may take the place of any bracket.
    taken_out = [line.replace("(VP ", "(TOP ") for line in pair]
    assert score(*pair, without) == score(*taken_out)


@given(pairs())
def test_function_tags_and_traces_change_nothing(pair):
    gold, test = pair
    decorated = re.sub(r"\((S|NP|VP) ", r"(\1-TMP=3 (-NONE- *T*-1) ", gold)
    assert score(decorated, test) == score(gold, test)


@given(pairs(tags_differ=True))
def test_quotes_put_back_keep_every_bracket_in_the_sentence(pair):
    found = score(*pair, NK)
    assert 0 <= found.matched <= min(found.gold, found.test)
    assert 0 <= found.crossing <= found.test
    assert 0 <= found.correct_tags <= found.words
