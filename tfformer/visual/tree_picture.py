"""A constituency tree as a picture, for papers."""

import os

from nltk.tree import Tree

from tfformer.data.trees import parse_trees
from tfformer.errors import UserError
from tfformer.visual.explanation import Explanation
from tfformer.visual.figure import new_figure, save_figure

# Inches: of a letter, of the space between two words, of a level.
_LETTER, _GAP, _LEVEL = 0.085, 0.12, 0.42


def save_tree(explanation: Explanation, path: str | os.PathLike) -> None:
    """Draws the best tree.

    Args:
        explanation: of parsing.
        path: of the file; its suffix says which kind of picture.

    Raises:
        UserError: if the explanation is of another task, or matplotlib is not
            installed.
    """
    if explanation.task != "parsing":
        raise UserError(
            "`--draw=tree` is for parsers. Received: a model of "
            f"{explanation.task}. Try --draw=attention."
        )
    (tree,) = parse_trees(explanation.best.text, "the parse")
    save_figure(draw_tree(tree), path)


def draw_tree(tree: Tree):
    """Returns a matplotlib figure of a tree: words under their tags."""
    nodes: list[tuple[float, int, str, bool]] = []
    edges: list[tuple[float, float, int]] = []
    width = _width(tree)
    _place(tree, 0, 0.0, nodes, edges)
    depth = max(level for _, level, _, _ in nodes)
    figure = new_figure(width + 2 * _GAP, _LEVEL * (depth + 1))
    axes = figure.add_subplot()
    axes.set(xlim=(-_GAP, width + _GAP), ylim=(-depth - 0.5, 0.5))
    axes.axis("off")
    for parent, child, level in edges:
        # From under the parent's label to above the child's.
        axes.plot(
            (parent, child), (0.75 - level, 0.25 - level), "#888", linewidth=0.8
        )
    for x, level, label, is_word in nodes:
        axes.text(
            x,
            -level,
            label,
            ha="center",
            va="center",
            fontsize=9,
            color="#0b4f8a" if is_word else "black",
            parse_math=False,
        )
    return figure


def _place(node, level, left, nodes, edges):
    """Finds a place for a node and all under it, from `left` on.

    Returns:
        Where the node's label is.
    """
    children = list(node) if isinstance(node, Tree) else []
    own, widths = _label_width(node), [_width(child) for child in children]
    width = max(own, sum(widths))
    # What is narrower than its label stands under the middle of it.
    start = left + (width - sum(widths)) / 2
    middles = []
    for child, wide in zip(children, widths, strict=True):
        middles.append(_place(child, level + 1, start, nodes, edges))
        start += wide
    middle = left + width / 2
    if children:
        above = (middles[0] + middles[-1]) / 2
        middle = min(max(above, left + own / 2), left + width - own / 2)
    edges += [(middle, x, level + 1) for x in middles]
    nodes.append((middle, level, _label(node), not children))
    return middle


def _width(node):
    """Inches that a node and all under it take."""
    children = node if isinstance(node, Tree) else ()
    return max(_label_width(node), sum(map(_width, children)))


def _label_width(node):
    return _LETTER * len(_label(node)) + _GAP


def _label(node):
    return node.label() if isinstance(node, Tree) else node
