import random

import pytest
import sacrebleu
from hypothesis import given, settings
from hypothesis import strategies as st

from tfformer.metrics.chrf import ChrfStats, chrf_stats

SENTENCES = st.lists(st.text("ab ü.語", max_size=12), min_size=1, max_size=8)


@settings(max_examples=40)
@given(SENTENCES, st.integers(0, 1000), st.integers(0, 8))
def test_parts_merge_to_sacrebleus_corpus_score(references, seed, cut):
    hypotheses = list(references)
    random.Random(seed).shuffle(hypotheses)
    want = sacrebleu.corpus_chrf(hypotheses, [references]).score
    whole = chrf_stats(hypotheses, references)
    merged = chrf_stats(hypotheses[:cut], references[:cut]).merge(
        chrf_stats(hypotheses[cut:], references[cut:])
    )
    assert merged == whole
    assert merged.compute()["chrf"] == pytest.approx(want)


def test_known_strings():
    # By hand: 2 characters of 3 are right, 1 pair of 2, and not the triple.
    stats = chrf_stats(["abc"], ["abd"])
    precision = (2 / 3 + 1 / 2 + 0) / 3
    assert stats.compute()["chrf"] == pytest.approx(100 * precision)


def test_the_signature_is_sacrebleus():
    metric = sacrebleu.metrics.CHRF()
    metric.corpus_score(["x"], [["x"]])
    scores = chrf_stats(["a b c d"], ["a b c d"]).compute()
    assert scores["chrf_signature"] == str(metric.get_signature())
    assert scores["chrf"] == pytest.approx(100.0)


def test_nothing_scores_zero():
    assert ChrfStats().compute()["chrf"] == 0.0
    assert chrf_stats((), ()) == ChrfStats()


def test_counts_must_agree():
    with pytest.raises(ValueError, match="Received: 1 and 2"):
        chrf_stats(["a"], ["a", "b"])
