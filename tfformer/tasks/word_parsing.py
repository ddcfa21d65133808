"""Linearised parsing for an encoder of words: other sources, same trees."""

import pathlib
import typing

import numpy as np

from tfformer.data.tree_vocabulary import TreeVocabulary
from tfformer.data.vocabulary_file import SPECIAL
from tfformer.data.word_vocabulary import (
    WordVocabulary,
    build_word_vocabulary,
)
from tfformer.tasks.parsing import TARGET_VOCABULARY_FILE, ParsingTask

if typing.TYPE_CHECKING:
    from tfformer.decoding.tree_constraint import TreeConstraint

WORD_VOCABULARY_FILE = "word_vocabulary.json"


class WordParsingTask(ParsingTask):
    """`ParsingTask` for `model.encoder=words`.

    The source is the sentence's words with their characters.
    """

    vocabulary_files = (WORD_VOCABULARY_FILE, TARGET_VOCABULARY_FILE)

    def build_vocabularies(self, directory: pathlib.Path) -> None:
        """Collects words and characters, and the target symbols."""
        build_word_vocabulary(
            self._training_lines(),
            directory / WORD_VOCABULARY_FILE,
            self.config.vocab_size,
        )
        self._build_target_vocabulary(directory)

    def vocabularies(  # type: ignore[override]
        self, directory: pathlib.Path
    ) -> tuple[WordVocabulary, typing.Any]:
        """Returns the vocabulary of words and that of symbols."""
        source = WordVocabulary(directory / WORD_VOCABULARY_FILE)
        return source, self._target_vocabulary(directory)

    def graph_vocabularies(self, vocabularies: typing.Any) -> typing.Any:
        """Returns the graph faces of both vocabularies."""
        from tfformer.data.graph_trees import GraphTreeVocabulary
        from tfformer.data.graph_words import GraphWordVocabulary

        source, target = vocabularies
        return (
            GraphWordVocabulary(source.words, source.characters),
            GraphTreeVocabulary(target.symbols),
        )

    def constraint(  # type: ignore[override]
        self, vocabularies: tuple[WordVocabulary, TreeVocabulary]
    ) -> "TreeConstraint":
        """Returns what lets a search find trees only."""
        from tfformer.decoding.tree_constraint import TreeConstraint

        source, target = vocabularies
        ids = np.arange(source.size)
        rows = target.lexicon_rows(source.words, folded=True)
        # Not what a treebank has for a word that is spelt "<unk>".
        rows[: len(SPECIAL)] = target.terminals()
        return TreeConstraint(
            target.closings(),
            target.terminals(),
            # Unknown words are words.
            ids >= SPECIAL.index("<unk>"),
            target.max_depth,
            target.max_run,
            rows,
            source.ids_per_token,
        )
