import random

import pytest
import sacrebleu
from hypothesis import given, settings
from hypothesis import strategies as st

from tfformer.metrics.bleu import BleuStats, bleu_stats

WORDS = ["the", "dog", "sleeps", ".", "a", "cat's", "don't", "1,000"]
SENTENCES = st.lists(
    st.lists(st.sampled_from(WORDS), min_size=0, max_size=8).map(" ".join),
    min_size=1,
    max_size=12,
)


@settings(max_examples=40)
@given(SENTENCES, st.integers(0, 1000), st.integers(0, 12))
def test_parts_merge_to_sacrebleus_corpus_score(references, seed, cut):
    hypotheses = list(references)
    random.Random(seed).shuffle(hypotheses)
    want = sacrebleu.corpus_bleu(hypotheses, [references]).score
    whole = bleu_stats(hypotheses, references)
    merged = bleu_stats(hypotheses[:cut], references[:cut]).merge(
        bleu_stats(hypotheses[cut:], references[cut:])
    )
    assert merged == whole
    assert merged.compute()["bleu"] == pytest.approx(want)
    assert merged.compute()["sentences"] == len(references)


def test_the_signature_is_sacrebleus():
    metric = sacrebleu.metrics.BLEU()
    metric.corpus_score(["x"], [["x"]])
    scores = bleu_stats(["a b c d"], ["a b c d"]).compute()
    assert scores["signature"] == str(metric.get_signature())
    assert scores["bleu"] == pytest.approx(100.0)


def test_nothing_scores_zero():
    assert BleuStats().compute()["bleu"] == 0.0


def test_counts_must_agree():
    with pytest.raises(ValueError, match="Received: 1 and 2"):
        bleu_stats(["a"], ["a", "b"])
