"""The closed vocabulary of linearised trees: brackets and terminals."""

import collections
import os
import pathlib
from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
from nltk.tree import Tree

from tfformer.config import EOS_ID, UNK_ID
from tfformer.data.linearize import linearize
from tfformer.data.punctuation import punctuation_tags, same_to_evalb
from tfformer.data.trees import parse_trees
from tfformer.data.vocabulary_file import (
    SPECIAL,
    read_vocabulary,
    write_vocabulary,
)
from tfformer.data.word_vocabulary import fold

# How often each word had which symbol.
Seen: TypeAlias = dict[str, collections.Counter[str]]

# Trees may be this much deeper than the deepest that was seen.
_DEPTH_TO_SPARE = 4
# A word that came this often has shown the tags that it may have.
_FREQUENT = 10
# Rarer than this among a word's tags is a slip of the annotators.
_PLAUSIBLE = 0.001
# A word that EVALB deletes against the table of punctuation this often, or is
# kept, has no rule.
_AMBIGUOUS = 0.02


class TreeVocabulary:
    """Trees to ids, and ids to symbols.

    Args:
        path: what `build_tree_vocabulary` wrote.

    Attributes:
        symbols: the symbol of each id.
        tags: whether the symbol of a word is its tag, rather than XX.
        max_depth: most brackets open at once.
        max_run: most brackets opened with nothing in between.
        ambiguous: words whose tag decides whether EVALB deletes them; see
            `tfformer.data.punctuation.settle_tag`.
        lexicon: for each frequent word the symbols that it had.
        folded_lexicon: likewise, for words that `fold` makes alike.

    Raises:
        WorkdirError: if the file is missing or no such vocabulary.
    """

    ids_per_token = 1

    def __init__(self, path: str | os.PathLike) -> None:
        self.path = pathlib.Path(path)
        self.model, values = read_vocabulary(
            self.path,
            "trees",
            (
                "symbols",
                "tags",
                "max_depth",
                "max_run",
                "lexicon",
                "folded_lexicon",
                "ambiguous",
            ),
        )
        self.symbols: list[str] = values["symbols"]
        self.tags: bool = values["tags"]
        self.max_depth: int = values["max_depth"]
        self.max_run: int = values["max_run"]
        self.lexicon: dict[str, list[str]] = values["lexicon"]
        self.folded_lexicon: dict[str, list[str]] = values["folded_lexicon"]
        self.ambiguous: frozenset[str] = frozenset(values["ambiguous"])
        self._ids = {symbol: i for i, symbol in enumerate(self.symbols)}

    @property
    def size(self) -> int:
        """Ids, special ones included."""
        return len(self.symbols)

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Encodes trees, each ended by the end id.

        Args:
            texts: trees in brackets, with the root TOP. A label that the
                training split lacked becomes the unknown id, and a tag the
                most frequent one.

        Returns:
            A list of ids for each tree.
        """
        encoded = []
        for text in texts:
            symbols = linearize(parse_trees(text, "a tree")[0], self.tags)
            ids = [
                self._ids[s] if s in self._ids else self._unknown(s)
                for s in symbols
            ]
            encoded.append(ids + [EOS_ID])
        return encoded

    def _unknown(self, symbol: str) -> int:
        """What stands for a symbol that was not seen.

        Every word needs a terminal, or those after it would be out of step:
        the most frequent one, which comes first.
        """
        return UNK_ID if symbol[0] in "()" else len(SPECIAL)

    def decode(self, sequences: Iterable[Sequence[int]]) -> list[str]:
        """Returns symbols, joined by spaces; special ids are dropped."""
        special = range(len(SPECIAL))
        return [
            " ".join(self.symbols[int(i)] for i in ids if int(i) not in special)
            for ids in sequences
        ]

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """Returns the symbols that ids stand for."""
        return [self.symbols[int(i)] for i in ids]

    def closings(self) -> np.ndarray:
        """int32 `[size]`: an opening bracket's closing id, else 0."""
        return np.array(
            [
                self._ids[f"){symbol[1:]}"] if symbol.startswith("(") else 0
                for symbol in self.symbols
            ],
            np.int32,
        )

    def lexicon_rows(
        self, words: Sequence[str], folded: bool = False
    ) -> np.ndarray:
        """Returns the terminals that words may have.

        Args:
            words: the word of each row; one that is not in the lexicon may
                have any.
            folded: whether they have been through `fold`, and so stand for
                every spelling that comes out alike.

        Returns:
            bool `[len(words), size]`.
        """
        lexicon = self.folded_lexicon if folded else self.lexicon
        rows = np.tile(self.terminals(), (len(words), 1))
        for row, word in zip(rows, words, strict=True):
            if word in lexicon:
                row[:] = False
                row[[self._ids[symbol] for symbol in lexicon[word]]] = True
        return rows

    def terminals(self) -> np.ndarray:
        """bool `[size]`: whether an id stands for a word."""
        return np.array(
            [
                i >= len(SPECIAL) and symbol[0] not in "()"
                for i, symbol in enumerate(self.symbols)
            ]
        )


