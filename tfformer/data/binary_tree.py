"""Trees as binary trees, one entry for each word, and back.

A node of three children or more becomes binary from the left: the first two
are joined by a span without a label, that one and the third by another, and so
on. Nodes one over the other become one span with several labels. A binary tree
over n words has a leaf for each word, and parts one span at each of the n - 1
gaps between two words; so it is n leaves and n - 1 spans, each in its place.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from nltk.tree import Tree

from tfformer.data.tree_cleaning import is_preterminal, require_root

# Labels of one span, outermost first; none for a span that is no constituent.
Labels = tuple[str, ...]


class Span(NamedTuple):
    """A span and its labels.

    Attributes:
        begin: words before it.
        end: words up to its end.
        labels: outermost first.
    """

    begin: int
    end: int
    labels: Labels


class BinaryTree(NamedTuple):
    """A tree in arrays.

    Attributes:
        tags: of each word.
        leaves: labels of each word alone, above its tag.
        spans: the span that is parted after each word but the last.
    """

    tags: list[str]
    leaves: list[Labels]
    spans: list[Span]


def to_binary(tree: Tree) -> BinaryTree:
    """Makes a tree binary.

    Args:
        tree: a tree with the root TOP, as `clean` gives it.

    Raises:
        DataError: if the root is another.
    """
    require_root(tree)
    size = len(tree.leaves())
    binary = BinaryTree(
        [tag for _, tag in tree.pos()], [()] * size, [Span(0, 0, ())] * size
    )
    binary.spans.pop()
    # The root's own label is always the same and left out.
    _add(tree, 0, binary, root=True)
    return binary


def _add(node: Tree, begin: int, binary: BinaryTree, root: bool = False) -> int:
    """Writes the spans of a subtree; returns where it ends."""
    labels = [] if root else [node.label()]
    while len(node) == 1 and not is_preterminal(node[0]):
        node = node[0]
        labels.append(node.label())
    if len(node) == 1:
        binary.leaves[begin] = tuple(labels)
        return begin + 1
    end = begin
    parted: list[int] = []
    for child in node:
        if end > begin:
            parted.append(end)
        end = end + 1 if is_preterminal(child) else _add(child, end, binary)
        if parted:
            binary.spans[parted[-1] - 1] = Span(begin, end, ())
    binary.spans[parted[-1] - 1] = Span(begin, end, tuple(labels))
    return end


def to_symbols(binary: BinaryTree) -> list[str]:
    """Linearises a binary tree, as `tfformer.data.linearize` does with tags.

    Args:
        binary: as `to_binary` gives it; its spans must make a tree.
    """
    size = len(binary.tags)
    spans = [span for span in binary.spans if span.labels]
    # Outermost first.
    spans.sort(key=lambda span: (span.begin, -span.end))
    opening: list[list[Labels]] = [[] for _ in range(size)]
    closing: list[list[Labels]] = [[] for _ in range(size)]
    for span in spans:
        opening[span.begin].append(span.labels)
        closing[span.end - 1].append(span.labels)
    symbols: list[str] = []
    for place, (tag, leaf) in enumerate(
        zip(binary.tags, binary.leaves, strict=True)
    ):
        symbols.extend(_opened([*opening[place], leaf]))
        symbols.append(tag)
        symbols.extend(_closed([leaf, *reversed(closing[place])]))
    return symbols


def _opened(spans: Sequence[Labels]) -> Iterator[str]:
    for labels in spans:
        for label in labels:
            yield f"({label}"


def _closed(spans: Sequence[Labels]) -> Iterator[str]:
    for labels in spans:
        for label in reversed(labels):
            yield f"){label}"
