"""The table of a sweep: Markdown, CSV and a picture.

Its columns are those of the paper's Table 3. Where a row is one of that
table's, the paper's figures stand beside.
"""

import csv
import pathlib
import typing
from collections.abc import Sequence

from tfformer.cost.parameters import head_dims
from tfformer.data.atomic import written_aside
from tfformer.sweeps.chart import draw
from tfformer.sweeps.results import Result
from tfformer.tasks.table3_presets import BASE, paper_row

_SETTINGS = {
    "N": "N",
    "d_model": "d<sub>model</sub>",
    "d_ff": "d<sub>ff</sub>",
    "h": "h",
    "d_k": "d<sub>k</sub>",
    "d_v": "d<sub>v</sub>",
    "P_drop": "P<sub>drop</sub>",
    "eps_ls": "&epsilon;<sub>ls</sub>",
    "positions": "positions",
    "steps": "train steps",
}
_Cell = str | int | float | None


def write_table(results: Sequence[Result], directory: pathlib.Path) -> None:
    """Writes `table.md`, `table.csv` and, with matplotlib, `table.png`.

    Args:
        results: the rows, in order.
        directory: where to.
    """
    rows = [row_of(result) for result in results]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with written_aside(directory / "table.csv") as aside:
        with open(aside, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows(rows)
    with written_aside(directory / "table.md") as aside:
        aside.write_text(markdown(results), encoding="utf-8")
    draw(results, directory / "table.png")


def row_of(result: Result) -> dict[str, _Cell]:
    """Returns one row by column; the CSV has it whole."""
    run, paper = result.run, paper_row(result.run.preset)
    row: dict[str, _Cell] = {"row": result.label, **_settings(result)}
    row["perplexity_dev"] = _rounded(result.perplexity)
    if paper:
        row["paper_perplexity_dev"] = paper.perplexity
    row[f"{result.metric}_dev"] = _rounded(result.score)
    if paper:
        row["paper_bleu_dev"] = paper.bleu
    row["parameters"] = result.parameters
    if paper:
        row["paper_parameters_millions"] = paper.millions
    row["preset"] = run.preset
    row["failure"] = result.failure
    return row


def _settings(result: Result) -> dict[str, _Cell]:
    """Returns what the row is configured as, under the paper's names."""
    config = result.run.config
    model = config.model
    key_dim, value_dim = head_dims(model)
    return {
        "N": model.num_layers,
        "d_model": model.model_dim,
        "d_ff": model.ffn_dim,
        "h": model.num_heads,
        "d_k": key_dim,
        "d_v": value_dim,
        "P_drop": model.dropout_rate,
        "eps_ls": config.optimizer.label_smoothing,
        "positions": model.positions,
        "steps": config.train.steps,
    }


def markdown(results: Sequence[Result]) -> str:
    """Returns the table as the paper prints it.

    A setting is left empty where it is the base row's, if the sweep has one.
    """
    metrics = list(dict.fromkeys(result.metric for result in results))
    papers = [paper_row(result.run.preset) for result in results]
    names = ["row", *_SETTINGS.values(), "PPL (dev)"]
    names += ["the paper's"] if any(papers) else []
    for metric in metrics:
        names.append(f"{metric.upper()} (dev)")
        names += ["the paper's"] if any(papers) and metric == "bleu" else []
    names += ["params &times;10<sup>6</sup>"]
    names += ["the paper's"] if any(papers) else []
    base = next((r for r in results if r.run.preset == BASE), None)
    lines = [names, ["---"] * len(names)]
    for result, paper in zip(results, papers, strict=True):
        cells = [result.label, *_shown_settings(result, base)]
        cells.append(_text(result.perplexity, 2) or _state(result))
        if any(papers):
            cells.append(_text(paper and paper.perplexity, 2))
        for metric in metrics:
            cells.append(_text(result.score, 1) * (metric == result.metric))
            if any(papers) and metric == "bleu":
                cells.append(_text(paper and paper.bleu, 1))
        millions = result.parameters and result.parameters / 1e6
        cells.append(_text(millions, 1 if (millions or 0) >= 10 else 2))
        if any(papers):
            cells.append(_text(paper and paper.millions, 0))
        lines.append(cells)
    table = "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
    return "".join([table, *(f"\n{note}\n" for note in _notes(results))])


def _shown_settings(result: Result, base: Result | None) -> list[str]:
    own = _settings(result)
    same: dict[str, _Cell] = {}
    if base is not None and result is not base:
        same = _settings(base)
    return [
        "" if same.get(name) == value else f"{value}"
        for name, value in own.items()
    ]


def _notes(results: Sequence[Result]) -> list[str]:
    """Says what the figures are, and which row is best."""
    notes = [
        "Dev scores are those of the last step, without averaging "
        "checkpoints. PPL is per token of the vocabulary, without label "
        "smoothing."
    ]
    if any(r.run.preset == BASE for r in results):
        notes[0] += " An empty setting is that of the base row."
    if any(paper_row(r.run.preset) for r in results):
        notes[0] += (
            " The paper's figures are of newstest2013 with 37,000 pieces, "
            "after 100,000 steps (big: 300,000): differences between rows "
            "compare, the figures themselves do not."
        )
    for metric in dict.fromkeys(r.metric for r in results):
        best = max(
            (r for r in results if r.metric == metric and r.finished),
            key=lambda r: r.score or 0.0,
            default=None,
        )
        if best is not None:
            notes.append(
                f"Best dev {metric.upper()}: {best.label}, "
                f"{_text(best.score, 2)}."
            )
    return notes


def _state(result: Result) -> str:
    return "failed" if result.failure else ""


def _text(value: typing.Any, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
