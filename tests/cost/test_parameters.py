import dataclasses

import pytest

from tfformer.config import ModelConfig
from tfformer.cost.parameters import count_parameters
from tfformer.models.transformer import Transformer
from tfformer.tasks.table3_presets import ROWS
from tfformer.tasks.task import get_preset

SMALL = ModelConfig(num_layers=1, model_dim=16, ffn_dim=24, num_heads=4)
# Our count of PAPER's rows, in millions, at 37,000 and at 41,100 pieces.
MILLIONS = {
    "base": (63.0, 65.1),
    "b_dk16": (56.0, 58.1),
    "b_dk32": (58.3, 60.4),
    "c_n2": (33.6, 35.7),
    "c_n4": (48.3, 50.4),
    "c_n8": (77.7, 79.8),
    "c_d256": (26.8, 27.9),
    "c_d1024": (163.8, 168.0),
    "c_ff1024": (50.5, 52.6),
    "c_ff4096": (88.2, 90.3),
    "big": (214.2, 218.4),
}
# The exact count at 37,000 pieces is farther than 4 % from the paper's
# rounded one: no vocabulary gives all of the paper's counts, and these rows
# are the smallest, in which the vocabulary weighs most.
FARTHER = {"c_n2": -0.0654, "c_d256": -0.0423, "c_ff1024": -0.0481}


def count(name, vocab_size):
    model = get_preset(f"translation/table3/{name}").model
    return count_parameters(model, vocab_size, vocab_size)


@pytest.mark.parametrize(
    "changes",
    [
        {"key_dim": 3, "value_dim": 5},
        {"share_embeddings": "none", "normalization": "pre"},
        {
            "share_embeddings": "target",
            "key_dim": 2,
            "positions": "learned",
            "max_positions": 7,
        },
    ],
    ids=str,
)
def test_it_counts_what_keras_builds(changes):
    config = dataclasses.replace(SMALL, **changes)
    sizes = (11, 13) if "share_embeddings" in changes else (13, 13)
    model = Transformer(*sizes, **dataclasses.asdict(config))
    model.build()
    assert count_parameters(config, *sizes) == model.count_params()


@pytest.mark.parametrize("name", ROWS)
def test_every_row_of_table_3_follows_the_formula(name):
    """Written out: what `count_parameters` composes of its parts."""
    m = get_preset(f"translation/table3/{name}").model
    d, f, h = m.model_dim, m.ffn_dim, m.num_heads
    k, v = m.key_dim or d // h, m.value_dim or d // h
    attention = 2 * d * h * k + 2 * d * h * v
    feed_forward = d * f + f + f * d + d
    positions = 2 * m.max_positions * d if name == "e_learned" else 0
    want = (
        37_000 * d
        + positions
        + m.num_layers * (3 * attention + 2 * feed_forward + 5 * 2 * d)
    )
    assert count(name, 37_000) == want


@pytest.mark.parametrize("name", MILLIONS)
def test_our_counts_of_the_rows(name):
    for size, want in zip((37_000, 41_100), MILLIONS[name], strict=True):
        # c_ff1024 is 52.5496 at 41,100.
        assert abs(count(name, size) / 1e6 - want) <= 0.051


@pytest.mark.parametrize(
    "name", [name for name, row in ROWS.items() if row.millions]
)
def test_the_papers_counts_at_37000_pieces(name):
    stated = ROWS[name].millions * 1e6
    difference = count(name, 37_000) / stated - 1
    if name in FARTHER:
        assert difference == pytest.approx(FARTHER[name], abs=1e-4)
    else:
        assert abs(difference) <= 0.04


def test_the_rows_to_c_round_as_in_the_paper_at_41100_pieces():
    """Everywhere from 41,050 to 41,200, and big at 36,000."""
    for name, row in ROWS.items():
        if row.millions and name != "big":
            for size in (41_050, 41_100, 41_200):
                assert round(count(name, size) / 1e6) == row.millions, name
    assert round(count("big", 36_000) / 1e6) == 213
