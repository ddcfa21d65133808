"""Attention as one picture, for papers."""

import os

from tfformer.visual.explanation import ATTENTIONS, Explanation
from tfformer.visual.figure import new_figure, save_figure


def save_heads(
    explanation: Explanation,
    path: str | os.PathLike,
    kind: str = "cross",
    layer: int = -1,
) -> None:
    """Writes what `draw_heads` draws.

    Args:
        explanation: as of `draw_heads`.
        path: of the file; its suffix says which kind of picture.
        kind: as of `draw_heads`.
        layer: as of `draw_heads`.
    """
    save_figure(draw_heads(explanation, kind, layer), path)


def draw_heads(explanation: Explanation, kind: str = "cross", layer: int = -1):
    """Draws every head of one layer as a matrix.

    Args:
        explanation: what to draw.
        kind: a key of `ATTENTIONS`.
        layer: which, from 0; -1 is the last.

    Returns:
        A matplotlib figure.

    Raises:
        UserError: if matplotlib is not installed.
    """
    heads = explanation.attention[kind][layer]
    queries, keys = explanation.tokens(kind)
    columns = min(4, len(heads))
    rows = -(-len(heads) // columns)
    figure = new_figure(
        (1.2 + 0.26 * len(keys)) * columns, (1.2 + 0.26 * len(queries)) * rows
    )
    for number, weights in enumerate(heads):
        axes = figure.add_subplot(rows, columns, number + 1)
        axes.imshow(weights, cmap="Blues", vmin=0, vmax=1, aspect="equal")
        axes.set_title(f"head {number + 1}", fontsize=9)
        labels = {"fontsize": 8, "parse_math": False}
        axes.set_xticks(range(len(keys)), _shown(keys), rotation=90, **labels)
        axes.set_yticks(range(len(queries)), _shown(queries), **labels)
    count = len(explanation.attention[kind])
    figure.suptitle(
        f"{ATTENTIONS[kind]}, layer {layer % count + 1} of {count}",
        fontsize=10,
    )
    return figure


def _shown(pieces):
    """SentencePiece's sign of a space as a dot, which every font has."""
    return [piece.replace("\u2581", "\u00b7") for piece in pieces]
