import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfformer.config import override
from tfformer.errors import ConfigError
from tfformer.sweeps.plan import plan, scaled
from tfformer.tasks.task import get_preset, match_presets

TABLE_3 = "translation/table3/*"


def test_every_row_gets_the_steps_and_the_settings():
    runs = plan([TABLE_3], [], ["train.batch_tokens=64"], 7, 1)
    assert [run.name for run in runs] == match_presets([TABLE_3])
    for run in runs:
        train = run.config.train
        assert (train.steps, train.batch_tokens) == (7, 64)
    own = plan([TABLE_3], [], [], None, 1)
    assert [r.config for r in own] == [get_preset(r.preset) for r in own]


def test_a_grid_is_every_combination():
    runs = plan(
        ["parsing/wsj"],
        ["model.dropout_rate=0.1,0.2", "optimizer.learning_rate=0.5,1"],
        ["model.num_layers=1"],
        None,
        1,
    )
    got = [
        (r.config.model.dropout_rate, r.config.optimizer.learning_rate)
        for r in runs
    ]
    assert got == [(0.1, 0.5), (0.1, 1.0), (0.2, 0.5), (0.2, 1.0)]
    assert runs[0].name == (
        "parsing/wsj/model.dropout_rate=0.1,optimizer.learning_rate=0.5"
    )
    path = plan(["parsing/wsj_semi"], ["data.extra_data_dir=/a/b"], [], None, 1)
    assert path[0].name == "parsing/wsj_semi/data.extra_data_dir=%2Fa%2Fb"


def test_a_file_is_a_row_that_scale_steps_and_settings_change(tmp_path):
    path = tmp_path / "own.json"
    path.write_text(
        '{"preset": "translation/base", "model": {"ffn_dim": 400},'
        ' "train": {"steps": 5, "seed": 3, "batch_tokens": 99}}'
    )
    base, own = plan(
        ["translation/base", str(path)], [], ["train.batch_tokens=64"], 7, 4
    )
    assert (own.preset, own.config.model.ffn_dim) == (base.preset, 100)
    train = own.config.train
    assert (train.steps, train.seed, train.batch_tokens) == (7, 3, 64)
    assert own.name == str(path).replace("/", "%2F") != base.name
    (choice,) = plan([str(path)], ["train.seed=8"], [], None, 1)
    assert choice.name == f"{own.name}/train.seed=8"
    assert choice.config.train.seed == 8


@pytest.mark.parametrize(
    ("row", "want"),
    [
        ("base", (128, 512, None, None)),
        ("a_h32", (128, 512, 4, 4)),
        ("b_dk16", (128, 512, 4, None)),
        ("c_d256", (64, 512, 8, 8)),
        ("big", (256, 1024, None, None)),
    ],
)
def test_a_quarter_of_the_widths(row, want):
    config = plan([f"translation/table3/{row}"], [], [], None, 4)[0].config
    model, full = config.model, get_preset(f"translation/table3/{row}").model
    assert want == (
        model.model_dim,
        model.ffn_dim,
        model.key_dim,
        model.value_dim,
    )
    assert (model.num_heads, model.num_layers, model.dropout_rate) == (
        full.num_heads,
        full.num_layers,
        full.dropout_rate,
    )


@given(st.sampled_from(match_presets([TABLE_3])), st.integers(1, 5000))
def test_any_scale_makes_a_model(preset, scale):
    config = get_preset(preset)
    narrow = override(config, scaled(config.model, scale)).model
    for name in ("model_dim", "ffn_dim", "key_dim", "value_dim"):
        full, now = getattr(config.model, name), getattr(narrow, name)
        if full is not None:
            assert 1 <= now <= max(2, full / scale)
    assert narrow.num_heads == config.model.num_heads


def test_what_is_set_wins_over_the_scale():
    runs = plan(["translation/base"], [], ["model.ffn_dim=99"], None, 4)
    assert runs[0].config.model.ffn_dim == 99


@pytest.mark.parametrize(
    ("patterns", "grids", "settings", "message"),
    [
        (["no/*"], [], [], "`--presets` must be.*'no/\\*'"),
        (["parsing/wsj"], ["model.dropout_rate"], [], "`--grid` takes"),
        (["parsing/wsj"], ["model.num_layers=1,"], [], "`--grid` takes"),
        (["parsing/wsj"], ["model.num_layers=1,1"], [], "that differ"),
        (["parsing/wsj"], ["model.dropout_rate=0.2,0.20"], [], "one training"),
        (["parsing/wsj"], ["model.layers=1,2"], [], "unknown field"),
        (["parsing/wsj"], ["model.dropout_rate=0,2"], [], r"in \[0, 1\)"),
        (["parsing/wsj"], [], ["train.steps=x"], "type int"),
        (
            ["parsing/wsj"],
            ["train.seed=0,1", "train.seed=2,3"],
            [],
            "each field once",
        ),
        (
            ["parsing/wsj"],
            ["train.seed=0,1"],
            ["train.seed=2"],
            "`--set` must leave out what --grid gives.*'train.seed=2' and",
        ),
        (
            ["parsing/wsj"],
            [],
            ["train.patience=3"],
            "`train.patience` must be 0 in a sweep.*3 for parsing/wsj. Leave",
        ),
    ],
)
def test_mistakes_are_said_before_any_run(patterns, grids, settings, message):
    with pytest.raises(ConfigError, match=message):
        plan(patterns, grids, settings, None, 1)


def test_steps_come_from_one_place():
    grid = ["train.steps=10,20"]
    runs = plan(["parsing/wsj"], grid, [], None, 1)
    assert [run.config.train.steps for run in runs] == [10, 20]
    with pytest.raises(
        ConfigError, match="`--steps` must be left out.*: 5 and"
    ):
        plan(["parsing/wsj"], grid, [], 5, 1)
