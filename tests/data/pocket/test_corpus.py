"""The splits, and that English decides tree and German."""

import itertools
import re

import pytest

from tfformer.data.pocket import SPLIT_SIZES, Triple, clauses, nominals, triples
from tfformer.data.pocket import corpus as pocket_corpus

PENN_TAGS = frozenset(
    "DT NN NNS NNP PRP PRP$ VB VBZ VBP VBD VBN VBG MD JJ JJR JJS RB RBR RP IN "
    "TO CC CD EX POS WP WDT WRB WP$ . ,".split()
)
PENN_LABELS = frozenset(
    "TOP S NP VP PP SBAR SBARQ SQ WHNP WHPP WHADVP WHADJP ADVP ADJP PRT".split()
)


@pytest.fixture(scope="module")
def train():
    return list(triples("train"))


def test_a_seed_gives_the_same_triples_for_ever():
    first = next(triples("train"))
    assert list(triples("dev", 50)) == list(triples("dev", 50))
    assert list(triples("dev", 50, 1)) != list(triples("dev", 50, 2))
    assert isinstance(first, Triple)


def test_a_shorter_split_is_the_beginning_of_a_longer_one():
    assert list(triples("test", 20)) == list(triples("test", 40))[:20]


def test_sizes(train):
    assert len(train) == SPLIT_SIZES["train"] == 20000
    assert len(list(triples("dev"))) == SPLIT_SIZES["dev"] == 500
    assert list(triples("dev", 0)) == []


def test_lengths(train):
    lengths = [len(triple.english.split()) for triple in train]
    assert 9.5 < sum(lengths) / len(lengths) < 11.5
    assert min(lengths) == 3 and max(lengths) <= 26


def test_nothing_comes_twice(train):
    assert len({triple.english for triple in train}) == len(train)
    assert len({triple.german for triple in train}) == len(train)


def test_splits_share_no_sentence_on_either_side(train):
    held_out = [*triples("dev", 150), *triples("test", 150, seed=3)]
    for side in ("english", "german"):
        seen = {getattr(triple, side) for triple in train}
        assert not seen & {getattr(triple, side) for triple in held_out}


def test_an_unknown_split_names_the_known_ones():
    with pytest.raises(ValueError, match="train, dev, test.*'valid'"):
        triples("valid")
    with pytest.raises(ValueError, match="-1"):
        triples("dev", -1)


def _contradictions(seed, count):
    known = {}
    for triple in itertools.islice(
        pocket_corpus._stream(seed, range(100)), count
    ):
        answer = (triple.tree, triple.german)
        if known.setdefault(triple.english, answer) != answer:
            yield triple


def test_english_decides_tree_and_german():
    assert not list(_contradictions(4, 20100))


def test_english_decides_even_where_words_are_few(monkeypatch):
    """With one noun a kind and few tenses, sentences do come again."""
    for kind, nouns in nominals._BY_KIND.items():
        monkeypatch.setitem(nominals._BY_KIND, kind, nouns[:1])
    for key, weights in nominals._WEIGHTS.items():
        few = {k: v for k, v in weights.items() if k in ("the", "bare", "a")}
        monkeypatch.setitem(nominals._WEIGHTS, key, few)
    for tense in clauses.TENSES:
        monkeypatch.setitem(
            clauses.TENSES, tense, 1.0 if tense in ("present", "past") else 1e-9
        )
    monkeypatch.setattr(
        nominals.NominalSampler, "_describe", lambda self, common: common
    )
    monkeypatch.setattr(nominals, "PEOPLE", nominals.PEOPLE[:1])
    assert not list(_contradictions(5, 8000))


def test_leaves_are_the_tokens_of_the_sentence(train):
    for triple in train[:5000]:
        words = re.findall(r" ([^() ]+)\)", triple.tree)
        text = " ".join(words)
        for mark in (",", ".", "?", "'s"):
            text = text.replace(f" {mark}", mark)
        assert text == triple.english


