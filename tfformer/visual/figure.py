"""Pictures by matplotlib, which an extra brings."""

import os
import pathlib

import numpy as np

from tfformer.data.atomic import written_aside
from tfformer.errors import UserError

KINDS = (".png", ".svg", ".pdf")
_DPI = 150
# Of a side; some more take gigabytes, and from 2**16 on matplotlib gives up.
_MOST_PIXELS = 20_000


def check_picture(path: str | os.PathLike, name: str) -> None:
    """Makes sure, before any work, that a picture can be made.

    Args:
        path: of the picture.
        name: of the flag that gave it.

    Raises:
        UserError: for a suffix that is no picture's, or without matplotlib.
    """
    suffix = pathlib.Path(path).suffix
    if suffix not in KINDS:
        raise UserError(
            f"`--{name}` must end in one of {', '.join(KINDS)}. Received: "
            f"{path}. Try --{name}=picture.png."
        )
    new_figure(1.0, 1.0)


def new_figure(width: float, height: float):
    """Returns an empty matplotlib figure.

    Args:
        width: in inches.
        height: in inches.

    Raises:
        UserError: if matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UserError(
            "A picture needs matplotlib. Received: none is installed. Try "
            'pip install "tfformer[bench]".'
        ) from error
    return Figure(figsize=(width, height), layout="constrained")


def pixels(figure) -> np.ndarray:
    """Returns a figure as uint8 `[height, width, 4]`."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())


def save_figure(figure, path: str | os.PathLike) -> None:
    """Writes a figure; what was at `path` stays until it is whole.

    Args:
        figure: from `new_figure`.
        path: its suffix is one of `KINDS`.

    Raises:
        UserError: for a .png that would be too large.
    """
    kind = pathlib.Path(path).suffix.removeprefix(".")
    width, height = (round(size * _DPI) for size in figure.get_size_inches())
    if kind == "png" and max(width, height) > _MOST_PIXELS:
        raise UserError(
            f"A .png must have {_MOST_PIXELS:,} pixels a side at most. "
            f"Received: {path}, of {width:,} x {height:,}. Try .svg, or a "
            "shorter text."
        )
    with written_aside(path) as aside:
        figure.savefig(aside, format=kind, dpi=_DPI)
