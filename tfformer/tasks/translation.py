"""Translation: parallel text in, BLEU out (paper, section 6.1)."""

import dataclasses
import functools
from collections.abc import Iterator, Sequence

from tfformer.config import (
    POCKET,
    TFDS,
    DataConfig,
    DecodeConfig,
    ExperimentConfig,
    ModelConfig,
    OptimizerConfig,
    TrainConfig,
)
from tfformer.data.mixture import MixedSource, extra_folder
from tfformer.data.sources import Example, PocketSource, Source, TextSource
from tfformer.data.tfds_source import TfdsSource
from tfformer.data.translate_folder import (
    TRANSLATE_FOLDER,
    TranslateFolderSource,
)
from tfformer.errors import ConfigError
from tfformer.metrics.translation import TranslationStats, translation_stats
from tfformer.tasks.table3_presets import table3_presets
from tfformer.tasks.text_task import TextTask
from tfformer.tasks.wmt14_presets import wmt14_presets


class TranslationTask(TextTask):
    """Sentences of one language to sentences of another.

    One SentencePiece vocabulary serves both languages, as in the paper, so
    that embeddings can be tied.

    Args:
        config: where the text is and how large the vocabulary.
        data_dir: folder of the text files, of TFDS, or of prepared data; None
            where `config.source` needs none or nothing is read.
    """

    primary_metric = "bleu"

    def examples(
        self, split: str, start: int = 0, stop: int | None = None
    ) -> Iterator[Example]:
        """Yields sentence pairs, those of training with the extra ones.

        Raises:
            ConfigError: if text files are asked for without a folder.
            DataError: if the files are missing or malformed.
        """
        return self._source(split).examples(split, start, stop)

    def vocabulary_examples(self) -> Iterator[Example]:
        """Yields the training pairs, the extra ones too, whatever weight."""
        split = self.config.train_split
        source = self._source(split)
        if isinstance(source, MixedSource):
            return source.each_once(split)
        return source.examples(split)

    def gold_examples(self, split: str) -> Iterator[Example]:
        """Yields sentence pairs without the extra ones."""
        return self._own_source.examples(split)

    def count(self, split: str) -> int:
        """Returns how many records a split has: examples, or more."""
        return self._source(split).count(split)

    def fingerprint(self, split: str) -> str:
        """Changes whenever the split's examples do."""
        return self._source(split).fingerprint(split)

    def score(
        self, hypotheses: Sequence[str], references: Sequence[str]
    ) -> TranslationStats:
        """Counts the n-grams of sacreBLEU and of the paper's BLEU."""
        return translation_stats(
            hypotheses,
            references,
            self.config.target_language,
            self.config.bleu_tokenize,
        )

    def _source(self, split: str) -> Source:
        """Returns where a split comes from, for training with the extra pairs.

        Prepared data has them in it.
        """
        config = self.config
        extra = split == config.train_split and config.extra_weight
        return (
            self._mixed_source
            if extra and config.source != "prepared"
            else self._own_source
        )

    @functools.cached_property
    def _mixed_source(self) -> MixedSource:
        config, split = self.config, self.config.train_split
        languages = (config.source_language, config.target_language)
        wanted = (TextSource.file_name(split, one) for one in languages)
        folder = extra_folder(config, " and ".join(wanted))
        extra = TextSource(folder, *languages)
        # What is missing is said at once, not after the first corpus.
        extra.paths(split)
        return MixedSource(self._own_source, extra, config.extra_weight)

    @functools.cached_property
    def _own_source(self) -> Source:
        config, source = self.config, self.config.source
        prepared = self.prepared()
        if prepared is not None:
            return prepared
        languages = (config.source_language, config.target_language)
        if source in POCKET:
            _require_english_to_german(source, languages)
            return PocketSource(source)
        if source in ("ptb", "nltk_treebank"):
            raise ConfigError(
                "`data.source` of translation must be text, pocket, prepared "
                f"or tfds:NAME. Received: {source!r}, a treebank, which is "
                "for the presets of parsing."
            )
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


def _require_english_to_german(source: str, languages: tuple) -> None:
    if languages != ("en", "de"):
        raise ConfigError(
            "`data.source_language` and `data.target_language` must be en and "
            f"de, since data.source is {source!r}. Received: "
            f"{' and '.join(languages)}. Leave them out, or try --set "
            "data.source=text with text of yours."
        )


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
# Chosen on the dev split; see docs/results.md for what it reaches.
_MULTI30K = dataclasses.replace(
    _BASE,
    preset="translation/multi30k",
    model=ModelConfig(
        num_layers=4,
        model_dim=128,
        ffn_dim=256,
        num_heads=4,
        dropout_rate=0.3,
        # Post-norm ends higher than pre-norm, with small weights to begin.
        normalization="post",
        initializer_gain=0.6,
    ),
    data=DataConfig(vocab_size=10000, max_length=100),
    optimizer=OptimizerConfig(
        schedule="noam_linear",
        learning_rate=1.1,
        warmup_steps=1000,
        decay_start=0.4,
    ),
    train=TrainConfig(
        steps=7000,
        batch_tokens=4096,
        log_every=50,
        eval_steps=1000,
        eval_sentences=0,
        checkpoint_steps=300,
    ),
    # At 1.0 a model like this one gave 4 % too few words for BLEU, and from 1.9
    # on it rambled: docs/results.md.
    decode=DecodeConfig(beam_size=5, length_penalty_alpha=1.3),
)
# Everyday sentences, five times as many: a wider model, regularised less.
_TATOEBA = dataclasses.replace(
    _MULTI30K,
    preset="translation/tatoeba",
    model=dataclasses.replace(
        _MULTI30K.model,
        num_layers=3,
        model_dim=256,
        ffn_dim=1024,
        dropout_rate=0.2,
    ),
    data=DataConfig(vocab_size=8000, max_length=100),
    train=dataclasses.replace(_MULTI30K.train, steps=6000, batch_tokens=2048),
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
    data=DataConfig(source="pocket_small", vocab_size=400, max_length=100),
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
    config.preset: config
    for config in (
        _BASE,
        _BIG,
        *wmt14_presets(_BASE, _BIG),
        _MULTI30K,
        _TATOEBA,
        _DEMO,
        _TINY,
        *table3_presets(_BASE),
    )
}
