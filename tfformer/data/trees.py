"""Bracketed trees: reading them from files and writing them as lines.

The tree type is nltk's `Tree`. nltk's own reader is not used: it takes (NN a b)
and () for trees, its errors name no file and line, and it is half as fast.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from nltk.tree import Tree

from tfformer.data.sources import decode_lines
from tfformer.errors import DataError

OnMalformed: TypeAlias = Callable[[DataError], None]
# Deeper trees are refused: nltk's `leaves` recurses once a level. The deepest
# tree of the Penn Treebank has about 40 levels.
MAX_DEPTH = 400
# Whitespace as EVALB and nltk's corpora know it. A no-break space is part of a
# word; str.split() would cut there.
_SPACE = " \t\n\r\f\v"
_TOKEN = re.compile(
    rf"\(([^(){_SPACE}]*)(?:[{_SPACE}]+([^(){_SPACE}]+)[{_SPACE}]*\))?"
    rf"|([^(){_SPACE}]+)|(\))"
)
_ROOT = re.compile(rf"\([{_SPACE}]*[^(){_SPACE}]*")
_TREE_START = re.compile(
    rf"[{_SPACE}]*\([^(){_SPACE}]*[{_SPACE}]*"
    rf"\((?:[A-Z][A-Z0-9$|=-]*|``|''|[,.:$#]|-[LR]RB-)(?:[{_SPACE}(]|$)"
    rf"|[{_SPACE}]*\([A-Z]*[{_SPACE}]*$"
)
# A word on its own after a bracket, which no tree has.
_BARE_WORD = re.compile(rf"\)[{_SPACE}]*[^(){_SPACE}]")
_ESCAPES = str.maketrans({"(": "-LRB-", ")": "-RRB-"})


def read_trees(path: str | os.PathLike) -> Iterator[Tree]:
    """Reads a bracketed file: one tree a line, or `.mrg` over many lines.

    Args:
        path: the file, in UTF-8.

    Yields:
        The trees as they stand in the file, root label and traces included.

    Raises:
        DataError: naming `path:line:`, for whatever is not a tree, and for a
            file without one.
    """
    with open(path, "rb") as file:
        for _, tree in numbered_trees(file, str(path)):
            yield tree


def numbered_trees(
    lines: Iterable[bytes], name: str, on_malformed: OnMalformed | None = None
) -> Iterator[tuple[int, Tree]]:
    """Reads trees from byte lines.

    Args:
        lines: lines with their "\\n".
        name: what to call them in an error.
        on_malformed: is given the error of a tree whose brackets match but
            which is malformed within; if it returns, reading goes on after
            that tree. None raises the error.

    Yields:
        The number of the line where a tree begins, and the tree.

    Raises:
        DataError: as `read_trees` does.
    """
    empty = True
    for number, text in _balanced(decode_lines(iter(lines), name), name):
        empty = False
        where = f"{name}:{number}"
        try:
            trees = parse_trees(text, where)
        except DataError:
            if on_malformed is None:
                raise
            trees = list(_well_formed(text, where, on_malformed))
        for tree in trees:
            yield number, tree
    if empty:
        raise DataError(
            f"{name}: the file holds no tree. It must hold trees in brackets, "
            "such as (TOP (NP (DT the) (NN end)))."
        )


def _well_formed(
    text: str, where: str, on_malformed: OnMalformed
) -> Iterator[Tree]:
    """Yields the trees of a text of which at least one is malformed."""
    depth = begin = 0
    for match in re.finditer(r"[()]", text):
        depth += 1 if match.group() == "(" else -1
        if not depth:
            try:
                yield from parse_trees(text[begin : match.end()], where)
            except DataError as error:
                on_malformed(error)
            begin = match.end()
    if text[begin:].strip(_SPACE):
        on_malformed(_stray(where))


def parse_trees(text: str, where: str) -> list[Tree]:
    """Reads the trees of a string, which usually holds one.

    Args:
        text: trees in brackets.
        where: what to call the place in an error, such as `file:line`.

    Raises:
        DataError: for a bracket that holds nothing, or two words, or a word
            without a tag; for brackets that do not match; and for a tree
            deeper than `MAX_DEPTH`.
    """
    labels: list[str] = []
    outer: list[list[Tree]] = []
    children: list[Tree] = []
    for label, word, loose, close in _TOKEN.findall(text):
        if word:
            if not label:
                raise _untagged(where, word)
            children.append(Tree(label, [word]))
        elif close:
            if not labels:
                raise _stray(where)
            if not children:
                raise _hollow(where, labels[-1])
            node = Tree(labels.pop(), children)
            children = outer.pop()
            children.append(node)
        elif loose:
            raise _loose_word(where, text, labels, loose)
        else:
            labels.append(label)
            outer.append(children)
            children = []
            if len(labels) > MAX_DEPTH:
                raise _too_deep(where)
    if labels:
        raise _unclosed(where, len(labels), "the text ends")
    return children


def to_line(tree: Tree) -> str:
    """Writes a tree as one line of brackets.

    A round bracket inside a word becomes -LRB- or -RRB-, since it would be
    read as one of the tree's. Square and curly brackets stay as the treebank
    has them (Penn writes -LSB-, CRAFT writes `[`): they are harmless, and
    EVALB compares words. Whitespace inside a word becomes `_`, as does a
    missing word, so that every leaf is one token for every reader.

    Args:
        tree: any tree.

    Returns:
        The line, without a "\\n".
    """
    pieces: list[str] = []
    todo: list[Tree | str | None] = [tree]
    while todo:
        node = todo.pop()
        if node is None:
            pieces.append(")")
        elif isinstance(node, str):
            pieces.append(f" {_one_token(node) or '_'}")
        else:
            pieces.append(f" ({_one_token(node.label())}")
            todo.append(None)
            todo.extend(reversed(node))
    return "".join(pieces)[1:]


def check_sentences(lines: Iterable[str], name: str) -> Iterator[str]:
    """Passes sentences through, unless they are trees.

    Only the first line that is not blank is looked at: a file of trees shows
    there, and no sentence in the middle of a file can be mistaken for one.

    Args:
        lines: what should be sentences.
        name: what to call them in an error.

    Yields:
        The lines.

    Raises:
        DataError: naming `name:line:`, if they are trees.
    """
    pending = True
    for number, line in enumerate(lines, 1):
        if pending and line.strip():
            pending = False
            if _TREE_START.match(line) and not _BARE_WORD.search(line):
                raise DataError(
                    f"{name}:{number}: a sentence must be words with spaces "
                    f"between them. Received a tree: {_excerpt(line)}. Give "
                    "the words of the trees alone."
                )
        yield line


def _balanced(lines: Iterable[str], name: str) -> Iterator[tuple[int, str]]:
    """Joins lines until every bracket is closed; yields first line, text."""
    depth = first = 0
    chunk: list[str] = []
    for number, line in enumerate(lines, 1):
        if not depth:
            if not line.strip(_SPACE):
                continue
            _require_bracket(line, f"{name}:{number}")
            chunk, first = [], number
        elif _begins_alike(line, chunk[0]):
            # Else one lost bracket would swallow the rest of the file.
            raise _unclosed(f"{name}:{first}", depth, f"line {number} begins")
        depth += line.count("(") - line.count(")")
        if depth < 0:
            raise _stray(f"{name}:{number}")
        chunk.append(line)
        if not depth:
            yield first, "\n".join(chunk)
    if depth:
        raise _unclosed(f"{name}:{first}", depth, "the file ends")


def _begins_alike(line: str, first: str) -> bool:
    """Tells whether a line begins, at its margin, like a tree's first line."""
    if not line.startswith("("):
        return False
    return _ROOT.findall(line)[0] == _ROOT.findall(first)[0]


