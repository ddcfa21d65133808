"""Any weights parse any sentence, through real vocabularies."""

import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tasks.any_weights import (
    TREES,
    WORDS,
    assert_flat_without_numbers,
    randomise,
)
from tfformer.config import override
from tfformer.data.trees import parse_trees
from tfformer.errors import ConfigError
from tfformer.tasks.chart_parsing import ChartParsingTask
from tfformer.tasks.parsing import ParsingTask
from tfformer.tasks.task import get_preset, make_task, task_names
from tfformer.training.build import build_model
from tfformer.training.inference import make_inference


@pytest.fixture(scope="module")
def parser(tmp_path_factory):
    """A parser without any training, and its weights to be changed."""
    folder = tmp_path_factory.mktemp("parser")
    (folder / "train.mrg").write_text(TREES)
    config = override(
        get_preset("parsing/tiny_chart"),
        ["data.source=text", "decode.tokenized=true"],
    )
    task = make_task(config, folder)
    task.build_vocabularies(folder)
    vocabularies = task.vocabularies(folder)
    model = build_model(config, vocabularies)
    return model, make_inference(model, vocabularies, task, config.decode)


@settings(max_examples=8)
@given(
    st.lists(
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=60),
        min_size=1,
        max_size=3,
    ),
    st.integers(0, 2**16),
    st.sampled_from([0.1, 1.0, 10.0]),
)
def test_every_output_is_a_tree_over_the_words(parser, sentences, seed, scale):
    model, inference = parser
    randomise(model, seed, scale)
    lines = [" ".join(words) for words in sentences]
    before = inference.repaired
    for words, (best,) in zip(sentences, inference.decode(lines), strict=True):
        (tree,) = parse_trees(best.text, "output")
        assert tree.label() == "TOP"
        assert tree.leaves() == words
        assert best.score > float("-inf")
        assert best.tokens == len(words)
    assert inference.repaired == before


def test_others_in_the_batch_change_nothing(parser):
    model, inference = parser
    randomise(model, 0, 0.5)
    lines = ["the dog .", "dog", " ".join(WORDS * 3), "the dog sleeps the ."]
    together = [best for (best,) in inference.decode(lines)]
    for line, best in zip(lines, together, strict=True):
        ((alone,),) = inference.decode([line])
        assert alone.text == best.text
        assert alone.score == pytest.approx(best.score, abs=1e-3)


def test_weights_that_are_no_numbers_give_flat_trees(parser):
    model, inference = parser
    assert_flat_without_numbers(model, inference)


def test_a_parser_has_its_task():
    linearized = get_preset("parsing/tiny")
    assert type(make_task(linearized, None)) is ParsingTask
    assert type(make_task(get_preset("parsing/tiny_chart"), None)) is (
        ChartParsingTask
    )
    assert task_names() == ["parsing", "tagging", "translation"]


@pytest.mark.parametrize(
    "preset,change,message",
    [
        ("translation/tiny", "model.encoder=words", "but in parsing"),
        (
            "parsing/tiny",
            "model.parser=chart",
            "`decode.method` must be mbr or cky",
        ),
        ("parsing/tiny", "decode.method=cky", "`decode.method` must be beam"),
        (
            "parsing/tiny_chart",
            "data.terminals=xx",
            "`data.terminals` must be tags",
        ),
        (
            "parsing/tiny_chart",
            "words.recurrence=cnn",
            "`words.recurrence` must",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(preset, change, message):
    with pytest.raises(ConfigError, match=message):
        override(get_preset(preset), [change])


def test_the_graph_is_one_for_all_shapes(parser):
    model, inference = parser
    randomise(model, 1, 0.1)
    list(inference.decode(["the dog", "the", " ".join(WORDS)]))
    (search,) = inference._searches.values()
    assert isinstance(search, tf.types.experimental.PolymorphicFunction)
    assert search.experimental_get_tracing_count() == 1
