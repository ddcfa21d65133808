"""Constituency parsing with charts: the same trees as other targets."""

import pathlib
import typing

from tfformer.data.chart_vocabulary import (
    ChartVocabulary,
    build_chart_vocabulary,
)
from tfformer.tasks.word_parsing import WORD_VOCABULARY_FILE, WordParsingTask

CHART_VOCABULARY_FILE = "chart_vocabulary.json"


class ChartParsingTask(WordParsingTask):
    """`WordParsingTask` for `model.parser=chart`.

    The target is the tree's spans. What a chart parser gives is a tree for
    any weights, so a search needs no constraint.
    """

    vocabulary_files = (WORD_VOCABULARY_FILE, CHART_VOCABULARY_FILE)

    def _build_target_vocabulary(self, directory: pathlib.Path) -> None:
        build_chart_vocabulary(
            self._training_trees(weighted=False),
            directory / CHART_VOCABULARY_FILE,
        )

    def _target_vocabulary(  # type: ignore[override]
        self, directory: pathlib.Path
    ) -> ChartVocabulary:
        target = ChartVocabulary(directory / CHART_VOCABULARY_FILE)
        self._ambiguous = target.ambiguous
        return target

    def graph_vocabularies(self, vocabularies: typing.Any) -> typing.Any:
        """Returns the graph faces of both vocabularies."""
        from tfformer.data.graph_chart import GraphChartVocabulary
        from tfformer.data.graph_words import GraphWordVocabulary

        source, target = vocabularies
        return (
            GraphWordVocabulary(source.words, source.characters),
            GraphChartVocabulary(target.tags, target.labels),
        )

    def constraint(  # type: ignore[override]
        self, vocabularies: typing.Any
    ) -> None:
        """Returns None: every output is a tree."""
