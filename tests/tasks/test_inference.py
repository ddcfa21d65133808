import threading

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from tfformer.config import DataConfig, DecodeConfig
from tfformer.data.pocket import triples
from tfformer.data.vocabulary import Vocabulary, train_vocabulary
from tfformer.errors import ConfigError, DataError
from tfformer.models.transformer import Transformer
from tfformer.tasks import batching, inference
from tfformer.tasks.translation import TranslationTask
from tfformer.training.inference import make_inference

LINES = [triple.english for triple in triples("dev", 30)]


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    path = tmp_path_factory.mktemp("inference") / "vocabulary.model"
    train_vocabulary(LINES, path, 320)
    vocabulary = Vocabulary(path)
    keras.utils.set_random_seed(0)
    model = Transformer(320, 320, 1, 16, 32, 2)
    model.build()
    task = TranslationTask(DataConfig(source="pocket"), None)
    return model, (vocabulary, vocabulary), task


@pytest.fixture(scope="module")
def decode(parts):
    def make(**settings):
        config = DecodeConfig(
            **{"beam_size": 2, "extra_length": 3, "batch_tokens": 60} | settings
        )
        return make_inference(*parts, config)

    return make


@pytest.fixture(scope="module")
def beam(decode):
    return decode()


def texts(results):
    return [best[0].text for best in results]


@settings(max_examples=4)
@given(st.permutations(range(12)))
def test_order_is_kept_and_each_line_is_on_its_own(beam, order):
    lines = LINES[:12]
    alone = texts(beam.decode(lines))
    assert texts(beam.decode([lines[i] for i in order])) == [
        alone[i] for i in order
    ]


@pytest.mark.parametrize("method", ["beam", "greedy", "sample"])
def test_any_line_gives_one_line(decode, method):
    lines = [
        "",
        "   ",
        "a " * 500,
        "emoji \U0001f600 \u2581",
        "nul \x00 here",
        "\u3000",
        "The dog sleeps.",
        "",
    ]
    results = list(decode(method=method, extra_length=0).decode(lines))
    assert len(results) == len(lines)
    for text in texts(results):
        assert "\n" not in text and "\r" not in text
    for blank in (0, 1, 7):
        assert results[blank][0].text == "" and results[blank][0].score == 0.0


def test_n_best_is_ordered_and_begins_with_the_best(beam):
    best = list(beam.decode(LINES))
    both = list(beam.decode(LINES, n_best=2))
    for one, two in zip(best, both, strict=True):
        assert len(two) == 2
        assert two[0].score >= two[1].score
        assert one[0].text == two[0].text
        assert one[0].score == pytest.approx(two[0].score, abs=1e-4)


def test_windows_change_no_line(beam, monkeypatch):
    whole = texts(beam.decode(LINES[:9]))
    monkeypatch.setattr(batching, "WINDOW", 4)
    assert texts(beam.decode(LINES[:9])) == whole


def test_the_next_window_is_tokenized_beside_the_searches_of_one(
    parts, decode, monkeypatch
):
    _, _, task = parts
    prepare = task.prepare
    second = threading.Event()

    def say_when_second(line, tokenized):
        if line == LINES[1]:
            second.set()
        return prepare(line, tokenized)

    monkeypatch.setattr(batching, "WINDOW", 1)
    monkeypatch.setattr(task, "prepare", say_when_second)
    results = decode().decode(
        LINES[:2], on_batch=lambda _: second.wait(timeout=60) or pytest.fail()
    )
    assert len(list(results)) == 2


@pytest.mark.parametrize(
    ("tokens", "told"),
    [
        (60, "in a batch of 1, .* Try --set decode.max_input_length="),
        (9999, "in a batch of 2, .* Try --set decode.batch_tokens=4999"),
    ],
)
def test_a_line_that_memory_is_short_for_is_named(
    parts, monkeypatch, tokens, told
):
    def short_of_memory(search):
        del search

        def searched(ids):
            if ids.shape[1] > 100:
                raise tf.errors.ResourceExhaustedError(None, None, "OOM")
            return np.zeros((len(ids), 1, 1), int), np.zeros((len(ids), 1))

        return searched

    monkeypatch.setattr(batching, "WINDOW", 2)
    config = DecodeConfig(beam_size=1, batch_tokens=tokens, extra_length=1)
    results = inference.Inference(*parts, config, short_of_memory).decode(
        [*LINES[:3], "a " * 200]
    )
    with pytest.raises(DataError, match=f"^Line 4 of the input .*{told}"):
        list(results)


@pytest.mark.parametrize("n_best", [0, 3])
def test_n_best_beyond_the_beam_is_refused(beam, n_best):
    with pytest.raises(ConfigError, match=r"\[1, 2\]"):
        list(beam.decode(LINES, n_best=n_best))


def test_every_line_is_reported(beam):
    counts = []
    list(beam.decode([*LINES, "", " "], on_batch=counts.append))
    assert sum(counts) == len(LINES) + 2
