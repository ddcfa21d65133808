"""Reads one line of trees into words, tags and brackets, as EVALB does."""

import dataclasses
import re

from tfformer.metrics.evalb.parameters import Parameters

# Where a bracket ends that is never closed.
UNCLOSED = -1
# Words that a tagger may take for a quote or for something else.
_QUOTE_WORDS = frozenset(("'", '"', "/"))

# A space is ASCII's only. A terminal is "(LABEL", spaces, a word that may be
# empty and ")"; any other "(LABEL" opens a bracket.
_TOKEN = re.compile(
    r"\(([^\s()]*)(?:\s+([^\s()]*)\))?|(\))|([^\s()]+)", re.ASCII
)
_OPEN, _TERMINAL, _CLOSE = 1, 2, 3


@dataclasses.dataclass(slots=True)
class Bracket:
    """A non-terminal.

    Attributes:
        start: index of its first word.
        end: index after its last word.
        label: as the line has it.
    """

    start: int
    end: int
    label: str


@dataclasses.dataclass(slots=True)
class Quote:
    """A terminal that may be a quote or, say, a possessive.

    Attributes:
        word: its word.
        tag: its tag.
        index: how many words are before it.
        bracket: how many brackets are opened before it.
        inside: indices of the brackets that hold it.
    """

    word: str
    tag: str
    index: int
    bracket: int
    inside: tuple[int, ...]


@dataclasses.dataclass(slots=True)
class Tree:
    """What a line holds, deleted words left out.

    Attributes:
        words: the words.
        tags: their tags.
        brackets: the non-terminals, in the order they open.
        quotes: the terminals that a quote may be mistaken for.
        length: EVALB's length of the sentence.
        errors: what is wrong with the line.
        malformed: whether EVALB cannot get to the end of the line.
    """

    words: list[str] = dataclasses.field(default_factory=list)
    tags: list[str] = dataclasses.field(default_factory=list)
    brackets: list[Bracket] = dataclasses.field(default_factory=list)
    quotes: list[Quote] = dataclasses.field(default_factory=list)
    length: int = 0
    errors: list[str] = dataclasses.field(default_factory=list)
    malformed: bool = False


def read_tree(line: str, parameters: Parameters) -> Tree:
    """Reads a line: one tree, several, or none.

    Args:
        line: the text, without escapes undone.
        parameters: which terminals are deleted.
    """
    tree = Tree()
    opened: list[int] = []
    unbalanced = False
    for token in _TOKEN.finditer(line):
        kind = token.lastindex
        if kind == _TERMINAL:
            _add_terminal(tree, token[1], token[2], opened, parameters)
        elif kind == _OPEN:
            opened.append(len(tree.brackets))
            tree.brackets.append(Bracket(len(tree.words), UNCLOSED, token[1]))
        elif kind == _CLOSE and opened:
            tree.brackets[opened.pop()].end = len(tree.words)
        elif kind == _CLOSE:
            unbalanced = True
        elif not tree.malformed:
            tree.malformed = True
            tree.errors.append(_stray(line, token))
    if opened or unbalanced:
        # Of either kind: what EVALB says of them, word for word.
        tree.errors.append("Bracketing is unbalanced (too many open bracket)")
    return tree


def _add_terminal(
    tree: Tree,
    tag: str,
    word: str,
    opened: list[int],
    parameters: Parameters,
) -> None:
    if tag not in parameters.delete_labels_for_length:
        tree.length += 1
    if word in _QUOTE_WORDS and tag in parameters.quote_labels:
        tree.quotes.append(
            Quote(word, tag, len(tree.words), len(tree.brackets), tuple(opened))
        )
    # Tags are compared whole, so that "-NONE-" is one and ".-X" is not ".".
    if tag not in parameters.delete_labels:
        tree.words.append(word)
        tree.tags.append(tag)


def _stray(line: str, token: re.Match[str]) -> str:
    """EVALB's words for a word that is not the one word of a terminal.

    C then reads the same word again for ever.
    """
    before = line[: token.start()]
    first = re.search(r"\([^\s()]*\s+\Z", before, re.ASCII)
    if first and line[token.end() : token.end() + 1] != "(":
        return "More than two elements in a bracket"
    return "Reading sentence"
