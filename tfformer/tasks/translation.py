"""Translation: parallel text in, BLEU out (paper, section 6.1)."""

import dataclasses
import functools
import os
import pathlib
import re
from collections.abc import Iterable, Iterator, Sequence

from tfformer.config import (
    TFDS,
    DataConfig,
    DecodeConfig,
    ExperimentConfig,
    ModelConfig,
    OptimizerConfig,
    TrainConfig,
)
from tfformer.data.prepared import PreparedData
from tfformer.data.sources import Example, PocketSource, Source, TextSource
from tfformer.data.tfds_source import TfdsSource
from tfformer.data.translate_folder import (
    TRANSLATE_FOLDER,
    TranslateFolderSource,
)
from tfformer.data.vocabulary import Vocabulary, train_vocabulary
from tfformer.errors import ConfigError
from tfformer.metrics.bleu import BleuStats, bleu_stats
from tfformer.tasks.task import Output

VOCABULARY_FILE = "vocabulary.model"
_LINE_BREAK = "[\\n\\r]"


class TranslationTask:
    """Sentences of one language to sentences of another.

    One SentencePiece vocabulary serves both languages, as in the paper, so
    that embeddings can be tied.

    Args:
        config: where the text is and how large the vocabulary.
        data_dir: folder of the text files, of TFDS, or of prepared data; None
            where `config.source` needs none or nothing is read.
    """

    primary_metric = "bleu"
    vocabulary_files = (VOCABULARY_FILE,)

    def __init__(
        self, config: DataConfig, data_dir: str | os.PathLike | None
    ) -> None:
        self.config = config
        self.data_dir = data_dir

    def build_vocabularies(self, directory: pathlib.Path) -> None:
        """Trains the joint vocabulary on both sides of the training split."""
        examples = self.examples(self.config.train_split)
        lines = (
            line
            for example in examples
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

    def examples(
        self, split: str, start: int = 0, stop: int | None = None
    ) -> Iterator[Example]:
        """Yields sentence pairs.

        Raises:
            ConfigError: if text files are asked for without a folder.
            DataError: if the files are missing or malformed.
        """
        return self._source.examples(split, start, stop)

    def count(self, split: str) -> int:
        """Returns how many records a split has: examples, or more."""
        return self._source.count(split)

    def file_examples(self, path: str | os.PathLike) -> Iterator[Example]:
        """Raises: a pair of languages is a pair of files."""
        raise ConfigError(
            f"`--gold` is for parsing. Received: {path}. Try --split, which "
            "names a pair of files in --data_dir."
        )

    def fingerprint(self, split: str) -> str:
        """Changes whenever the split's examples do."""
        return self._source.fingerprint(split)

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
        """Keeps a translation on one line."""
        del inputs
        return Output(re.sub(_LINE_BREAK, " ", hypothesis))

    def graph_postprocess(self, hypotheses, inputs):
        """Does what `postprocess` does, to string tensors `[batch]`."""
        import tensorflow as tf

        del inputs
        return tf.strings.regex_replace(hypotheses, _LINE_BREAK, " ")

    def fallback(self, inputs: str) -> str:
        """Copies a text that is too long to translate."""
        return inputs

    def graph_fallback(self, inputs):
        """Does what `fallback` does, to string tensors `[batch]`."""
        return inputs

    def graph_vocabularies(self, vocabularies):
        """Returns the graph face of the joint vocabulary, twice."""
        from tfformer.data.graph_vocabulary import GraphVocabulary

        vocabulary = GraphVocabulary(vocabularies[0].model)
        return vocabulary, vocabulary

    def baseline(self, name: str, inputs: str) -> str:
        """Raises: translation has no baseline."""
        del inputs
        raise ConfigError(
            f"`--baseline` is for parsing. Received: {name!r}. Leave it out."
        )

    def constraint(self, vocabularies) -> None:
        """Returns None: a translation may be any text."""
        del vocabularies

    def settle(
        self, hypotheses: Sequence[str], references: Sequence[str]
    ) -> list[str]:
        """Returns the hypotheses: translations are scored as they are."""
        return list(hypotheses)

    def score(
        self, hypotheses: Sequence[str], references: Sequence[str]
    ) -> BleuStats:
        """Counts the n-grams of sacreBLEU."""
        return bleu_stats(hypotheses, references)

    @functools.cached_property
    def _source(self) -> Source:
        config, source = self.config, self.config.source
        prepared = self.prepared()
        if prepared is not None:
            return prepared
        if source == "pocket":
            return PocketSource()
        if source in ("ptb", "nltk_treebank"):
            raise ConfigError(
                "`data.source` of translation must be text, pocket, prepared "
                f"or tfds:NAME. Received: {source!r}, a treebank, which is "
                "for the presets of parsing."
            )
        languages = (config.source_language, config.target_language)
        if source not in ("text", TRANSLATE_FOLDER):
            return TfdsSource(
                source.removeprefix(TFDS),
                self.data_dir,
                config.manual_dir,
                *languages,
            )
        kind = TextSource if source == "text" else TranslateFolderSource
        if self.data_dir is None:
            raise ConfigError(
                f"`--data_dir` is needed, since data.source is {source!r}. "
                "Give the folder that holds "
                f"{kind.file_name(config.train_split, languages[0])} and the "
                "like."
            )
        return kind(self.data_dir, *languages)


TASK = TranslationTask

# Section 5 and Table 3 of the paper.
_BASE = ExperimentConfig(task="translation", preset="translation/base")
_BIG = dataclasses.replace(
    _BASE,
    preset="translation/big",
    model=ModelConfig(
        model_dim=1024, ffn_dim=4096, num_heads=16, dropout_rate=0.3
    ),
    train=TrainConfig(steps=300_000, keep_checkpoints=20),
)
# Chosen on the dev split; see README for what it reaches.
_MULTI30K = dataclasses.replace(
    _BASE,
    preset="translation/multi30k",
    model=ModelConfig(
        num_layers=3,
        model_dim=192,
        ffn_dim=768,
        num_heads=4,
        dropout_rate=0.2,
    ),
    data=DataConfig(vocab_size=6000, max_length=100),
    optimizer=OptimizerConfig(
        schedule="noam_linear", warmup_steps=1200, decay_start=0.3
    ),
    train=TrainConfig(
        steps=3600,
        batch_tokens=2048,
        log_every=50,
        eval_steps=900,
        eval_sentences=0,
        checkpoint_steps=300,
    ),
)
# Pocket, the embedded synthetic corpus, in a few minutes on two cores.
_DEMO = dataclasses.replace(
    _BASE,
    preset="translation/demo",
    model=ModelConfig(
        num_layers=2, model_dim=128, ffn_dim=512, num_heads=4, dropout_rate=0.0
    ),
    data=DataConfig(source="pocket", vocab_size=4000, max_length=100),
    optimizer=OptimizerConfig(
        schedule="noam_linear", warmup_steps=400, decay_start=0.3
    ),
    train=TrainConfig(
        steps=2600,
        batch_tokens=1024,
        log_every=20,
        eval_steps=1300,
        eval_sentences=100,
        checkpoint_steps=650,
    ),
)
# For tests: it runs in seconds and learns little.
_TINY = dataclasses.replace(
    _BASE,
    preset="translation/tiny",
    model=ModelConfig(num_layers=1, model_dim=16, ffn_dim=32, num_heads=2),
    data=DataConfig(source="pocket", vocab_size=400, max_length=100),
    optimizer=OptimizerConfig(warmup_steps=50),
    train=TrainConfig(
        steps=200,
        batch_tokens=256,
        log_every=50,
        eval_steps=100,
        eval_sentences=8,
        checkpoint_steps=100,
    ),
    decode=DecodeConfig(beam_size=2, extra_length=5),
)
PRESETS = {
    config.preset: config for config in (_BASE, _BIG, _MULTI30K, _DEMO, _TINY)
}