def build_tree_vocabulary(
    trees: Iterable[Tree], path: str | os.PathLike, tags: bool
) -> None:
    """Collects the symbols of a treebank and writes them.

    Args:
        trees: cleaned trees.
        path: where the vocabulary goes; written aside and renamed.
        tags: whether the symbol of a word is its tag, rather than XX.
    """
    counts: collections.Counter[str] = collections.Counter()
    max_depth = max_run = 1
    ambiguous = AmbiguousWords()
    seen: Seen = collections.defaultdict(collections.Counter)
    for tree in trees:
        ambiguous.add(tree)
        symbols = linearize(tree, tags)
        counts.update(symbols)
        terminals = (symbol for symbol in symbols if symbol[0] not in "()")
        for word, symbol in zip(tree.leaves(), terminals, strict=True):
            seen[word][symbol] += 1
        depth, run = _extent(symbols)
        max_depth, max_run = max(max_depth, depth), max(max_run, run)
    # Both brackets of a label, and frequent symbols first.
    ordered = sorted(counts, key=lambda s: (s[0] in "()", -counts[s], s))
    values = {
        "symbols": [*SPECIAL, *ordered],
        "tags": tags,
        "max_depth": max_depth + _DEPTH_TO_SPARE,
        "max_run": max_run,
        "ambiguous": ambiguous.found(),
        "lexicon": _lexicon(seen),
        "folded_lexicon": _lexicon(_folded(seen)),
    }
    write_vocabulary(path, values)


def _lexicon(seen: Seen) -> dict[str, list[str]]:
    """Returns the plausible symbols of frequent words."""
    return {
        word: sorted(
            symbol
            for symbol, count in counts.items()
            if count >= _PLAUSIBLE * counts.total()
        )
        for word, counts in sorted(seen.items())
        if counts.total() >= _FREQUENT
    }


def _folded(seen: Seen) -> Seen:
    """Counts words that `fold` makes alike together, the rare ones too."""
    found: Seen = collections.defaultdict(collections.Counter)
    for word, counts in seen.items():
        found[fold(word)].update(counts)
    return found


class AmbiguousWords:
    """Counts the words for which a treebank breaks the table too often."""

    def __init__(self) -> None:
        self._against: collections.Counter[str] = collections.Counter()
        self._counts: collections.Counter[str] = collections.Counter()

    def add(self, tree: Tree) -> None:
        """Looks at a cleaned tree."""
        pairs = tree.pos()
        guesses = punctuation_tags([word for word, _ in pairs])
        for (word, tag), guess in zip(pairs, guesses, strict=True):
            self._counts[word] += 1
            # EVALB deletes it, or keeps it, against the table.
            if not same_to_evalb(tag, guess):
                self._against[word] += 1

    def found(self) -> list[str]:
        """Returns the words."""
        return sorted(
            word
            for word, count in self._against.items()
            if count >= _AMBIGUOUS * self._counts[word]
        )


def _extent(symbols: Sequence[str]) -> tuple[int, int]:
    """Returns the depth of a sequence and its longest run of openings."""
    depth = run = max_depth = max_run = 0
    for symbol in symbols:
        opens = symbol.startswith("(")
        depth += opens - symbol.startswith(")")
        run = run + 1 if opens else 0
        max_depth, max_run = max(max_depth, depth), max(max_run, run)
    return max_depth, max_run
