import dataclasses

import pytest

from tfformer.config import ExperimentConfig, known_fields, override
from tfformer.errors import ConfigError

BASE = ExperimentConfig(task="translation", preset="translation/base")


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
