"""The baseline that any English parser must beat."""

from collections.abc import Sequence

from nltk.tree import Tree

from tfformer.data.punctuation import punctuation_tags
from tfformer.data.tree_cleaning import ROOT
from tfformer.data.trees import MAX_DEPTH
from tfformer.errors import DataError


def right_branching(
    words: Sequence[str], tags: Sequence[str] | None = None
) -> Tree:
    """Builds (TOP (S w1 (VP w2 (VP w3 w4)))): each word governs what follows.

    VP is the label that scores best below the outermost S. A final full stop
    hangs on that S, as in English treebanks. The words beyond `MAX_DEPTH` stay
    in the innermost constituent.

    Args:
        words: the words of the sentence.
        tags: their tags; None for `punctuation_tags`.

    Returns:
        The tree.

    Raises:
        DataError: if there are no words, or tags of another number.
    """
    tags = punctuation_tags(words) if tags is None else tags
    if not words or len(words) != len(tags):
        raise DataError(
            "`words` and `tags` must be as many, and at least one. Received: "
            f"{len(words)} words, {len(tags)} tags."
        )
    nodes = [Tree(tag, [word]) for word, tag in zip(words, tags, strict=True)]
    final = [nodes.pop()] if tags[-1] == "." and len(nodes) > 1 else []
    depth = max(min(len(nodes) - 2, MAX_DEPTH - 2), 0)
    tree = Tree("VP" if depth else "S", nodes[depth:])
    for place in reversed(range(depth)):
        tree = Tree("VP" if place else "S", [nodes[place], tree])
    tree.extend(final)
    return Tree(ROOT, [tree])
