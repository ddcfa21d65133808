"""Constituency parsing: sentences in, trees out, EVALB (paper, section 6.3)."""

import functools
import itertools
import os
import pathlib
import typing
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from nltk.tree import Tree

from tfformer.config import DataConfig, ModelConfig
from tfformer.data.mixture import extra_folder, repeats
from tfformer.data.prepared import PreparedData
from tfformer.data.punctuation import UNKNOWN_TAG, settle_line
from tfformer.data.repair import repair
from tfformer.data.right_branching import right_branching
from tfformer.data.sources import Example
from tfformer.data.tree_vocabulary import TreeVocabulary, build_tree_vocabulary
from tfformer.data.treebank import Treebank
from tfformer.data.treebank_tokenizer import to_words
from tfformer.data.treebanks import TreeFile, open_treebank
from tfformer.data.trees import check_sentences, to_line
from tfformer.data.vocabulary import Vocabulary, train_vocabulary
from tfformer.errors import ConfigError, DataError, UserError
from tfformer.metrics.evalb import (
    EvalbStats,
    Parameters,
    corpus_stats,
    read_parameters,
)
from tfformer.progress import announce
from tfformer.tasks import parsing_presets
from tfformer.tasks.task import Output

if typing.TYPE_CHECKING:
    from tfformer.decoding.bracket_f1 import BracketF1
    from tfformer.decoding.tree_constraint import TreeConstraint

SOURCE_VOCABULARY_FILE = "source_vocabulary.model"
TARGET_VOCABULARY_FILE = "target_vocabulary.json"
# Extra trees that tell whether a parser with data.terminals=xx made them.
_LOOKED_AT = 100


