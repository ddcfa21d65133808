import pytest

from tfformer.data.punctuation import (
    DELETED_TAGS,
    punctuation_tags,
    same_to_evalb,
    settle_line,
)
from tfformer.metrics.evalb import corpus_stats, read_parameters


@pytest.mark.parametrize(
    ("words", "tags"),
    [
        ("Yes , -- ; : ... no .", "XX , : : : : XX ."),
        # Of compounds and formulas, but for one in fifty.
        ("a \u2014 b \u2026 1 \u2013 2 - 3", "XX : XX : XX XX XX XX XX"),
        ("What ? No !", "XX . XX ."),
        ("`` a ''", "`` XX ''"),
        ("-LRB- $ # -RRB- - %", "-LRB- $ # -RRB- XX XX"),
        ("the dogs ' tails", "XX XX XX XX"),
        ("a ` b ' dogs '", "XX `` XX '' XX XX"),
        ("[ { \u201c \u201d", "-LRB- -LRB- `` ''"),
    ],
)
def test_punctuation_has_penn_tags(words, tags):
    assert punctuation_tags(words.split()) == tags.split()


@pytest.mark.parametrize(
    ("tag", "other", "same"),
    [
        ("NN", "XX", True),
        (",", ":", True),
        ("NN", ",", False),
        # new.prm deletes the tag "?" too, COLLINS.prm does not.
        ("?", "XX", False),
        ("?", ".", False),
        ("?", "?", True),
    ],
)
def test_tags_are_alike_if_evalb_deletes_both_or_none(tag, other, same):
    assert same_to_evalb(tag, other) is same
    assert same_to_evalb(other, tag) is same


GOLD = "(TOP (S (NP (CD 3) (HYPH :) (CD 1)) (: -) (. .)))"


@pytest.mark.parametrize(
    ("line", "settled"),
    [
        # Deleted in the parse only: kept, with a wrong tag.
        (
            "(TOP (S (NP (CD 3)) (: :) (CD 1) (: -) (. .)))",
            "(TOP (S (NP (CD 3)) (XX :) (CD 1) (: -) (. .)))",
        ),
        # Deleted in gold only: deleted.
        (
            "(TOP (S (NP (CD 3) (NN :) (CD 1) (HYPH -)) (. .)))",
            "(TOP (S (NP (CD 3) (NN :) (CD 1) (: -)) (. .)))",
        ),
        # Other words, or another number of them: an error stays one.
        ("(TOP (X (CD 3) (: :)))", "(TOP (X (CD 3) (: :)))"),
        (
            "(TOP (CD 3) (: :) (CD 2) (: -) (. .))",
            "(TOP (CD 3) (: :) (CD 2) (: -) (. .))",
        ),
        (GOLD, GOLD),
    ],
)
def test_a_parse_takes_from_gold_what_is_punctuation(line, settled):
    assert settle_line(line, GOLD, DELETED_TAGS) == settled


def test_a_settled_parse_is_no_error_and_gains_no_tag():
    parse = "(TOP (S (NP (CD 3)) (: :) (CD 1) (: -) (. .)))"
    parameters = read_parameters("COLLINS")
    assert corpus_stats([GOLD], [parse], parameters).compute()["errors"] == 1
    found = corpus_stats(
        [GOLD], [settle_line(parse, GOLD, parameters.delete_labels)], parameters
    )
    assert found.compute()["errors"] == 0
    # Three words count, of which two have gold's tag.
    assert found.compute()["tagging"] == pytest.approx(200 / 3)


def test_what_is_deleted_is_what_the_parameter_file_says(tmp_path):
    """A treebank's own tags: PU is Chinese punctuation."""
    (tmp_path / "chinese.prm").write_text("DELETE_LABEL PU\nDELETE_LABEL TOP\n")
    parameters = read_parameters(str(tmp_path / "chinese.prm"))
    gold = "(TOP (IP (NN a) (VV b) (PU c)))"
    parse = "(TOP (IP (NN a) (VV b) (XX c)))"
    assert corpus_stats([gold], [parse], parameters).compute()["errors"] == 1
    settled = settle_line(parse, gold, parameters.delete_labels)
    assert settled == gold
    # One that deletes no tag takes none from gold.
    comma = "(TOP (S (NN a) (, ,)))", "(TOP (S (NN a) (NN ,)))"
    assert settle_line(*comma, frozenset(("TOP",))) == comma[0]
