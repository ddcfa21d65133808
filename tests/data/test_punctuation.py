import pytest

from tfformer.data.punctuation import punctuation_tags, same_to_evalb


@pytest.mark.parametrize(
    ("words", "tags"),
    [
        ("Yes , -- ; : ... no .", "XX , : : : : XX ."),
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
