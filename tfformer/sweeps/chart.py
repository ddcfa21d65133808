"""The picture of a sweep."""

import math
import pathlib
import typing
from collections.abc import Sequence

from tfformer.errors import UserError
from tfformer.progress import announce
from tfformer.sweeps.results import Result
from tfformer.tasks.table3_presets import BASE, paper_row
from tfformer.visual.figure import new_figure, save_figure


class Panel(typing.NamedTuple):
    """What is drawn of one figure.

    Attributes:
        title: of the axis.
        ours: a value for each row, or None.
        papers: the paper's, or None.
    """

    title: str
    ours: list[float | None]
    papers: list[float | None]


def panels(results: Sequence[Result]) -> list[Panel]:
    """Returns perplexity and each task's score.

    Where the sweep has the base row of Table 3 with a score, rows are drawn
    as their difference to it, and so are the paper's: two corpora compare by
    nothing else. Of perplexities that is their ratio, as a logarithm: the
    difference in nats a token.
    """
    papers = [paper_row(r.run.preset) for r in results]
    found = [
        Panel(
            "PPL (dev), lower is better",
            [r.perplexity for r in results],
            [p and p.perplexity for p in papers],
        )
    ]
    for metric in dict.fromkeys(r.metric for r in results):
        mine = [r.score if r.metric == metric else None for r in results]
        of_paper = [p and p.bleu for p in papers]
        if metric != "bleu":
            of_paper = [None] * len(results)
        title = f"{metric.upper()} (dev), higher is better"
        found.append(Panel(title, mine, of_paper))
    names = [r.run.preset for r in results]
    at = names.index(BASE) if BASE in names else None
    if at is None or not results[at].finished:
        return found
    first = found[0]
    found[0] = Panel(f"log {first.title}", *map(_logs, first[1:]))
    return [
        Panel(
            f"{panel.title}; minus base",
            _minus(panel.ours, panel.ours[at]),
            _minus(panel.papers, panel.papers[at]),
        )
        for panel in found
    ]


def _logs(values: Sequence[float | None]) -> list[float | None]:
    return [None if value is None else math.log(value) for value in values]


def draw(results: Sequence[Result], path: pathlib.Path) -> None:
    """Draws every row's figures, the paper's beside, if matplotlib is there.

    Args:
        results: the rows, in order.
        path: a PNG file.
    """
    if not any(result.finished for result in results):
        return
    drawn = panels(results)
    rows = range(len(results))
    try:
        figure = new_figure(2 + 4 * len(drawn), 1.4 + 0.28 * len(results))
    except UserError as error:
        announce(f"no {path}: {error}")
        return
    axes = figure.subplots(1, len(drawn), sharey=True, squeeze=False)[0]
    for axis, panel in zip(axes, drawn, strict=True):
        _points(axis, panel.papers, "the paper's", marker="o", fill=False)
        _points(axis, panel.ours, "this sweep's", marker="D", fill=True)
        axis.set_title(panel.title, fontsize=9)
        axis.grid(True, alpha=0.3)
        if "minus" in panel.title:
            axis.axvline(0, color="grey", linewidth=0.8)
        axis.legend(fontsize=8)
    names = [result.label for result in results]
    axes[0].set_yticks(rows, labels=names, fontsize=8)
    axes[0].invert_yaxis()
    save_figure(figure, path)


def _points(
    axis: typing.Any,
    values: Sequence[float | None],
    name: str,
    marker: str,
    fill: bool,
) -> None:
    places = [i for i, value in enumerate(values) if value is not None]
    if places:
        axis.plot(
            [values[i] for i in places],
            places,
            marker,
            label=name,
            markersize=5 if fill else 8,
            fillstyle="full" if fill else "none",
        )


def _minus(
    values: Sequence[float | None], base: float | None
) -> list[float | None]:
    return [
        None if value is None or base is None else value - base
        for value in values
    ]
