import pytest
import sacrebleu

from tfformer.metrics.translation import translation_stats

TEXTS = ["Ein Mann schläft."], ["Ein Mann schläft nicht."]


def test_every_score_has_its_name_and_signature():
    stats = translation_stats(*TEXTS, "de")
    scores = stats.compute()
    assert list(scores) == [
        "bleu",
        "signature",
        "paper_bleu",
        "paper_signature",
        "chrf",
        "chrf_signature",
        "sentences",
    ]
    told = stats.render().splitlines()
    names = [line.partition(":")[0] for line in told if line[0] != " "]
    assert names == [
        "sacreBLEU",
        "paper BLEU (tokenised, compound-split)",
        "chrF2",
        "sentences",
    ]
    for name in ("signature", "paper_signature", "chrf_signature"):
        assert f"  {scores[name]}" in told


def test_chrf_is_sacrebleus():
    scores = translation_stats(*TEXTS, "de").compute()
    want = sacrebleu.corpus_chrf(TEXTS[0], [TEXTS[1]])
    assert scores["chrf"] == want.score
    assert f"chrF2: {want.score:.2f}\n" in (
        translation_stats(*TEXTS, "de").render()
    )


@pytest.mark.parametrize("language", ["zh-CN", "zho_Hans", "ja", "ko", "th"])
def test_the_papers_bleu_is_left_out_where_there_are_no_words(language):
    texts = ["我今天去学校。"], ["我今天去学校了。"]
    stats = translation_stats(*texts, language, "char")
    assert not {"paper_bleu", "paper_signature"} & set(stats.compute())
    assert "paper BLEU" not in stats.render()
    assert stats.compute()["bleu"] > 50
    parts = translation_stats((), (), language, "char").merge(stats)
    assert parts == stats


@pytest.mark.parametrize(
    ("language", "used", "better"),
    [
        ("zh-CN", "13a", "zh"),
        ("ja", "intl", "ja-mecab"),
        ("tha_Thai", "13a", "flores200"),
        ("ko", "13a", "ko-mecab"),
        ("zh", "zh", None),
        # Tokenised beforehand.
        ("zh", "none", None),
        ("de", "13a", None),
    ],
)
def test_a_tokenizer_that_does_not_find_the_words_is_told(
    language, used, better
):
    told = translation_stats(*TEXTS, language, used).render()
    assert ("warning" in told) == (better is not None)
    if better:
        assert f"{used} splits at spaces" in told
        assert f"the words of {language}. " in told
        assert f"Try data.bleu_tokenize={better} " in told
