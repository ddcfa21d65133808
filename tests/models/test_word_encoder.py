"""What both parsers over words read with."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from tfformer.models.chart_parser import ChartParser
from tfformer.models.word_transformer import WordTransformer
from tfformer.tasks.task import get_preset

# Rows of a word and three characters.
INPUTS = [[1, 0, 0, 0, 701, 303, 405, 0, 999, 302, 0, 0, 2, 0, 0, 0]]
TARGETS = [[5, 701, 6, 2]]


def encoder_of(preset):
    return {
        "num_words": 1000,
        "num_characters": 500,
        "num_tags": 2,
        "row_width": 4,
        "model": dataclasses.asdict(preset.model),
        "words": dataclasses.asdict(preset.words),
    }


def word_transformer():
    preset = get_preset("parsing/tiny_words")
    model = WordTransformer(
        word_encoder=encoder_of(preset),
        terminals=[5, 6],
        source_vocab_size=1000,
        target_vocab_size=1000,
        **{**dataclasses.asdict(preset.model), "dtype": "mixed_bfloat16"},
    )
    return model, (INPUTS, TARGETS)


def chart_parser():
    preset = get_preset("parsing/tiny_chart")
    model = ChartParser(
        num_labels=4,
        encoder=encoder_of(preset),
        chart=dataclasses.asdict(preset.chart),
        dtype="mixed_bfloat16",
    )
    return model, INPUTS


@pytest.mark.parametrize("make", [word_transformer, chart_parser])
def test_ids_that_come_as_floats_are_exact_in_mixed_precision(make):
    model, ids = make()
    model.build()
    as_integers, as_floats = (
        tf.nest.flatten(model(_arrays(ids, dtype)))
        for dtype in ("int32", "float32")
    )
    for one, other in zip(as_integers, as_floats, strict=True):
        np.testing.assert_array_equal(one, other)


def _arrays(ids, dtype):
    if isinstance(ids, tuple):
        return tuple(np.array(part, dtype) for part in ids)
    return np.array(ids, dtype)
