import dataclasses
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfformer.config import (
    ChartConfig,
    DecodeConfig,
    ExperimentConfig,
    ModelConfig,
    OptimizerConfig,
    TrainConfig,
    differences,
    from_json,
    known_fields,
    override,
    to_json,
)
from tfformer.errors import ConfigError
from tfformer.tasks.task import get_preset, preset_names

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


@pytest.mark.parametrize("name", preset_names())
def test_json_round_trip(name):
    config = get_preset(name)
    assert from_json(to_json(config)) == config


def test_a_workdir_of_before_there_were_charts_is_read():
    values = json.loads(to_json(BASE))
    del values["chart"], values["model"]["parser"]
    assert from_json(json.dumps(values)) == BASE


def test_override_replaces_fields_and_nothing_else():
    config = override(
        BASE, ["train.steps=7", "model.key_dim=32", "data.source=pocket"]
    )
    assert config.train == dataclasses.replace(BASE.train, steps=7)
    assert config.model == dataclasses.replace(BASE.model, key_dim=32)
    assert config.data.source == "pocket"
    assert override(config, ["model.key_dim=none"]).model == BASE.model


def test_unknown_field_lists_the_known_ones():
    with pytest.raises(ConfigError, match="unknown field 'train.stepz'") as got:
        override(BASE, ["train.stepz=1"])
    for field in known_fields():
        assert field in str(got.value)
    assert str(got.value).endswith("Did you mean train.steps?")


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("train.steps=many", "type int. Received: 'many'"),
        ("train.steps=1.5", "type int. Received: '1.5'"),
        ("model.dropout_rate=x", "type float. Received: 'x'"),
        ("model.key_dim=x", "type int. Received: 'x'"),
        ("train.steps", "section.field=value. Received: 'train.steps'"),
        ("train.steps=0", "`steps` must be 1 or more. Received: 0"),
        ("train.steps=-5", "`steps` must be 1 or more. Received: -5"),
        ("model.num_heads=7", "model_dim=512, num_heads=7. Try num_heads=8"),
        ("model.dropout_rate=1.0", r"must be in \[0, 1\)"),
        ("model.attention_window=-1", "must be 0 or more. Received: -1"),
        ("model.dtype=float16", "deadlocks"),
        ("model.positions=rotary", "one of sinusoidal, learned"),
        ("decode.top_p=0", r"\(0, 1\]"),
        ("decode.beam_size=0", "`beam_size` must be 1 or more"),
        ("data.vocab_size=10", "264 or more"),
        ("data.target_language=en", "must differ"),
    ],
)
def test_broken_rules_are_named(assignment, message):
    with pytest.raises(ConfigError, match=message):
        override(BASE, [assignment])


def test_heads_need_not_divide_when_sizes_are_given():
    assert ModelConfig(num_heads=7, key_dim=64, value_dim=64).num_heads == 7


@pytest.mark.parametrize(
    "kind",
    [ModelConfig, OptimizerConfig, TrainConfig, DecodeConfig, ChartConfig],
)
def test_every_field_is_documented(kind):
    for field in dataclasses.fields(kind):
        assert re.search(rf"^ +{field.name}: ", kind.__doc__, re.M)


@given(st.text())
def test_any_bad_json_is_a_config_error(text):
    with pytest.raises(ConfigError, match="W/config.json: not a config"):
        from_json(text, "W/config.json")


def test_differences_names_fields():
    other = override(BASE, ["model.num_layers=2", "train.steps=5"])
    assert differences(BASE, other, ["model"]) == {"model.num_layers": (6, 2)}


def test_unknown_preset_lists_the_known_ones():
    with pytest.raises(ConfigError, match="translation/base.*'no/such'"):
        get_preset("no/such")
