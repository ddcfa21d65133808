import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfformer.config import (
    ExperimentConfig,
    override,
    read_preset_file,
    to_json,
)
from tfformer.errors import ConfigError

BASE = ExperimentConfig(task="translation", preset="translation/base")


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("preset") / "own.json"


@given(
    st.floats(0, 0.99),
    st.none() | st.integers(1, 99),
    st.booleans(),
    st.sampled_from(["dev", "train[:1%]", "a=b", ""]),
)
def test_a_workdirs_configuration_is_one(file, rate, dim, flag, split):
    config = override(
        BASE,
        [
            f"model.dropout_rate={rate!r}",
            f"model.key_dim={dim}",
            f"data.skip_malformed={flag}",
            f"data.dev_split={split}",
        ],
    )
    file.write_text(to_json(config))
    found = read_preset_file(file)
    assert found[:2] == (BASE.preset, BASE.task)
    assert override(BASE, found.assignments) == config


def test_a_short_file_says_what_it_has_and_no_more(file):
    file.write_text(
        '{"preset": "x/y", "train": {"steps": 7, "ema_decay": 0},'
        ' "model": {"key_dim": null}, "chart": {}}'
    )
    assert read_preset_file(file) == (
        "x/y",
        None,
        ("model.key_dim=None", "train.steps=7", "train.ema_decay=0"),
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{\n'preset': 1}", ":2: must be JSON. Received: Expecting"),
        ("", ":1: must be JSON"),
        (b"\xff", ": must be JSON. Received: "),
        ("[" * 99999, ": must be JSON"),
        ('{"preset": "a", "train": {"seed": 1, "seed": 2}}', "'seed' twice"),
        ("[1]", ": `settings` must be of type object. Received: [1]."),
        ("{}", ": must name the preset that it begins from. Received: no f"),
        ('{"train": {}}', "begins from. Received: train. Try"),
        ('{"preset": 7}', "`preset` must be of type str. Received: 7."),
        (
            '{"preset": "a", "trian": {}}',
            "Received: trian. Known: task, preset, model, data,",
        ),
        (
            '{"preset": "a", "train": {"stepz": 1, "x": 2}}',
            "Received: train.stepz, train.x. Known: model.",
        ),
        ('{"preset": "a", "train": {"stepz": 1}}', "mean train.steps?"),
        ('{"preset": "a", "train": 3}', "`train` must be of type object"),
        (
            '{"preset": "a", "train": {"steps": "9"}}',
            '`train.steps` must be of type int. Received: "9".',
        ),
        ('{"preset": "a", "train": {"steps": 1e5}}', "Received: 100000.0."),
        ('{"preset": "a", "train": {"steps": true}}', "Received: true."),
        ('{"preset": "a", "train": {"ema_decay": null}}', "of type float"),
        ('{"preset": "a", "model": {"key_dim": []}}', "of type int | None"),
        ('{"preset": "a", "data": {"source": 5}}', "type str. Received: 5."),
        ('{"preset": "a", "data": {"skip_malformed": 0}}', "type bool"),
    ],
)
def test_a_mistake_is_one_line_with_the_file(file, text, told):
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as caught:
        read_preset_file(file)
    message = str(caught.value)
    assert message.startswith(str(file)) and told in message
    assert "\n" not in message


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match="no such file.*translation/base"):
        read_preset_file(tmp_path / "none.json")
