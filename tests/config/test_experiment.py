import dataclasses
import re

import pytest

from tfformer.config import (
    SECTIONS,
    ExperimentConfig,
    ModelConfig,
    override,
)
from tfformer.errors import ConfigError
from tfformer.tasks.task import get_preset

BASE = ExperimentConfig(task="translation", preset="translation/base")


def test_defaults_are_the_papers_base_model():
    model, optimizer = BASE.model, BASE.optimizer
    assert (model.num_layers, model.model_dim, model.ffn_dim) == (6, 512, 2048)
    assert (model.num_heads, model.dropout_rate) == (8, 0.1)
    assert (optimizer.beta_1, optimizer.beta_2) == (0.9, 0.98)
    assert (optimizer.epsilon, optimizer.warmup_steps) == (1e-9, 4000)
    assert optimizer.label_smoothing == 0.1
    assert BASE.train.steps == 100_000
    assert (BASE.decode.beam_size, BASE.decode.length_penalty_alpha) == (4, 0.6)
    assert BASE.decode.extra_length == 50


def test_big_is_the_papers():
    model = get_preset("translation/big").model
    assert (model.model_dim, model.ffn_dim, model.num_heads) == (1024, 4096, 16)
    assert model.dropout_rate == 0.3


def test_heads_need_not_divide_when_sizes_are_given():
    assert ModelConfig(num_heads=7, key_dim=64, value_dim=64).num_heads == 7


def test_only_pairs_of_languages_have_two_directions():
    config = get_preset("parsing/tiny")
    both = dataclasses.replace(config.train, bidirectional_steps=1)
    with pytest.raises(ConfigError, match="must be 0 but in translation"):
        dataclasses.replace(config, train=both)


def test_sides_that_are_swapped_are_both_cut():
    swapped = ["train.bidirectional_steps=5", "data.bpe_dropout_sides=source"]
    with pytest.raises(ConfigError, match="must be both where train.bidir"):
        override(BASE, [*swapped, "data.bpe_dropout=0.1"])
    override(BASE, swapped)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("train.r_drop=1", "`train.r_drop` must be 0 where train.teachers"),
        ("train.bidirectional_steps=5", "`train.bidir.* must be 0 where train"),
        ("train.teacher_weight=1", r"must be in \[0, 1\)"),
        ("train.teacher_checkpoint=W/step-1", "best, last, averaged or a step"),
    ],
)
def test_teachers_go_with_their_own_rules(change, rule):
    with pytest.raises(ConfigError, match=rule):
        override(BASE, ["train.teachers=W", change])


def test_a_model_over_words_has_no_teachers():
    words = get_preset("parsing/tiny_chart")
    with pytest.raises(ConfigError, match="must be none where model.encoder"):
        override(words, ["train.teachers=W"])


def test_teachers_are_named_with_commas():
    assert BASE.train.teacher_paths == ()
    two = override(BASE, ["train.teachers=a,b/c"])
    assert two.train.teacher_paths == ("a", "b/c")


@pytest.mark.parametrize("kind", SECTIONS.values())
def test_every_field_is_documented(kind):
    for field in dataclasses.fields(kind):
        assert re.search(rf"^ +{field.name}: ", kind.__doc__, re.M)
