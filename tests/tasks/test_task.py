"""Presets in files; the presets themselves are in `test_paper_presets.py`."""

import json

import pytest

from tfformer.config import override, to_json
from tfformer.errors import ConfigError, WorkdirError
from tfformer.tasks.task import (
    get_preset,
    match_presets,
    preset_names,
    read_preset,
)
from tfformer.training.workdir import Workdir


def write(folder, **values):
    path = folder / "own.json"
    path.write_text(json.dumps(values))
    return str(path)


def test_every_preset_may_be_a_file(tmp_path):
    for name in preset_names():
        config = get_preset(name)
        (tmp_path / "config.json").write_text(to_json(config))
        assert get_preset(str(tmp_path / "config.json")) == config


def test_a_file_is_its_preset_with_fields(tmp_path):
    path = write(tmp_path, preset="parsing/tiny", train={"steps": 3})
    want = override(get_preset("parsing/tiny"), ["train.steps=3"])
    assert get_preset(path) == want
    assert read_preset(path) == ("parsing/tiny", ("train.steps=3",))
    assert read_preset("parsing/tiny") == ("parsing/tiny", ())
    assert match_presets([path, "parsing/tiny"]) == [path, "parsing/tiny"]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"preset": "parsing/wjs"}, "own.json: .*Did you mean parsing/wsj"),
        ({"preset": "own.json"}, "own.json: .*must be one of"),
        (
            {"preset": "parsing/wsj", "task": "tagging"},
            "`task` must be that of its preset. Received: 'tagging'",
        ),
        (
            {"preset": "parsing/wsj", "train": {"steps": 0}},
            "own.json: `train.steps` must be 1 or more",
        ),
    ],
)
def test_what_a_file_says_is_checked_with_its_name(tmp_path, values, told):
    path = write(tmp_path, **values)
    for read in (get_preset, read_preset):
        with pytest.raises(ConfigError, match=told):
            read(path)


def test_a_workdir_goes_on_with_the_file_that_it_began_with(tmp_path):
    path = write(tmp_path, preset="parsing/tiny", train={"steps": 3})
    workdir = Workdir(tmp_path / "w")
    config = workdir.configure(*read_preset(path))
    (workdir.checkpoints / "step-00000003").mkdir(parents=True)
    assert workdir.configure(*read_preset(path)) == config
    write(tmp_path, preset="parsing/tiny", train={"steps": 5})
    assert workdir.configure(*read_preset(path)).train.steps == 5
    write(tmp_path, preset="parsing/tiny", model={"num_layers": 3})
    with pytest.raises(WorkdirError, match="model.num_layers from"):
        workdir.configure(*read_preset(path))
