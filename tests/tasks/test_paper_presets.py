"""Presets against the paper's tables, typed in from the paper once more."""

import dataclasses

import pytest

from tfformer.errors import ConfigError
from tfformer.tasks.table3_presets import ROWS, paper_row
from tfformer.tasks.task import (
    describe_presets,
    get_preset,
    match_presets,
    task_names,
)

# N d_model d_ff h d_k d_v P_drop eps_ls steps, PPL, BLEU, millions.
TABLE_3 = """
base     6  512 2048  8  64  64 0.1 0.1 100000 4.92 25.8  65
a_h1     6  512 2048  1 512 512 0.1 0.1 100000 5.29 24.9   -
a_h4     6  512 2048  4 128 128 0.1 0.1 100000 5.00 25.5   -
a_h16    6  512 2048 16  32  32 0.1 0.1 100000 4.91 25.8   -
a_h32    6  512 2048 32  16  16 0.1 0.1 100000 5.01 25.4   -
b_dk16   6  512 2048  8  16  64 0.1 0.1 100000 5.16 25.1  58
b_dk32   6  512 2048  8  32  64 0.1 0.1 100000 5.01 25.4  60
c_n2     2  512 2048  8  64  64 0.1 0.1 100000 6.11 23.7  36
c_n4     4  512 2048  8  64  64 0.1 0.1 100000 5.19 25.3  50
c_n8     8  512 2048  8  64  64 0.1 0.1 100000 4.88 25.5  80
c_d256   6  256 2048  8  32  32 0.1 0.1 100000 5.75 24.5  28
c_d1024  6 1024 2048  8 128 128 0.1 0.1 100000 4.66 26.0 168
c_ff1024 6  512 1024  8  64  64 0.1 0.1 100000 5.12 25.4  53
c_ff4096 6  512 4096  8  64  64 0.1 0.1 100000 4.75 26.2  90
d_drop0  6  512 2048  8  64  64 0.0 0.1 100000 5.77 24.6   -
d_drop2  6  512 2048  8  64  64 0.2 0.1 100000 4.95 25.5   -
d_ls0    6  512 2048  8  64  64 0.1 0.0 100000 4.67 25.3   -
d_ls2    6  512 2048  8  64  64 0.1 0.2 100000 5.47 25.7   -
e_learned 6 512 2048  8  64  64 0.1 0.1 100000 4.92 25.7   -
big      6 1024 4096 16  64  64 0.3 0.1 300000 4.33 26.4 213
"""


def table_3(preset):
    from tfformer.cost.parameters import head_dims

    config, paper = get_preset(preset), paper_row(preset)
    m = config.model
    return [
        *(m.num_layers, m.model_dim, m.ffn_dim, m.num_heads, *head_dims(m)),
        *(m.dropout_rate, config.optimizer.label_smoothing),
        *(config.train.steps, paper.perplexity, paper.bleu),
        paper.millions,
    ]


@pytest.mark.parametrize("line", TABLE_3.strip().splitlines())
def test_a_row_of_table_3(line):
    name, *cells = line.split()
    want = [None if cell == "-" else float(cell) for cell in cells]
    preset = f"translation/table3/{name}"
    assert table_3(preset) == want
    config = get_preset(preset)
    assert config.data == get_preset("translation/base").data
    learned = name == "e_learned"
    assert config.model.positions == ("learned" if learned else "sinusoidal")


def test_table_3_is_whole_and_in_order():
    names = [line.split()[0] for line in TABLE_3.strip().splitlines()]
    assert list(ROWS) == names
    assert match_presets(["translation/table3/*"]) == [
        f"translation/table3/{name}" for name in names
    ]
    assert paper_row("translation/base") is None


@pytest.mark.parametrize(
    ("name", "target", "pieces", "steps", "kept", "dropout"),
    [
        ("ende_base", "de", 37_000, 100_000, 5, 0.1),
        ("ende_big", "de", 37_000, 300_000, 20, 0.3),
        ("enfr_base", "fr", 32_000, 100_000, 5, 0.1),
        ("enfr_big", "fr", 32_000, 300_000, 20, 0.1),
    ],
)
def test_the_runs_of_table_2(name, target, pieces, steps, kept, dropout):
    config = get_preset(f"translation/wmt14_{name}")
    size = get_preset(f"translation/{name[5:]}")
    assert config.model == dataclasses.replace(size.model, dropout_rate=dropout)
    data, train = config.data, config.train
    assert data.source == f"tfds:wmt14_translate/{target}-en"
    assert (data.source_language, data.target_language) == ("en", target)
    assert (data.train_split, data.dev_split) == ("train", "validation")
    assert data.vocab_size == pieces
    assert (train.steps, train.batch_tokens) == (steps, 25_000)
    assert (train.keep_checkpoints, train.checkpoint_minutes) == (kept, 10)
    assert train.checkpoint_steps >= steps
    assert config.optimizer == size.optimizer
    assert config.optimizer.warmup_steps == 4000
    decode = config.decode
    assert (decode.beam_size, decode.length_penalty_alpha) == (4, 0.6)
    assert decode.extra_length == 50


@pytest.mark.parametrize(
    ("name", "pieces"), [("wsj", 2**14), ("wsj_semi", 2**15)]
)
def test_the_parsers_of_table_4(name, pieces):
    """Section 6.3; section 22 is the dev split of the source "ptb"."""
    config = get_preset(f"parsing/{name}")
    model, decode = config.model, config.decode
    assert (model.num_layers, model.model_dim) == (4, 1024)
    assert config.data.vocab_size == pieces
    assert (decode.beam_size, decode.length_penalty_alpha) == (21, 0.3)
    assert decode.extra_length == 300 and decode.method == "beam"
    # "All else as En-De base", but for what the authors' code has.
    base = get_preset("translation/base")
    assert (model.ffn_dim, model.num_heads) == (2048, 8)
    assert config.optimizer == dataclasses.replace(
        base.optimizer, learning_rate=0.5
    )
    assert config.train.batch_tokens == base.train.batch_tokens == 25_000
    assert config.train.steps == base.train.steps
    assert (config.data.source, config.data.dev_split) == ("ptb", "dev")
    assert config.data.extra_weight == (name == "wsj_semi")


def test_families_are_no_tasks_and_are_listed_together():
    assert task_names() == ["parsing", "tagging", "translation"]
    assert "translation/table3/{base,a_h1," in describe_presets()
    with pytest.raises(ConfigError, match="mean translation/table3/c_n8"):
        get_preset("translation/table3/c_n88")


def test_a_star_stays_between_slashes():
    names = match_presets(["translation/*", "*/wsj"])
    assert "translation/base" in names and names[-1] == "parsing/wsj"
    assert not any("table3" in name for name in names)
    assert match_presets(["parsing/wsj", "parsing/wsj*"]) == [
        "parsing/wsj",
        "parsing/wsj_semi",
        "parsing/wsj_sample",
        "parsing/wsj_sample_chart",
    ]
    with pytest.raises(ConfigError, match=r"'x/\*', which matches none"):
        match_presets(["x/*"])


def test_unknown_preset_lists_the_known_ones():
    with pytest.raises(ConfigError, match="translation/base.*'no/such'"):
        get_preset("no/such")
