import re

import numpy as np
import pytest
import sentencepiece
import tensorflow as tf
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tfformer.config import BOS_ID, EOS_ID, PAD_ID, UNK_ID
from tfformer.data.graph_vocabulary import GraphVocabulary
from tfformer.data.pocket import triples
from tfformer.data.vocabulary import (
    Vocabulary,
    sampled,
    train_vocabulary,
)
from tfformer.errors import ConfigError, DataError, WorkdirError

LINES = [
    line
    for triple in triples("train", 300)
    for line in (triple.english, triple.german)
]


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory):
    path = tmp_path_factory.mktemp("vocabulary") / "vocabulary.model"
    train_vocabulary(LINES, path, 400)
    return Vocabulary(path)


# One for each test: seeding Keras, as before every test, clears the kernels
# of TensorFlow's eager mode, and with them what an eager tokenizer keeps.
@pytest.fixture
def graph_vocabulary(vocabulary):
    return GraphVocabulary(vocabulary.model)


# Surrogates are not text: they have no UTF-8.
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@settings(max_examples=300)
@given(ANY_TEXT)
@example("")
@example(" leading, double  and trailing ")
@example("a\u2581b \u2581 \ue000 \ue0000 \ue0001\u2581")
@example("nul \x00 tab \t newline \n return \r")
@example("emoji \U0001f468\u200d\U0001f469\u200d\U0001f467 \ufeff")
def test_any_unicode_text_round_trips(vocabulary, graph_vocabulary, text):
    ids = vocabulary.encode([text])
    assert vocabulary.decode(ids) == [text]
    assert UNK_ID not in ids[0]
    # The graph's ids are the same, and so is its text.
    graph_ids = graph_vocabulary.encode(tf.constant([text.encode()]))
    assert graph_ids.numpy().tolist() == ids
    decoded = graph_vocabulary.decode(graph_ids).numpy().tolist()
    assert decoded == [text.encode()]


def test_both_faces_encode_real_sentences_alike(vocabulary, graph_vocabulary):
    ids = vocabulary.encode(LINES)
    padded = graph_vocabulary.encode(tf.constant(LINES)).numpy()
    assert padded.shape[1] == max(map(len, ids))
    for row, own in zip(padded, ids, strict=True):
        np.testing.assert_array_equal(row[: len(own)], own)
        assert not row[len(own) :].any()


def test_both_faces_decode_any_ids_alike(vocabulary, graph_vocabulary):
    # Bytes in a row need not be UTF-8; both must agree on what that is.
    ids = np.random.default_rng(0).integers(0, 400, (200, 9)).astype("int32")
    graph = [t.decode() for t in graph_vocabulary.decode(ids).numpy()]
    assert vocabulary.decode(ids) == graph


def test_special_ids(vocabulary):
    assert (PAD_ID, BOS_ID, EOS_ID, UNK_ID) == (0, 1, 2, 3)
    assert vocabulary.size == 400
    assert vocabulary.encode(["The dog."])[0][-1] == EOS_ID
    assert vocabulary.decode([[BOS_ID, EOS_ID, PAD_ID]]) == [""]


def test_training_is_deterministic(vocabulary, tmp_path):
    train_vocabulary(LINES, tmp_path / "again.model", 400)
    again = Vocabulary(tmp_path / "again.model")
    assert again.encode(LINES) == vocabulary.encode(LINES)


def test_a_size_the_data_cannot_support_names_one_it_can(tmp_path):
    with pytest.raises(ConfigError, match="data supports") as got:
        train_vocabulary(LINES[:4], tmp_path / "v.model", 5000)
    size = int(str(got.value).rsplit("data.vocab_size=")[1].rstrip("."))
    train_vocabulary(LINES[:4], tmp_path / "v.model", size)


def test_a_size_below_the_characters_is_refused(tmp_path):
    text = [chr(0x4E00 + i) * 3 for i in range(300)]
    with pytest.raises(ConfigError, match="Try --set data.vocab") as got:
        train_vocabulary(text, tmp_path / "v.model", 270)
    size = int(re.search(r"vocab_size=(\d+)", str(got.value)).group(1))
    assert 4 + 256 + 300 <= size <= 4 + 256 + 302
    train_vocabulary(text * 2, tmp_path / "v.model", size)


