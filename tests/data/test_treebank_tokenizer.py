import itertools

import pytest
import tensorflow as tf
from hypothesis import example, given
from hypothesis import strategies as st
from nltk.tokenize import TreebankWordTokenizer

from tfformer.data import graph_treebank_tokenizer
from tfformer.data.pocket import triples
from tfformer.data.treebank_tokenizer import to_words

PHRASES = (
    "He said",
    "the dogs' food",
    "Ann's car",
    "I can't go",
    "1,200.50 a day",
    "at 3:30",
    "we're",
)
QUOTES = (('"', '"'), ("``", "''"), ("", ""), ("", "'"))
SENTENCES = [triple.english for triple in triples("test", 200)]
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.text("ab.,:;?!'\"`()[] -$5%n't\u2018\u2019\u201c\u00a0", max_size=30),
)


@given(TEXTS, st.booleans())
@example("can't \u2018stop\u2019", False)
@example("\u2018Why?\u2019 'go.' ``hi'' we're'. `a?'", False)
@example("a\x0bb\x1cc\u3000d\u0085e", False)
def test_graph_equals_python(text, tokenized):
    graph = graph_treebank_tokenizer.to_words(tf.constant([text]), tokenized)
    assert graph.numpy()[0].decode() == to_words(text, tokenized)


@given(TEXTS, st.booleans())
def test_words_hold_no_space_and_no_bracket(text, tokenized):
    words = to_words(text, tokenized).split(" ")
    assert words == [""] or all(words)
    assert not any(set(word) & set("() \t\n") for word in words)


@given(TEXTS)
def test_tokenized_text_keeps_its_words(text):
    text = text.translate(str.maketrans("()", "<>"))
    words = to_words(text, tokenized=True)
    if text.isascii() and not set(text) & set("\x1c\x1d\x1e\x1f"):
        assert words.split() == text.split()
    assert to_words(words, tokenized=True) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            'He said, "I can\'t (really) go."',
            "He said , `` I ca n't -LRB- really -RRB- go . ''",
        ),
        ("\u201cWe\u2019re here,\u201d", "`` We 're here , ''"),
        (
            "The dogs' food costs $1,200.50.",
            "The dogs ' food costs $ 1,200.50 .",
        ),
        (
            "It was 3:30 p.m.; Ann's late...",
            "It was 3:30 p.m. ; Ann 's late ...",
        ),
        (
            "I'm gonna go: 5% cannot -- why?",
            "I 'm gon na go : 5 % can not -- why ?",
        ),
        ("He said 'go.'", "He said ` go . '"),
        ("\u2018Why?\u2019 he said.", "` Why ? ' he said ."),
        ("\u2018Go away,\u2019 I said.", "` Go away , ' I said ."),
        ("``hi'' and ``Why?''", "`` hi '' and `` Why ? ''"),
        ("(``We're `here.' '')", "-LRB- `` We 're ` here . ' '' -RRB-"),
        ("I like 'Ann's.'", "I like 'Ann 's . '"),
        ("'Tis what we're'.", "'T is what we 're ' ."),
    ],
)
def test_conventions_of_the_treebank(text, words):
    assert to_words(text) == words


def quoted_sentences():
    """Two phrases, with a quotation and a stop wherever they may stand."""
    for one, other, (opens, closes), stop in itertools.product(
        PHRASES, PHRASES, QUOTES, ".?!"
    ):
        yield f"{one}, {opens}{other}{stop}{closes}"
        yield f"{opens}{one},{closes} {other}{stop}"
        yield f"({opens}{one}{closes}) {other}{stop}"
        yield f"{one} {opens}{other}{closes}{stop}"
        yield f"{one} ({opens}{other}{stop}{closes})"


def test_equals_nltk_on_quotations():
    nltk = TreebankWordTokenizer()
    brackets = str.maketrans({"(": "-LRB-", ")": "-RRB-"})
    for text in quoted_sentences():
        want = " ".join(nltk.tokenize(text)).translate(brackets)
        assert to_words(text) == want


def test_equals_nltk_on_plain_sentences():
    nltk = TreebankWordTokenizer()
    for sentence in SENTENCES:
        assert to_words(sentence).split(" ") == nltk.tokenize(sentence)
