"""Constituency parsing with charts: the same trees as other targets."""

import pathlib
import typing

from tfformer.data.chart_vocabulary import (
    ChartVocabulary,
    build_chart_vocabulary,
)
from tfformer.data.word_vocabulary import WordVocabulary, build_word_vocabulary
from tfformer.tasks.parsing import ParsingTask

WORD_VOCABULARY_FILE = "word_vocabulary.json"
CHART_VOCABULARY_FILE = "chart_vocabulary.json"


class ChartParsingTask(ParsingTask):
    """`ParsingTask` for `model.parser=chart`.

    The source is the sentence's words with their characters; the target is
    the tree's spans. What a chart parser gives is a tree for any weights, so
    a search needs no constraint.
    """

    vocabulary_files = (WORD_VOCABULARY_FILE, CHART_VOCABULARY_FILE)

    def build_vocabularies(self, directory: pathlib.Path) -> None:
        """Collects words and characters, tags and labels."""
        split = self.config.train_split
        build_word_vocabulary(
            (example.inputs for example in self.examples(split)),
            directory / WORD_VOCABULARY_FILE,
            self.config.vocab_size,
        )
        build_chart_vocabulary(
            self._training_trees(), directory / CHART_VOCABULARY_FILE
        )

    def vocabularies(  # type: ignore[override]
        self, directory: pathlib.Path
    ) -> tuple[WordVocabulary, ChartVocabulary]:
        """Returns the vocabulary of words and that of tags and labels."""
        source = WordVocabulary(directory / WORD_VOCABULARY_FILE)
        target = ChartVocabulary(directory / CHART_VOCABULARY_FILE)
        self._ambiguous = target.ambiguous
        return source, target

    def graph_vocabularies(self, vocabularies: typing.Any) -> typing.Any:
        """Returns the graph faces of both vocabularies."""
        from tfformer.data.graph_chart import (
            GraphChartVocabulary,
            GraphWordVocabulary,
        )

        source, target = vocabularies
        return (
            GraphWordVocabulary(source.words, source.characters),
            GraphChartVocabulary(target.tags, target.labels),
        )

    def constraint(  # type: ignore[override]
        self, vocabularies: typing.Any
    ) -> None:
        """Returns None: every output is a tree."""