def _require_bracket(line: str, where: str) -> None:
    start = line.lstrip(_SPACE)[0]
    if start == ")":
        raise _stray(where)
    if start != "(":
        raise DataError(
            f"{where}: a tree must begin with `(`. Received: "
            f"{_excerpt(line)}. If this is a file of sentences, give the "
            "treebank's bracketed file instead."
        )


def _one_token(text: str) -> str:
    return re.sub(r"\s", "_", text.translate(_ESCAPES))


def _excerpt(text: str) -> str:
    text = text.strip(_SPACE)
    return repr(text if len(text) <= 60 else f"{text[:57]}...")


def _unclosed(where: str, depth: int, event: str) -> DataError:
    return DataError(
        f"{where}: every `(` of a tree must be closed. Received: a tree that "
        f"begins here and has {depth} open where {event}. Add the missing "
        "`)`; or, if it is whole, indent its lines after the first."
    )


def _stray(where: str) -> DataError:
    return DataError(
        f"{where}: every `)` must close a `(`. Received: a `)` where none is "
        "open. Remove it, or add the missing `(`."
    )


def _hollow(where: str, label: str) -> DataError:
    return DataError(
        f"{where}: a bracket must hold a word or further brackets. Received: "
        f"({label}), an empty tree. Remove it."
    )


def _untagged(where: str, word: str) -> DataError:
    return DataError(
        f"{where}: a word must have a tag, as in (NN {word}). Received: "
        f"( {word})."
    )


def _loose_word(
    where: str, text: str, labels: list[str], word: str
) -> DataError:
    found = None
    if labels:
        found = re.search(
            rf"\({re.escape(labels[-1])}[{_SPACE}]+{re.escape(word)}"
            rf"[{_SPACE}][^()]*\)?",
            text,
        )
    received = _excerpt(found[0] if found else word)
    return DataError(
        f"{where}: each word must be alone in a bracket of its own, as in "
        f"(NN {word}). Received: {received}. Give every word its bracket; in "
        "a word, write ( as -LRB- and ) as -RRB-."
    )


def _too_deep(where: str) -> DataError:
    return DataError(
        f"{where}: a tree must not be deeper than {MAX_DEPTH} brackets. "
        "Received: a deeper one. Is its line what you expect?"
    )
