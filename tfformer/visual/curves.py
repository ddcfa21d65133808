"""Learning curves of a run, from its `metrics.jsonl`."""

import json
import os
import pathlib
from collections.abc import Mapping, Sequence

from tfformer.errors import DataError, UserError
from tfformer.visual.figure import new_figure, save_figure

# Names that belong into one panel, each with its label; what is not listed
# here gets a panel of its own.
_PANELS = (
    ("loss (nats a token)", ("loss", "dev_loss")),
    ("learning rate", ("learning_rate",)),
    ("gradient norm", ("gradient_norm",)),
    ("tokens / s", ("tokens_per_second",)),
)
Series = Mapping[str, Sequence[tuple[int, float]]]


def read_metrics(path: str | os.PathLike) -> Series:
    """Reads the lines of a `metrics.jsonl`.

    Returns:
        For each name, in order of appearance, its (step, value) pairs; what
        is no number is left out.

    Raises:
        DataError: if the file is missing, has no line yet, or a line is not
            JSON (`path:line:`), unless it is the last and was cut short.
    """
    path = pathlib.Path(path)
    if not path.is_file():
        raise DataError(
            f"{path}: no such file. A run writes it from step train.log_every "
            "on; give the --workdir of one that has begun."
        )
    series: dict[str, list[tuple[int, float]]] = {}
    lines = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines, 1):
        try:
            values = json.loads(line)
            step = int(values.pop("step"))
        except (
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            OverflowError,
        ) as error:
            if number == len(lines):
                # Behind the last line's end is nothing, or what a run is just
                # writing or was killed over.
                break
            raise DataError(
                f"{path}:{number}: not a line of metrics ({error}). A line is "
                'a JSON object with "step"; remove what is not.'
            ) from error
        for name, value in values.items():
            if isinstance(value, int | float):
                series.setdefault(name, []).append((step, float(value)))
    if not series:
        raise DataError(
            f"{path}: there is no line yet. The first comes at step "
            "train.log_every."
        )
    return series


def choose(series: Series, names: Sequence[str]) -> Series:
    """Keeps some curves.

    Args:
        series: from `read_metrics`.
        names: of those that are kept; none keeps all.

    Raises:
        UserError: for a name that is not there.
    """
    for name in names:
        if name not in series:
            raise UserError(
                f"`--only` takes names of metrics. Received: {name!r}. There "
                f"are {', '.join(series)}."
            )
    return {name: series[name] for name in names} if names else series


def panels(series: Series) -> list[tuple[str, list[str]]]:
    """Groups the names that are drawn on the same axes.

    Returns:
        A label and the names for each panel; none is empty.
    """
    found = []
    listed = {name for _, names in _PANELS for name in names}
    for label, names in _PANELS:
        present = [name for name in names if name in series]
        if present:
            found.append((label, present))
    found += [(name, [name]) for name in series if name not in listed]
    return found


def save_curves(series: Series, path: str | os.PathLike, title: str) -> None:
    """Draws every panel into one picture.

    Args:
        series: from `read_metrics`.
        path: of the file; its suffix says which kind of picture.
        title: stands above all.
    """
    groups = panels(series)
    columns = min(3, len(groups))
    rows = -(-len(groups) // columns)
    figure = new_figure(4.2 * columns, 2.9 * rows)
    for number, (label, names) in enumerate(groups, 1):
        axes = figure.add_subplot(rows, columns, number)
        for name in names:
            steps, values = zip(*series[name], strict=True)
            mark = "o" if len(steps) < 30 else None
            axes.plot(steps, values, label=name, marker=mark, markersize=3)
        axes.set_title(label, fontsize=10)
        axes.set_xlabel("step", fontsize=9)
        axes.tick_params(labelsize=8)
        axes.grid(alpha=0.3)
        if len(names) > 1:
            axes.legend(fontsize=8)
    figure.suptitle(title, fontsize=11)
    save_figure(figure, path)
