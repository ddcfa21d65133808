import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.metrics.evalb.trees import COLLINS, corpora
from tfformer.errors import DataError
from tfformer.metrics.evalb import (
    EvalbStats,
    SentenceScore,
    Status,
    corpus_stats,
)

KEYS = {
    "f1",
    "precision",
    "recall",
    "complete",
    "tagging",
    "crossing",
    "no_crossing",
    "two_or_less_crossing",
    "sentences",
    "errors",
    "skips",
}
NUMBERS = st.integers(0, 50)
STATS = st.lists(
    st.builds(SentenceScore, NUMBERS, st.sampled_from(Status), *[NUMBERS] * 6),
    max_size=5,
).map(EvalbStats.of)


def of_pairs(pairs):
    golds = [gold for gold, _ in pairs]
    tests = [test for _, test in pairs]
    return corpus_stats(golds, tests, COLLINS)


def test_a_corpus_by_hand():
    golds = ["(S (NP (NN a) (NN b)) (VP (VB c)))"] * 4
    tests = [
        golds[0],
        "(S (NN a) (NP (NN b) (NN c)))",
        "(S (NN x))",
        "",
    ]
    scores = corpus_stats(golds, tests, COLLINS).compute()
    assert set(scores) == KEYS | {f"{key}_40" for key in KEYS}
    assert scores["recall"] == pytest.approx(100 * 4 / 6)
    assert scores["precision"] == pytest.approx(100 * 4 / 5)
    assert scores["f1"] == pytest.approx(100 * 8 / 11)
    assert scores["complete"] == scores["no_crossing"] == 50
    assert (scores["crossing"], scores["two_or_less_crossing"]) == (0.5, 100)
    assert scores["tagging"] == pytest.approx(100 * 5 / 6)
    assert [scores[k] for k in ("sentences", "errors", "skips")] == [4, 1, 1]


def test_the_second_block_is_of_short_sentences():
    short = SentenceScore(40, Status.VALID, 1, 2, 2)
    long = SentenceScore(41, Status.ERROR)
    stats = EvalbStats.of([short, long, short], 40)
    assert (stats.all.sentences, stats.short.sentences) == (3, 2)
    assert (stats.all.errors, stats.short.errors) == (1, 0)
    assert EvalbStats.of([short], 39).compute()["sentences_39"] == 0


def test_errors_and_skips_cost_nothing_but_are_counted():
    valid = SentenceScore(4, Status.VALID, 1, 2, 2, 0, 4, 4)
    error = SentenceScore(4, Status.ERROR, 9, 9, 9, 9, 9, 9)
    skip = SentenceScore(4, Status.SKIP)
    alone = EvalbStats.of([valid]).compute()
    among = EvalbStats.of([error, valid, skip]).compute()
    counted = {"sentences", "errors", "skips"}
    for key in KEYS - counted:
        assert among[key] == alone[key]
    assert [among[k] for k in ("sentences", "errors", "skips")] == [3, 1, 1]


def test_the_first_message_is_kept_wherever_the_corpus_was_cut():
    fine, long = "(S (NN a))", f"(S{' (NN a)' * 201})"
    golds, tests = [fine, fine, long, long], [fine, "(S (NN b))", long, long]
    for cut in range(5):
        parts = (
            corpus_stats(golds[part], tests[part], COLLINS)
            for part in (slice(cut), slice(cut, None))
        )
        stats = functools.reduce(EvalbStats.merge, parts)
        assert str(stats.refused) == "sentence 2: Words unmatch (a|b)"
        assert stats.refused.count == 1 and stats.beyond.count == 2
        assert str(stats.beyond).startswith("sentence 3: gold: 201 words, of")


def test_nothing_scores_zero():
    assert set(EvalbStats().compute().values()) == {0}


@given(STATS, STATS, STATS)
def test_merging_is_associative_and_commutative(one, two, three):
    assert one.merge(two).merge(three) == one.merge(two.merge(three))
    assert one.merge(two) == two.merge(one)


@given(STATS)
def test_no_sentences_are_the_neutral_element(stats):
    assert stats.merge(EvalbStats()) == stats == EvalbStats().merge(stats)


@given(corpora, st.integers(0, 6))
def test_parts_merge_to_the_whole(pairs, cut):
    parts = of_pairs(pairs[:cut]).merge(of_pairs(pairs[cut:]))
    assert parts == of_pairs(pairs)


@given(corpora)
def test_percentages_are_between_0_and_100(pairs):
    for key, value in of_pairs(pairs).compute().items():
        assert value >= 0
        if key.removesuffix("_40") in KEYS - {"crossing"}:
            assert value <= 100


def test_other_cutoffs_do_not_merge():
    with pytest.raises(ValueError, match="Received: 70 and 40"):
        EvalbStats().merge(EvalbStats(cutoff=70))


def test_counts_must_agree():
    with pytest.raises(DataError, match="Received: 2 and 1"):
        corpus_stats(["(A)"], ["(A)", "(A)"], COLLINS)
