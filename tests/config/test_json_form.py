import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfformer.config import (
    ExperimentConfig,
    differences,
    from_json,
    override,
    to_json,
)
from tfformer.errors import ConfigError
from tfformer.tasks.task import get_preset, preset_names

BASE = ExperimentConfig(task="translation", preset="translation/base")


@pytest.mark.parametrize("name", preset_names())
def test_json_round_trip(name):
    config = get_preset(name)
    assert from_json(to_json(config)) == config


def test_a_workdir_of_before_there_were_charts_is_read():
    values = json.loads(to_json(BASE))
    del values["chart"], values["model"]["parser"]
    assert from_json(json.dumps(values)) == BASE


@given(st.text() | st.binary())
def test_any_bad_json_is_a_config_error(text):
    with pytest.raises(ConfigError, match="W/config.json: not a config"):
        from_json(text, "W/config.json")


def test_differences_names_fields():
    other = override(BASE, ["model.num_layers=2", "train.steps=5"])
    assert differences(BASE, other, ["model"]) == {"model.num_layers": (6, 2)}
