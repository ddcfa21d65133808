import pytest
import sacrebleu
from hypothesis import given, settings
from hypothesis import strategies as st

from tfformer.metrics.paper_bleu import (
    paper_bleu_stats,
    split_compounds,
    tokenizer,
)
from tfformer.metrics.translation import translation_stats

# By the rules of Moses's tokenizer.perl -l de and of the script's perl line.
KNOWN = {
    "Ein rot-weißes Hemd, z.B. heute.": (
        "Ein rot ##AT##-##AT## weißes Hemd , z.B. heute ."
    ),
    "„Ja“, sagt er & geht.": "„ Ja &quot; , sagt er &amp; geht .",
    "Das [hier] kostet 3,5%.": "Das &#91; hier &#93; kostet 3,5 % .",
    "": "",
}


@pytest.mark.parametrize("text", KNOWN)
def test_tokens_of_known_strings(text):
    assert tokenizer("de")(text) == KNOWN[text]


def test_compounds_are_split_as_by_the_scripts_expression():
    assert split_compounds("a - b") == "a - b"
    assert split_compounds("rich-text") == "rich ##AT##-##AT## text"
    # The letter between was taken by the first match.
    assert split_compounds("a-b-c") == "a ##AT##-##AT## b-c"
    assert split_compounds("ab-cd-ef").count("##AT##-##AT##") == 2


def test_the_two_scores_of_known_strings_differ():
    hypothesis = "Ein Mann im rot-weißen Hemd schläft heute auf dem Sofa."
    reference = "Ein Mann im rot-weißen Hemd sitzt heute auf dem Sofa."
    scores = translation_stats([hypothesis], [reference], "de").compute()
    # By hand: 10 words and the stop, of which 1 is wrong.
    sacre = (10 / 11 * 8 / 10 * 6 / 9 * 4 / 8) ** 0.25
    # The compound adds two tokens, all of them right.
    paper = (12 / 13 * 10 / 12 * 8 / 11 * 6 / 10) ** 0.25
    assert scores["bleu"] == pytest.approx(100 * sacre)
    assert scores["paper_bleu"] == pytest.approx(100 * paper)
    assert scores["paper_bleu"] > scores["bleu"] + 5


def test_without_four_grams_the_papers_bleu_is_zero():
    # multi-bleu.perl does not smooth, sacreBLEU does.
    scores = translation_stats(["ein Hund bellt"], ["ein Hund ruht"], "de")
    assert scores.compute()["paper_bleu"] == 0.0
    assert sacrebleu.corpus_bleu(["a b c x"], [["a b c d"]]).score > 0


def test_both_are_named_with_their_signatures():
    told = translation_stats(["ja"], ["ja"], "de", "none").render()
    assert "sacreBLEU: " in told and "|tok:none|smooth:exp|" in told
    assert "paper BLEU (tokenised, compound-split): " in told
    assert "|tok:moses-de|" in told and "|compounds:split|" in told


def test_sacrebleus_tokenizer_can_be_chosen():
    texts = ["das ist gut.", "so ist das hier."], ["das ist gut .", "so da."]
    got = [
        translation_stats(*texts, "de", name).compute()["bleu"]
        for name in ("13a", "none")
    ]
    want = [
        sacrebleu.corpus_bleu(texts[0], [texts[1]], tokenize=name).score
        for name in ("13a", "none")
    ]
    assert got == pytest.approx(want) and got[0] != got[1]


@settings(max_examples=20)
@given(
    st.lists(st.text("ab-. &'", max_size=20), min_size=1, max_size=6),
    st.integers(0, 6),
)
def test_parts_merge_to_the_whole(texts, cut):
    others = texts[::-1]
    whole = translation_stats(texts, others, "en")
    parts = translation_stats(texts[:cut], others[:cut], "en").merge(
        translation_stats(texts[cut:], others[cut:], "en")
    )
    assert parts == whole


def test_an_unknown_language_is_tokenised_too():
    stats = paper_bleu_stats(["a b c d."], ["a b c d."], "xx_YY")
    assert stats.compute()["bleu"] == pytest.approx(100.0)
