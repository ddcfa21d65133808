"""Tags and labels as ids: what a chart parser predicts."""

import os
import pathlib
from collections.abc import Iterable, Sequence

import numpy as np
from nltk.tree import Tree

from tfformer.data.binary_tree import (
    BinaryTree,
    Labels,
    Span,
    to_binary,
    to_symbols,
)
from tfformer.data.punctuation import UNKNOWN_TAG
from tfformer.data.tree_vocabulary import AmbiguousWords
from tfformer.data.trees import parse_trees
from tfformer.data.vocabulary_file import read_vocabulary, write_vocabulary

# Of each word, in this order: its tag, the labels of the word alone, and of
# the span that is parted after it where it begins, where it ends, its labels.
FIELDS = 5


class ChartVocabulary:
    """Trees to ids and back; see `tfformer.data.binary_tree`.

    A tree is `FIELDS` ids for each word, 1 and up: places, and indices of
    `tags` and `labels`. After the last word nothing is parted, and its last
    three ids are 0.

    Args:
        path: what `build_chart_vocabulary` wrote.

    Attributes:
        tags: the tags, the unknown one first.
        labels: the labels of a span; the first is no label.
        ambiguous: words whose tag decides whether EVALB deletes them; see
            `tfformer.data.punctuation.settle_tag`.
        model: content of the file.
        ids_per_token: ids of one word.

    Raises:
        WorkdirError: if the file is missing or no such vocabulary.
    """

    ids_per_token = FIELDS

    def __init__(self, path: str | os.PathLike) -> None:
        self.path = pathlib.Path(path)
        self.model, values = read_vocabulary(
            self.path, "charts", ("tags", "labels", "ambiguous")
        )
        self.tags: list[str] = values["tags"]
        self.labels: list[Labels] = list(map(tuple, values["labels"]))
        self.ambiguous: frozenset[str] = frozenset(values["ambiguous"])
        self._tags = {tag: i for i, tag in enumerate(self.tags)}
        self._labels = {labels: i for i, labels in enumerate(self.labels)}

    @property
    def size(self) -> int:
        """Labels of a span that there are, none included."""
        return len(self.labels)

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Encodes trees.

        Args:
            texts: trees in brackets, with the root TOP. Labels that the
                training split lacked count as none, a tag as unknown.
        """
        return [
            self.ids(to_binary(parse_trees(text, "a tree")[0]))
            for text in texts
        ]

    def ids(self, tree: BinaryTree) -> list[int]:
        """Encodes one binary tree."""
        table = np.zeros((len(tree.tags), FIELDS), np.int64)
        table[:, 0] = [1 + self._tags.get(tag, 0) for tag in tree.tags]
        table[:, 1] = [1 + self._labels.get(leaf, 0) for leaf in tree.leaves]
        for row, span in zip(table, tree.spans, strict=False):
            label = self._labels.get(span.labels, 0)
            row[2:] = (1 + span.begin, 1 + span.end, 1 + label)
        return table.reshape(-1).tolist()

    def decode(self, sequences: Iterable[Sequence[int]]) -> list[str]:
        """Returns linearised trees with tags, symbols joined by spaces."""
        return [" ".join(to_symbols(self.tree(ids))) for ids in sequences]

    def tree(self, ids: Sequence[int]) -> BinaryTree:
        """Decodes one binary tree."""
        table = np.reshape(np.asarray(ids), (-1, FIELDS)) - 1
        table = table[table[:, 0] >= 0]
        return BinaryTree(
            [self.tags[i] for i in table[:, 0]],
            [self.labels[i] for i in table[:, 1]],
            [
                Span(int(begin), int(end), self.labels[label])
                for begin, end, label in table[:-1, 2:]
            ],
        )

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """Returns labels of spans as one string each, of ids as in a tree."""
        return ["+".join(self.labels[int(i) - 1]) for i in ids]


def build_chart_vocabulary(
    trees: Iterable[Tree], path: str | os.PathLike
) -> None:
    """Collects the tags and labels of a treebank and writes them.

    Args:
        trees: cleaned trees.
        path: where the vocabulary goes; written aside and renamed.
    """
    tags: set[str] = set()
    labels: set[Labels] = set()
    ambiguous = AmbiguousWords()
    for tree in trees:
        ambiguous.add(tree)
        binary = to_binary(tree)
        tags.update(binary.tags)
        labels.update(binary.leaves)
        labels.update(span.labels for span in binary.spans)
    values = {
        "tags": [UNKNOWN_TAG, *sorted(tags - {UNKNOWN_TAG})],
        "labels": [(), *sorted(labels - {()})],
        "ambiguous": ambiguous.found(),
    }
    write_vocabulary(path, values)
