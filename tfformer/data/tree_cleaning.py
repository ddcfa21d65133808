"""The standard clean-up of Penn trees: what parsers learn and EVALB scores.

Every step returns a tree and leaves its argument as it was. Nodes that a step
does not change are shared between the two, so treat trees as values.
"""

import operator

from nltk.tree import Tree

from tfformer.errors import DataError

ROOT = "TOP"
TRACE = "-NONE-"
# What treebanks and parsers call their root: LDC, Charniak, Stanford, SPMRL.
_ROOTS = frozenset(("", ROOT, "S1", "ROOT", "VROOT"))


def clean(tree: Tree, collapse: bool = False) -> Tree | None:
    """Applies all steps.

    Args:
        tree: a tree as the treebank has it.
        collapse: whether to make X over nothing but X a single X.

    Returns:
        The cleaned tree with the root TOP, or None if it held only traces.
    """
    traceless = remove_traces(tree)
    if traceless is None:
        return None
    cleaned = normalise_root(strip_functions(traceless))
    return collapse_unaries(cleaned) if collapse else cleaned


def require_root(tree: Tree) -> None:
    """Refuses a tree that `clean` has not given its root.

    Raises:
        DataError: if the root is not TOP.
    """
    if tree.label() != ROOT or is_preterminal(tree):
        raise DataError(
            f"`tree` must have the root {ROOT}. Received: the root "
            f"{tree.label()!r}. Clean it with tfformer.data.tree_cleaning."
        )


def remove_traces(tree: Tree) -> Tree | None:
    """Takes out traces and every node that they leave empty.

    Returns:
        The rest, or None if there is none.
    """
    if tree.label() == TRACE:
        return None
    if is_preterminal(tree):
        return tree
    # Not within the comprehension, which is a call of its own in old Pythons:
    # one call a level, and the deepest tree stays below Python's limit.
    rests = list(map(remove_traces, tree))
    children = [rest for rest in rests if rest is not None]
    return _replaced(tree, tree.label(), children) if children else None


def strip_functions(tree: Tree) -> Tree:
    """Cuts function tags and indices off constituents: NP-SBJ=2 is NP.

    Tags of words stay as they are, -LRB- included: EVALB cuts none either.
    """
    if is_preterminal(tree):
        return tree
    children = list(map(strip_functions, tree))
    return _replaced(tree, _without_functions(tree.label()), children)


def normalise_root(tree: Tree) -> Tree:
    """Gives the tree exactly one root TOP.

    LDC's empty root, and the roots of other treebanks and parsers, become
    TOP; a tree without any of these gets TOP on top.
    """
    if is_preterminal(tree) or tree.label() not in _ROOTS:
        return Tree(ROOT, [tree])
    while len(tree) == 1 and _is_root(tree[0]):
        tree = tree[0]
    return tree if tree.label() == ROOT else Tree(ROOT, list(tree))


def collapse_unaries(tree: Tree) -> Tree:
    """Makes X over nothing but X a single X, for constituents."""
    if is_preterminal(tree):
        return tree
    while (
        len(tree) == 1
        and tree[0].label() == tree.label()
        and not is_preterminal(tree[0])
    ):
        tree = tree[0]
    children = list(map(collapse_unaries, tree))
    return _replaced(tree, tree.label(), children)


def is_preterminal(tree: Tree) -> bool:
    """Tells whether a node is a tag over its word."""
    # Iterating is quick, where nltk's own indexing is not.
    return any(isinstance(child, str) for child in tree)


def _replaced(tree: Tree, label: str, children: list[Tree]) -> Tree:
    """Returns the tree itself where that label and these children are its."""
    same = label == tree.label() and len(children) == len(tree)
    if same and all(map(operator.is_, children, tree)):
        return tree
    return Tree(label, children)


def _is_root(tree: Tree) -> bool:
    return tree.label() in _ROOTS and not is_preterminal(tree)


def _without_functions(label: str) -> str:
    """Cuts at the first - or =, but never down to nothing."""
    if label.startswith(("-", "=")):
        return label
    return label.partition("-")[0].partition("=")[0]
