"""Words, tags and labels as ids, in Python and in a graph."""

import pytest
import tensorflow as tf
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.data.random_trees import trees
from tfformer.data.chart_vocabulary import (
    ChartVocabulary,
    build_chart_vocabulary,
)
from tfformer.data.encoded import pad_examples
from tfformer.data.graph_chart import GraphChartVocabulary
from tfformer.data.graph_words import GraphWordVocabulary
from tfformer.data.linearize import linearize
from tfformer.data.trees import parse_trees, to_line
from tfformer.data.vocabulary_file import SPECIAL
from tfformer.data.word_vocabulary import (
    WordVocabulary,
    build_word_vocabulary,
    fold,
)
from tfformer.errors import WorkdirError

TREES = [
    "(TOP (S (NP (DT the) (NN dog)) (VP (VBZ naps)) (. .)))",
    "(TOP (S (VP (VB Go) (NP (NNP Ann)) (PP (IN by) (NP (NN car))))) (. !))",
    "(TOP (FRAG (NP (NN dog))))",
]
SENTENCES = ["The dog saw 12 \u00c4pfel", "the dog saw 98 \u00c4pfel \u65e5"]


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    path = tmp_path_factory.mktemp("words") / "words.json"
    build_word_vocabulary(SENTENCES, path, 1000)
    return WordVocabulary(path)


@pytest.fixture(scope="module")
def charts(tmp_path_factory):
    path = tmp_path_factory.mktemp("charts") / "charts.json"
    build_chart_vocabulary((parse_trees(t, "")[0] for t in TREES), path)
    return ChartVocabulary(path)


def test_words_are_folded_and_rare_ones_unknown(words):
    assert words.words == [*SPECIAL, "00", "dog", "saw", "the", "\u00c4pfel"]
    assert fold("\u00c4B9") == "\u00c4b0"
    (ids,) = words.encode(["THE cat 45"])
    assert words.pieces(ids[:: words.ids_per_token]) == [
        "<s>",
        "the",
        "<unk>",
        "00",
        "</s>",
    ]


TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Zs", "Zl", "Zp", "Cc"]),
    max_size=30,
)


@settings(max_examples=10)
@given(st.lists(st.lists(TEXT, max_size=4), min_size=1, max_size=3))
@example([["x" * 17, "x" * 18, "x" * 19, "a" * 9 + "b" * 30], [], ["the"]])
def test_the_graph_reads_as_python_does(words, sentences):
    texts = [" ".join(filter(None, some)) for some in sentences]
    graph = GraphWordVocabulary(words.words, words.characters)
    got = graph.encode(tf.constant(texts)).numpy()
    assert got.tolist() == pad_examples(words.encode(texts)).tolist()


def test_a_tree_comes_back(charts):
    for text, ids in zip(TREES, charts.encode(TREES), strict=True):
        want = " ".join(linearize(parse_trees(text, "")[0], tags=True))
        assert charts.decode([ids]) == [want]
        assert charts.decode([ids + [0] * 15]) == [want]


def test_unknown_labels_are_none_and_unknown_tags_xx(charts):
    ids = charts.encode(["(TOP (NEW (NEW (UH ho) (NN dog)) (NP (NN a))))"])
    assert charts.decode(ids) == ["XX NN (NP NN )NP"]


@settings(max_examples=10)
@given(st.lists(trees(), min_size=1, max_size=3))
def test_the_graph_writes_as_python_does(tmp_path_factory, some):
    path = tmp_path_factory.mktemp("charts") / "charts.json"
    build_chart_vocabulary(some, path)
    vocabulary = ChartVocabulary(path)
    ids = vocabulary.encode([to_line(tree) for tree in some])
    graph = GraphChartVocabulary(vocabulary.tags, vocabulary.labels)
    got = graph.decode(tf.constant(pad_examples(ids))).numpy()
    want = [" ".join(linearize(tree, tags=True)) for tree in some]
    assert [line.decode() for line in got] == want


@pytest.mark.parametrize("kind", [WordVocabulary, ChartVocabulary])
def test_what_is_no_vocabulary_is_refused(kind, tmp_path):
    with pytest.raises(WorkdirError, match="no such vocabulary"):
        kind(tmp_path / "none.json")
    (tmp_path / "odd.json").write_text('{"words": 1}')
    with pytest.raises(WorkdirError, match="odd.json: not a vocabulary"):
        kind(tmp_path / "odd.json")