class ParsingTask:
    """Sentences to constituency trees.

    The source is the sentence's words in SentencePiece pieces; the target is
    the linearised tree without its words (Vinyals et al., 2015), in a closed
    vocabulary. An example's inputs are the words, joined by spaces, and its
    targets the cleaned tree in brackets.

    Args:
        config: where the trees are and what a terminal symbol is.
        data_dir: folder of the treebank; None where `config.source` needs
            none or nothing is read.
    """

    primary_metric = "f1"
    mends = True
    vocabulary_files = (SOURCE_VOCABULARY_FILE, TARGET_VOCABULARY_FILE)

    def __init__(
        self, config: DataConfig, data_dir: str | os.PathLike | None
    ) -> None:
        self.config = config
        self.data_dir = data_dir
        self._tags = config.terminals == "tags"
        # Of the vocabulary that was read last: what outputs are made with.
        self._ambiguous: frozenset[str] = frozenset()
        # What was said of scores so far.
        self._remarks: set[str] = set()

    @functools.cached_property
    def _parameters(self) -> Parameters:
        # Read when something is scored: a workdir also parses where the file
        # is not.
        return _read_parameters(self.config.evalb)

    @classmethod
    def for_model(cls, config: ModelConfig) -> "type[ParsingTask]":
        """Returns the class for the targets of the model's parser."""
        from tfformer.tasks.chart_parsing import ChartParsingTask
        from tfformer.tasks.word_parsing import WordParsingTask

        if config.parser == "chart":
            return ChartParsingTask
        return WordParsingTask if config.encoder == "words" else cls

    def build_vocabularies(self, directory: pathlib.Path) -> None:
        """Trains the source vocabulary and collects the target symbols."""
        lines = self._training_lines()
        train_vocabulary(
            lines, directory / SOURCE_VOCABULARY_FILE, self.config.vocab_size
        )
        self._build_target_vocabulary(directory)

    def _training_lines(self) -> Iterator[str]:
        trees = self._training_trees(weighted=False)
        return (to_example(tree).inputs for tree in trees)

    def _build_target_vocabulary(self, directory: pathlib.Path) -> None:
        build_tree_vocabulary(
            self._training_trees(weighted=False),
            directory / TARGET_VOCABULARY_FILE,
            self._tags,
        )

    def has_vocabularies(self, directory: pathlib.Path) -> bool:
        """Tells whether both vocabularies are there."""
        return all(
            (directory / name).is_file() for name in self.vocabulary_files
        )

    def vocabularies(
        self, directory: pathlib.Path
    ) -> tuple[Vocabulary, TreeVocabulary]:
        """Returns the vocabulary of words and that of symbols.

        Raises:
            ConfigError: if its terminals are not those of the configuration.
        """
        source = Vocabulary(directory / SOURCE_VOCABULARY_FILE)
        return source, self._target_vocabulary(directory)

    def _target_vocabulary(self, directory: pathlib.Path) -> TreeVocabulary:
        target = TreeVocabulary(directory / TARGET_VOCABULARY_FILE)
        if target.tags != self._tags:
            raise ConfigError(
                "`data.terminals` must be that of the workdir's vocabulary. "
                f"Received: {self.config.terminals}. Leave it out, "
                "or use another --workdir."
            )
        self._ambiguous = target.ambiguous
        return target

    def prepared(self) -> PreparedData | None:
        """Returns the prepared data, where that is the source."""
        if self.config.source != "prepared":
            return None
        return PreparedData(self.data_dir)

    def examples(
        self, split: str, start: int = 0, stop: int | None = None
    ) -> Iterator[Example]:
        """Yields sentences and trees; see `DataConfig` for what is mixed in.

        Raises:
            ConfigError: if a treebank is asked for without its folder.
            DataError: if the treebank is missing or malformed.
        """
        prepared = self.prepared()
        if prepared is not None:
            return prepared.examples(split, start, stop)
        return map(
            to_example, itertools.islice(self._trees(split), start, stop)
        )

    def _trees(self, split: str) -> Iterator[Tree]:
        if split == self.config.train_split:
            return self._training_trees()
        return self._treebank().trees(split)

    def gold_examples(self, split: str) -> Iterator[Example]:
        """Yields the treebank's own trees, of the training split too.

        All of them, and as they are: what is mixed in, left out or collapsed
        for training is nothing to score against.

        Raises:
            ConfigError: if a treebank is asked for without its folder.
            DataError: if the treebank is missing or malformed.
        """
        prepared = self.prepared()
        if prepared is not None:
            return prepared.examples(split)
        return map(to_example, self._treebank().trees(split))

    def count(self, split: str) -> int:
        """Returns how many examples a split has."""
        return sum(1 for _ in self._trees(split))

    def file_examples(self, path: str | os.PathLike) -> Iterator[Example]:
        """Yields the trees of one file, cleaned."""
        bank = TreeFile(path, skip_malformed=self.config.skip_malformed)
        return map(to_example, bank.trees(str(path)))

    def fingerprint(self, split: str) -> str:
        """Changes whenever the split's examples do."""
        prepared = self.prepared()
        if prepared is not None:
            return prepared.fingerprint(split)
        config = self.config
        collapse = config.collapse_unaries and split == config.train_split
        parts = [self._treebank(collapse).fingerprint(split)]
        if split == config.train_split:
            parts.append(f"{config.max_words},{config.extra_weight}")
            if config.extra_weight:
                parts.append(self._extra_treebank().fingerprint(split))
        return "|".join(parts)

    def check_lines(self, lines: Iterable[str], name: str) -> Iterator[str]:
        """Passes sentences through; refuses trees given in their place."""
        return check_sentences(lines, name)

    def prepare(self, text: str, tokenized: bool) -> str:
        """Tokenises a sentence as the treebank does."""
        return to_words(text, tokenized)

    def graph_prepare(self, texts, tokenized):
        """Does what `prepare` does, to string tensors `[batch]`."""
        from tfformer.data import graph_treebank_tokenizer

        return graph_treebank_tokenizer.to_words(texts, tokenized)

    def postprocess(self, hypothesis: str, inputs: str) -> Output:
        """Puts the words back; what is no tree is repaired."""
        words = inputs.split(" ")
        repaired = repair(
            hypothesis.split(" "), words, self._tags, self._ambiguous
        )
        return Output(to_line(repaired.tree), bool(repaired.problems))

    def graph_postprocess(self, hypotheses, inputs):
        """Does what `postprocess` does to trees, in a graph."""
        from tfformer.data.graph_trees import bracketed

        return bracketed(hypotheses, inputs, self._tags, self._ambiguous)

    def fallback(self, inputs: str) -> str:
        """A flat tree, for a sentence that is too long to parse."""
        return to_line(repair([], inputs.split(" ")).tree)

    def graph_fallback(self, inputs):
        """Does what `fallback` does, to string tensors `[batch]`."""
        from tfformer.data.graph_trees import flat_trees

        return flat_trees(inputs)

    def baseline(self, name: str, inputs: str) -> str:
        """Returns the tree of the baseline "right_branching".

        Raises:
            ConfigError: for another name.
        """
        if name != "right_branching":
            raise ConfigError(
                "`--baseline` must be right_branching. "
                f"Received: {name!r}. Try --baseline=right_branching."
            )
        return to_line(right_branching(inputs.split(" ")))

    def graph_vocabularies(self, vocabularies):
        """Returns the graph faces of both vocabularies."""
        from tfformer.data.graph_trees import GraphTreeVocabulary
        from tfformer.data.graph_vocabulary import GraphVocabulary

        source, target = vocabularies
        return GraphVocabulary(source.model), GraphTreeVocabulary(
            target.symbols
        )

    def constraint(
        self, vocabularies: tuple[Vocabulary, TreeVocabulary]
    ) -> "TreeConstraint":
        """Returns what lets a search find trees only."""
        # It brings Keras, which a vocabulary can be made without.
        from tfformer.decoding.tree_constraint import TreeConstraint

        source, target = vocabularies
        pieces = source.pieces(range(source.size))
        return TreeConstraint(
            target.closings(),
            target.terminals(),
            # A space begins each word, and no piece has one inside.
            np.array([piece.startswith("\u2581") for piece in pieces]),
            target.max_depth,
            target.max_run,
            target.lexicon_rows([piece[1:] for piece in pieces]),
        )

    def utility(self, vocabularies) -> "BracketF1":
        """Returns the F1 of labelled spans."""
        from tfformer.decoding.bracket_f1 import BracketF1

        _, target = vocabularies
        return BracketF1(target.closings(), target.terminals())

    def score(
        self, hypotheses: Sequence[str], references: Sequence[str]
    ) -> EvalbStats:
        """Counts brackets as EVALB does, in what `settle` returns."""
        settled = self.settle(hypotheses, references)
        stats = corpus_stats(references, settled, self._parameters)
        for remark in _remarks(stats):
            # A training scores the same long sentences again and again.
            if remark not in self._remarks:
                announce(remark)
            self._remarks.add(remark)
        return stats

    def settle(
        self, hypotheses: Sequence[str], references: Sequence[str]
    ) -> list[str]:
        """Takes from gold which words are punctuation; see `settle_line`."""
        if not self.config.gold_punctuation:
            return list(hypotheses)
        return [
            settle_line(hypothesis, reference, self._parameters.delete_labels)
            for hypothesis, reference in zip(
                hypotheses, references, strict=True
            )
        ]

    def _treebank(self, collapse: bool = False) -> Treebank:
        return open_treebank(
            self.config.source,
            self.data_dir,
            collapse=collapse,
            skip_malformed=self.config.skip_malformed,
        )

    def _extra_treebank(self) -> Treebank:
        return open_treebank(
            "text",
            extra_folder(self.config, f"{self.config.train_split}.mrg"),
            collapse=self.config.collapse_unaries,
            skip_malformed=self.config.skip_malformed,
        )

    def _training_trees(self, weighted: bool = True) -> Iterator[Tree]:
        """Yields both treebanks, each as often as its weight asks.

        Vocabularies count what is rare, and so are made of each once, which
        `weighted=False` gives.

        They alone are collapsed, if `collapse_unaries` asks for it: what is
        scored against stays as it is.
        """
        split, weight = self.config.train_split, self.config.extra_weight
        # First, so that what is missing is said at once.
        extra = self._extra_treebank() if weight else None
        if extra is not None and self._tags:
            self._require_tags(extra)
        own_times = extra_times = 1
        if weighted and weight:
            own_times, extra_times = repeats(weight)
        own = self._treebank(self.config.collapse_unaries)
        for _ in range(own_times):
            yield from self._short(own.trees(split))
        if extra is not None:
            for _ in range(extra_times):
                yield from self._short(extra.trees(split))

    def _require_tags(self, extra: Treebank) -> None:
        """Raises if the tags that a model would learn are `XX`."""
        split = self.config.train_split
        tags = [
            tag
            for tree in itertools.islice(extra.trees(split), _LOOKED_AT)
            for _, tag in tree.pos()
        ]
        unknown = tags.count(UNKNOWN_TAG)
        if 2 * unknown > len(tags):
            raise ConfigError(
                "`data.extra_data_dir` must have the words' tags where "
                "data.terminals is tags. Received: "
                f"{self.config.extra_data_dir}, in whose first trees {unknown} "
                f"of {len(tags)} tags are {UNKNOWN_TAG}. Make them with a "
                "parser of data.terminals=tags, or try data.terminals=xx."
            )

    def _short(self, trees: Iterable[Tree]) -> Iterator[Tree]:
        """Leaves out what has more words than are wanted, and says so.

        Raises:
            DataError: if that is every tree.
        """
        most, left_out, count = self.config.max_words, 0, 0
        for tree in trees:
            count += 1
            if most and len(tree.leaves()) > most:
                left_out += 1
            else:
                yield tree
        if left_out == count:
            raise DataError(
                f"`data.max_words`: every one of {count} training trees has "
                f"more words. Received: {most}. Try a larger one, or 0."
            )
        if left_out:
            announce(
                f"{self.config.train_split}: left out {left_out} of {count} "
                f"trees with more than {most} words"
            )


def _read_parameters(name: str) -> Parameters:
    try:
        parameters = read_parameters(name)
    except UserError as error:
        raise ConfigError(f"`data.evalb`: {error}") from error
    for warning in parameters.warnings:
        announce(f"data.evalb: {warning}")
    return parameters


def _remarks(stats: EvalbStats) -> Iterator[str]:
    """Says what figures alone would hide; `tools.evalb` names each line."""
    if stats.refused.count:
        yield (
            f"EVALB leaves {stats.refused.count} sentences out, the first: "
            f"{stats.refused}; tools.evalb tells of each"
        )
    if stats.beyond.count:
        yield (
            f"{stats.beyond.count} sentences are beyond EVALB's limits, the "
            f"first: {stats.beyond}; they are scored here, where the C program "
            "crashes or scores them otherwise; tools.evalb tells of each"
        )


def to_example(tree: Tree) -> Example:
    """Returns a tree's words and its line, in which they are the same."""
    words = to_words(" ".join(tree.leaves()), tokenized=True)
    return Example(words, to_line(tree))


TASK = ParsingTask
PRESETS = parsing_presets.PRESETS
