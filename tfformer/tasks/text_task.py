"""What a task needs whose inputs and targets are both plain text."""

import abc
import os
import pathlib
import re
from collections.abc import Iterable, Iterator, Sequence

from tfformer.config import DataConfig, ModelConfig
from tfformer.data.prepared import PreparedData
from tfformer.data.sources import Example
from tfformer.data.vocabulary import Vocabulary, train_vocabulary
from tfformer.errors import ConfigError
from tfformer.metrics.stats import Stats
from tfformer.tasks.task import Output

VOCABULARY_FILE = "vocabulary.model"
_LINE_BREAK = "[\\n\\r]"


def one_line(text: str) -> str:
    """Returns a text with a space for each line break."""
    return re.sub(_LINE_BREAK, " ", text)


class TextTask(abc.ABC):
    """Text to text, with one SentencePiece vocabulary for both sides.

    A task of this kind says where its `examples` come from and what changes
    with them (`fingerprint`), and how outputs are compared with references
    (`score`, `primary_metric`). See `tfformer.tasks.tagging` for a whole one.

    Args:
        config: where the text is and how large the vocabulary.
        data_dir: folder of the data; None where `config.source` needs none or
            nothing is read.
    """

    primary_metric: str
    mends = False
    vocabulary_files = (VOCABULARY_FILE,)

    def __init__(
        self, config: DataConfig, data_dir: str | os.PathLike | None
    ) -> None:
        self.config = config
        self.data_dir = data_dir

    @classmethod
    def for_model(cls, config: ModelConfig) -> "type[TextTask]":
        """Returns this class: every model has the same targets."""
        del config
        return cls

    def build_vocabularies(self, directory: pathlib.Path) -> None:
        """Trains the joint vocabulary on both sides of the training split."""
        lines = (
            line
            for example in self.vocabulary_examples()
            for line in (example.inputs, example.targets)
        )
        train_vocabulary(
            lines, directory / VOCABULARY_FILE, self.config.vocab_size
        )

    def has_vocabularies(self, directory: pathlib.Path) -> bool:
        """Tells whether the joint vocabulary is there."""
        return (directory / VOCABULARY_FILE).is_file()

    def vocabularies(
        self, directory: pathlib.Path
    ) -> tuple[Vocabulary, Vocabulary]:
        """Returns the joint vocabulary, for the source and the target."""
        vocabulary = Vocabulary(directory / VOCABULARY_FILE)
        return vocabulary, vocabulary

    def prepared(self) -> PreparedData | None:
        """Returns the prepared data, where that is the source."""
        if self.config.source != "prepared":
            return None
        return PreparedData(self.data_dir)

    @abc.abstractmethod
    def examples(
        self, split: str, start: int = 0, stop: int | None = None
    ) -> Iterator[Example]:
        """Yields a split's pairs of strings, in order; see `Task`."""

    def vocabulary_examples(self) -> Iterator[Example]:
        """Yields what the vocabulary is trained on, each pair once."""
        return self.examples(self.config.train_split)

    def gold_examples(self, split: str) -> Iterator[Example]:
        """Yields the examples: training changes none of them."""
        return self.examples(split)

    def count(self, split: str) -> int:
        """Returns how many examples a split has."""
        return sum(1 for _ in self.examples(split))

    @abc.abstractmethod
    def fingerprint(self, split: str) -> str:
        """Changes whenever the split's examples do."""

    @abc.abstractmethod
    def score(
        self, hypotheses: Sequence[str], references: Sequence[str]
    ) -> Stats:
        """Compares outputs with references."""

    def file_examples(self, path: str | os.PathLike) -> Iterator[Example]:
        """Raises: only a parser's examples are taken from one file."""
        raise ConfigError(
            f"`--gold` is for parsing. Received: {path}. Try --split, which "
            "names a split of the data, such as dev."
        )

    def check_lines(self, lines: Iterable[str], name: str) -> Iterator[str]:
        """Passes the lines through: any text may be translated."""
        del name
        return iter(lines)

    def prepare(self, text: str, tokenized: bool) -> str:
        """Returns the text: the vocabulary takes it as it is."""
        del tokenized
        return text

    def graph_prepare(self, texts, tokenized):
        """Does what `prepare` does, to string tensors `[batch]`."""
        del tokenized
        return texts

    def postprocess(self, hypothesis: str, inputs: str) -> Output:
        """Keeps an output on one line."""
        del inputs
        return Output(one_line(hypothesis))

    def graph_postprocess(self, hypotheses, inputs):
        """Does what `postprocess` does, to string tensors `[batch]`."""
        import tensorflow as tf

        del inputs
        return tf.strings.regex_replace(hypotheses, _LINE_BREAK, " ")

    def fallback(self, inputs: str) -> str:
        """Copies a text that is too long to decode, to one line."""
        return one_line(inputs)

    def graph_fallback(self, inputs):
        """Does what `fallback` does, to string tensors `[batch]`."""
        import tensorflow as tf

        return tf.strings.regex_replace(inputs, _LINE_BREAK, " ")

    def graph_vocabularies(self, vocabularies):
        """Returns the graph face of the joint vocabulary, twice."""
        from tfformer.data.graph_vocabulary import GraphVocabulary

        vocabulary = GraphVocabulary(vocabularies[0].model)
        return vocabulary, vocabulary

    def baseline(self, name: str, inputs: str) -> str:
        """Raises: there is none for text."""
        del inputs
        raise ConfigError(
            f"`--baseline` is for parsing. Received: {name!r}. Leave it out."
        )

    def constraint(self, vocabularies) -> None:
        """Returns None: an output may be any text."""
        del vocabularies

    def utility(self, vocabularies):
        """Returns BLEU over the vocabulary's tokens."""
        from tfformer.decoding.sentence_bleu import sentence_bleu

        del vocabularies
        return sentence_bleu

    def settle(
        self, hypotheses: Sequence[str], references: Sequence[str]
    ) -> list[str]:
        """Returns the hypotheses: they are scored as they are."""
        return list(hypotheses)
