"""Table 3 of the paper: its rows as presets, and the figures it prints.

A row is measured on newstest2013, the dev set of English-to-German, at its
last step, without averaging checkpoints. Here its text is the user's own
(`data.source` "text").
"""

import dataclasses
import typing

from tfformer.config import ExperimentConfig

FOLDER = "translation/table3"
BASE = f"{FOLDER}/base"


class Row(typing.NamedTuple):
    """One row of the table.

    Attributes:
        perplexity: the paper's, on dev, per word piece.
        bleu: the paper's, on dev.
        millions: the paper's count of weights, in millions and rounded; None
            where the table has none.
        changes: what differs from the base row, as `--set` has it.
    """

    perplexity: float
    bleu: float
    millions: int | None
    changes: dict[str, typing.Any]


def _row(
    perplexity: float, bleu: float, millions: int | None = None, **changes
) -> Row:
    """Makes a row; "model__num_heads" is model.num_heads."""
    named = {k.replace("__", "."): v for k, v in changes.items()}
    return Row(perplexity, bleu, millions, named)


def _heads(count: int, width: int) -> dict[str, int]:
    """Row A: more heads, each narrower, at the same cost."""
    return {
        "model__num_heads": count,
        "model__key_dim": width,
        "model__value_dim": width,
    }


# In the order of the table; a letter is the paper's group of rows.
ROWS: dict[str, Row] = {
    "base": _row(4.92, 25.8, 65),
    "a_h1": _row(5.29, 24.9, **_heads(1, 512)),
    "a_h4": _row(5.00, 25.5, **_heads(4, 128)),
    "a_h16": _row(4.91, 25.8, **_heads(16, 32)),
    "a_h32": _row(5.01, 25.4, **_heads(32, 16)),
    "b_dk16": _row(5.16, 25.1, 58, model__key_dim=16),
    "b_dk32": _row(5.01, 25.4, 60, model__key_dim=32),
    "c_n2": _row(6.11, 23.7, 36, model__num_layers=2),
    "c_n4": _row(5.19, 25.3, 50, model__num_layers=4),
    "c_n8": _row(4.88, 25.5, 80, model__num_layers=8),
    "c_d256": _row(
        5.75,
        24.5,
        28,
        model__model_dim=256,
        model__key_dim=32,
        model__value_dim=32,
    ),
    "c_d1024": _row(
        4.66,
        26.0,
        168,
        model__model_dim=1024,
        model__key_dim=128,
        model__value_dim=128,
    ),
    "c_ff1024": _row(5.12, 25.4, 53, model__ffn_dim=1024),
    "c_ff4096": _row(4.75, 26.2, 90, model__ffn_dim=4096),
    "d_drop0": _row(5.77, 24.6, model__dropout_rate=0.0),
    "d_drop2": _row(4.95, 25.5, model__dropout_rate=0.2),
    "d_ls0": _row(4.67, 25.3, optimizer__label_smoothing=0.0),
    "d_ls2": _row(5.47, 25.7, optimizer__label_smoothing=0.2),
    "e_learned": _row(4.92, 25.7, model__positions="learned"),
    "big": _row(
        4.33,
        26.4,
        213,
        model__model_dim=1024,
        model__ffn_dim=4096,
        model__num_heads=16,
        model__dropout_rate=0.3,
        train__steps=300_000,
    ),
}


def table3_presets(base: ExperimentConfig) -> list[ExperimentConfig]:
    """Returns the rows as configurations, in the order of the table.

    Args:
        base: the paper's base model and its training, for 100,000 steps.
    """
    return [
        _replaced(base, f"{FOLDER}/{name}", row.changes)
        for name, row in ROWS.items()
    ]


def paper_row(preset: str) -> Row | None:
    """Returns what the paper says of a preset, if it is a row of Table 3."""
    folder, _, name = preset.rpartition("/")
    return ROWS.get(name) if folder == FOLDER else None


def _replaced(
    base: ExperimentConfig, name: str, changes: dict[str, typing.Any]
) -> ExperimentConfig:
    sections: dict[str, dict[str, typing.Any]] = {}
    for field, value in changes.items():
        section, _, key = field.partition(".")
        sections.setdefault(section, {})[key] = value
    return dataclasses.replace(
        base,
        preset=name,
        **{
            section: dataclasses.replace(getattr(base, section), **fields)
            for section, fields in sections.items()
        },
    )
