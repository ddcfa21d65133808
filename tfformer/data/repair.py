"""A tree from any symbols at all: what a parser's output is read with."""

import re
from collections.abc import Container, Sequence
from typing import NamedTuple

from nltk.tree import Tree

from tfformer.data.punctuation import (
    UNKNOWN_TAG,
    punctuation_tags,
    settle_tag,
)
from tfformer.data.tree_cleaning import ROOT
from tfformer.data.trees import MAX_DEPTH

_LABEL = re.compile(r"[^\s()]*")


class Repaired(NamedTuple):
    """A tree, and what had to be done for it.

    Attributes:
        tree: a tree with the root TOP, whose leaves are the words.
        problems: each mistake of the symbols; none if they were a tree.
        flat: whether nothing of the symbols could be kept, so that the tree
            is the flat (TOP (S ...)).
    """

    tree: Tree
    problems: tuple[str, ...]
    flat: bool


def repair(
    symbols: Sequence[str],
    words: Sequence[str],
    tags: bool = False,
    ambiguous: Container[str] | None = None,
) -> Repaired:
    """Makes a tree over exactly the words, whatever the symbols are.

    A closing bracket closes the nearest open one of its label, and all within
    that; if there is none, it is ignored. What is open at the end is closed.
    Constituents without a word are left out. Surplus words are ignored;
    missing ones go into the innermost constituent that is open at the end, or
    else into the last one below the root, or the root if its last child is a
    word. Only if no constituent is left over, or the tree would be too deep,
    it is flat. So a failed parse costs recall, where an empty line would be
    skipped by EVALB and cost nothing.

    Args:
        symbols: the output of a parser; see `tfformer.data.linearize`.
        words: the words of the sentence. Without words there is nothing to
            build on, and the tree is a bare TOP.
        tags: whether the symbol of a word is its tag; otherwise `XX` stands
            for the tag that `punctuation_tags` gives.
        ambiguous: words whose tag is taken from the symbols even where EVALB
            would notice the difference; see `settle_tag`. None means all.

    Returns:
        The tree and what was wrong.
    """
    builder = _Builder(words, tags, ambiguous)
    for symbol in symbols:
        if symbol.startswith("("):
            builder.open(symbol[1:])
        elif symbol.startswith(")"):
            builder.close(symbol[1:])
        else:
            builder.add_word(symbol)
    return builder.finish()


class _Builder:
    """Takes symbols one by one.

    Args:
        words: the words of the sentence.
        tags: see `repair`.
        ambiguous: see `repair`.
    """

    def __init__(
        self,
        words: Sequence[str],
        tags: bool,
        ambiguous: Container[str] | None,
    ) -> None:
        self._words = words
        self._guesses = punctuation_tags(words)
        self._tags = tags
        self._ambiguous = words if ambiguous is None else ambiguous
        self._used = 0
        self._open = [Tree(ROOT, [])]
        self._too_deep = False
        self._problems: list[str] = []

    def open(self, label: str) -> None:
        """Takes an opening bracket."""
        if not _LABEL.fullmatch(label):
            self._problems.append(f"{label!r} is no label")
        elif len(self._open) >= MAX_DEPTH:
            self._too_deep = True
            self._problems.append(f"more than {MAX_DEPTH} brackets are open")
        else:
            self._open.append(Tree(label, []))

    def close(self, label: str) -> None:
        """Takes a closing bracket."""
        labels = [node.label() for node in self._open[1:]]
        if label not in labels:
            self._problems.append(f"){label} closes nothing")
            return
        while self._open[-1].label() != label:
            self._problems.append(f"({self._open[-1].label()} is not closed")
            self._close_innermost()
        self._close_innermost()

    def add_word(self, symbol: str) -> None:
        """Takes the symbol of a word."""
        if self._used == len(self._words):
            self._problems.append(f"{symbol!r} has no word left")
            return
        if not _LABEL.fullmatch(symbol) or not symbol:
            self._problems.append(f"{symbol!r} is no tag")
            symbol = UNKNOWN_TAG
        word, guess = self._words[self._used], self._guesses[self._used]
        tag = guess
        if symbol != UNKNOWN_TAG or self._tags:
            tag = settle_tag(symbol, guess, word, self._ambiguous)
        self._open[-1].append(Tree(tag, [word]))
        self._used += 1

    def finish(self) -> Repaired:
        """Closes what is open, adds what is missing."""
        missing = self._preterminals(self._used)
        if missing:
            self._problems.append(f"{len(missing)} words have no symbol")
            self._last_constituent().extend(missing)
        while len(self._open) > 1:
            self._problems.append(f"({self._open[-1].label()} is not closed")
            self._close_innermost()
        tree = self._open[0]
        flat = bool(self._problems) and not _has_constituent(tree)
        if flat or self._too_deep or not self._words:
            return Repaired(self._flat(), tuple(self._problems), True)
        return Repaired(tree, tuple(self._problems), False)

    def _close_innermost(self) -> None:
        node = self._open.pop()
        if len(node):
            self._open[-1].append(node)
        else:
            self._problems.append(f"({node.label()} holds no word")

    def _last_constituent(self) -> Tree:
        node = self._open[-1]
        root = self._open[0]
        if node is root and len(root) and _is_constituent(root[-1]):
            return root[-1]
        return node

    def _preterminals(self, first: int) -> list[Tree]:
        pairs = zip(self._guesses[first:], self._words[first:], strict=True)
        return [Tree(tag, [word]) for tag, word in pairs]

    def _flat(self) -> Tree:
        if not self._words:
            return Tree(ROOT, [])
        return Tree(ROOT, [Tree("S", self._preterminals(0))])


def _has_constituent(root: Tree) -> bool:
    return any(_is_constituent(child) for child in root)


def _is_constituent(node: Tree) -> bool:
    return isinstance(node[0], Tree)