def test_text_too_little_for_any_size_is_no_matter_of_the_size(tmp_path):
    with pytest.raises(DataError, match="must hold more text"):
        train_vocabulary(["a"], tmp_path / "v.model", 300)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"byte_fallback": True}, "must have the ids 0, 1, 2 and 3"),
        (
            {"pad_id": 0, "bos_id": 1, "eos_id": 2, "unk_id": 3},
            "without byte_fallback",
        ),
    ],
)
def test_a_model_made_elsewhere_is_refused(options, told, tmp_path):
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(LINES),
        model_prefix=str(tmp_path / "other"),
        vocab_size=400,
        hard_vocab_limit=False,
        minloglevel=2,
        **options,
    )
    with pytest.raises(WorkdirError, match=told):
        Vocabulary(tmp_path / "other.model")


def test_no_text_is_refused_and_nothing_is_left_behind(tmp_path):
    with pytest.raises(DataError, match="no text"):
        train_vocabulary(["", "  "], tmp_path / "v.model", 300)
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_the_source_comes_through_as_it_is(tmp_path):
    def lines():
        yield from LINES
        raise DataError("train.en:601: not UTF-8")

    with pytest.raises(DataError, match="^train.en:601: not UTF-8$"):
        train_vocabulary(lines(), tmp_path / "v.model", 400)
    assert list(tmp_path.iterdir()) == []


def test_very_long_lines_are_not_passed_over(tmp_path):
    train_vocabulary(["word and " * 9000], tmp_path / "v.model", 270)
    assert Vocabulary(tmp_path / "v.model").size == 270


def test_missing_and_broken_files_are_named(tmp_path):
    with pytest.raises(WorkdirError, match="build_vocabulary"):
        Vocabulary(tmp_path / "none.model")
    (tmp_path / "bad.model").write_bytes(b"not a model")
    (tmp_path / "empty.model").touch()
    for name in ("bad", "empty"):
        told = f"{name}.model: not a SentencePiece"
        with pytest.raises(WorkdirError, match=told):
            Vocabulary(tmp_path / f"{name}.model")


def test_both_faces_agree_on_real_text(multi30k, tmp_path):
    lines = [
        line
        for name in ("dev.en", "dev.de")
        for line in (multi30k / name).read_text("utf-8").split("\n")
    ]
    train_vocabulary(lines, tmp_path / "v.model", 3000)
    vocabulary = Vocabulary(tmp_path / "v.model")
    graph = GraphVocabulary(vocabulary.model)
    ids = vocabulary.encode(lines)
    padded = graph.encode(tf.constant(lines)).numpy()
    assert [[i for i in row if i] for row in padded.tolist()] == ids
    assert vocabulary.decode(ids) == lines
    assert graph.decode(padded).numpy().tolist() == [
        line.encode() for line in lines
    ]


def test_a_vocabulary_is_the_same_on_every_machine(tmp_path, monkeypatch):
    made = []
    for cores in (2, 7):
        monkeypatch.setattr("os.cpu_count", lambda cores=cores: cores)
        train_vocabulary(LINES, tmp_path / str(cores), 400)
        made.append((tmp_path / str(cores)).read_bytes())
    assert made[0] == made[1]


def test_a_sample_is_the_same_in_every_process(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr("tfformer.data.vocabulary.TRAINING_SENTENCES", 100)
    for name in ("one", "other"):
        train_vocabulary(iter(LINES), tmp_path / name, 330)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
    assert "learned from 100 of 600 sentences" in capfd.readouterr().err


@given(st.integers(0, 40), st.integers(1, 30))
def test_a_sample_has_lines_once_and_a_few_lines_in_order(count, most):
    lines = [str(i) for i in range(count)]
    drawn = list(sampled(lines, most))
    assert len(drawn) == min(count, most) == len(set(drawn))
    assert set(drawn) <= set(lines)
    if count <= most:
        assert drawn == lines


def test_a_sample_is_drawn_evenly():
    drawn = [int(line) for line in sampled(map(str, range(10000)), 1000)]
    assert abs(np.mean(drawn) - 4999.5) < 300
    assert abs(np.mean(np.array(drawn) < 1000) - 0.1) < 0.03