def test_leaves_are_treebank_tokens(train):
    tokenizer = pytest.importorskip("nltk.tokenize").TreebankWordTokenizer()
    for triple in train[:1000]:
        words = re.findall(r" ([^() ]+)\)", triple.tree)
        assert tokenizer.tokenize(triple.english) == words


def test_every_tree_is_a_penn_tree(train):
    tree_class = pytest.importorskip("nltk").Tree
    for triple in train[:2500]:
        tree = tree_class.fromstring(triple.tree)
        assert tree.label() == "TOP" and len(tree) == 1
        assert tree[0].label() in ("S", "SQ", "SBARQ")
        for node in tree.subtrees():
            leaf = node.height() == 2
            assert node.label() in (PENN_TAGS if leaf else PENN_LABELS)
            assert leaf or all(not isinstance(child, str) for child in node)


def test_a_word_has_few_tags(train):
    """No noun looks like a verb, so that a tag can be learnt from little."""
    tags = {}
    for triple in train:
        for tag, word in re.findall(r"\((\S+) ([^()]+)\)", triple.tree):
            tags.setdefault(word.lower(), set()).add(tag)
    verbal = {"VB", "VBP", "VBD", "VBN"}
    mixed = {
        word
        for word, found in tags.items()
        if len(found) > 1 and not found <= verbal
    }
    assert mixed <= {"that", "her", "on", "as", "in", "no", "off"}


@pytest.mark.parametrize(
    ("side", "pattern"),
    [
        ("english", r"^(Does|Did|Is|Has|Will) .*\?$"),
        ("english", r"^Who .*\?$"),
        ("english", r"^Whom .*\?$"),
        ("english", r"^What .*\?$"),
        ("english", r"^(When|Why|How) .*\?$"),
        ("german", r"^Wohin .*\?$"),
        ("german", r"^Wo .*\?$"),
        ("german", r"^Wem .*\?$"),
        ("english", r"does not"),
        ("german", r"\bkeinen\b"),
        ("german", r"\bnicht\b"),
        ("tree", r"\(SBAR \(WHNP \(WP whom\)\)"),
        ("tree", r"\(SBAR \(WHNP \(WDT that\)\) \(S \(VP"),
        ("tree", r"\(WHNP \(WP\$ whose\)"),
        ("tree", r"\(WHPP "),
        ("german", r"steht .*\bauf\.$"),
        ("german", r", dass .* aufsteht\.$"),
        ("german", r"\baufzu\w+"),
        ("german", r"\baufge\w+"),
        ("german", r"^(Wenn|Als|Weil) .*, \w+"),
        ("tree", r"\(VP \(VP .*\(CC and\) \(VP"),
        ("tree", r"\(TOP \(S \(S .*\(CC but\)"),
        ("tree", r"\(ADJP \(JJ \w+\) \(CC and\) \(JJ \w+\)\)"),
        ("tree", r"\(NP \(NNP \w+\) \(CC and\) \(NNP \w+\)\)"),
        ("german", r" ins \w+"),
        ("german", r" im \w+"),
        ("german", r" auf den Tisch\b"),
        ("german", r" auf dem Tisch\b"),
        ("german", r" (wurde|wurden) .*t\.$"),
        ("german", r", um .* zu \w+"),
        ("german", r"\bsich\b"),
        ("german", r"\bgern\b"),
        ("english", r"\bhas \w+ed\b"),
        ("english", r"\bis \w+ing\b"),
        ("english", r"There (is|are|was|were)"),
        ("german", r"\bals (der|die|das)\b"),
        ("german", r"\bfrisst\b"),
        ("german", r"\bSie ist \w+in\."),
    ],
)
def test_every_construction_occurs(train, side, pattern):
    find = re.compile(pattern).search
    assert any(find(getattr(triple, side)) for triple in train)
