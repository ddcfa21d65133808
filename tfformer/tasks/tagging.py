"""Part-of-speech tagging: words in, tags out, meant to be one a word.

A whole third task in one file, as an example of how a task is added. It is not
in the paper.
"""

import dataclasses
import itertools
from collections.abc import Iterator, Sequence

from tfformer.config import (
    DataConfig,
    DecodeConfig,
    ExperimentConfig,
    ModelConfig,
    OptimizerConfig,
    TrainConfig,
)
from tfformer.data.sources import Example
from tfformer.data.treebank import Treebank
from tfformer.data.treebank_tokenizer import to_words
from tfformer.data.treebanks import open_treebank
from tfformer.tasks.text_task import TextTask


@dataclasses.dataclass(frozen=True)
class AccuracyStats:
    """Counts of words, from which the share of right tags is computed.

    Attributes:
        right: words whose tag is that of the reference.
        words: words of the references; one that got no tag is not right.
    """

    right: int = 0
    words: int = 0

    def merge(self, other: "AccuracyStats") -> "AccuracyStats":
        """Returns the counts of both corpora together."""
        return AccuracyStats(self.right + other.right, self.words + other.words)

    def compute(self) -> dict[str, float | int | str]:
        """Returns "accuracy" (0 to 100) and "words"."""
        accuracy = 100 * self.right / self.words if self.words else 0.0
        return {"accuracy": accuracy, "words": self.words}

    def render(self) -> str:
        """Returns the scores, a line each."""
        return "".join(f"{k}: {v}\n" for k, v in self.compute().items())


class TaggingTask(TextTask):
    """The words of a treebank's trees to their parts of speech.

    Args:
        config: `source` is one of `tfformer.data.treebanks.SOURCES`.
        data_dir: folder of the treebank, where it needs one.
    """

    primary_metric = "accuracy"

    def examples(
        self, split: str, start: int = 0, stop: int | None = None
    ) -> Iterator[Example]:
        """Yields words and tags, both joined by spaces."""
        prepared = self.prepared()
        if prepared is not None:
            yield from prepared.examples(split, start, stop)
            return
        trees = self._treebank().trees(split)
        for tree in itertools.islice(trees, start, stop):
            words, tags = zip(*tree.pos(), strict=True)
            yield Example(to_words(" ".join(words), True), " ".join(tags))

    def fingerprint(self, split: str) -> str:
        """Changes whenever the split's trees do."""
        return (self.prepared() or self._treebank()).fingerprint(split)

    def prepare(self, text: str, tokenized: bool) -> str:
        """Tokenises a sentence as the treebank does."""
        return to_words(text, tokenized)

    def graph_prepare(self, texts, tokenized):
        """Does what `prepare` does, to string tensors `[batch]`."""
        from tfformer.data import graph_treebank_tokenizer

        return graph_treebank_tokenizer.to_words(texts, tokenized)

    def score(
        self, hypotheses: Sequence[str], references: Sequence[str]
    ) -> AccuracyStats:
        """Compares tags word by word, from the left."""
        stats = AccuracyStats()
        for hypothesis, reference in zip(hypotheses, references, strict=True):
            tags, gold = hypothesis.split(), reference.split()
            right = sum(map(str.__eq__, tags, gold))
            stats = stats.merge(AccuracyStats(right, len(gold)))
        return stats

    def _treebank(self) -> Treebank:
        config = self.config
        return open_treebank(
            config.source, self.data_dir, skip_malformed=config.skip_malformed
        )


TASK = TaggingTask
_DEMO = ExperimentConfig(
    task="tagging",
    preset="tagging/demo",
    model=ModelConfig(
        num_layers=2, model_dim=128, ffn_dim=512, num_heads=4, dropout_rate=0.0
    ),
    data=DataConfig(source="pocket", vocab_size=1500, max_length=100),
    optimizer=OptimizerConfig(warmup_steps=400),
    train=TrainConfig(steps=1500, batch_tokens=1024, eval_steps=500),
    decode=DecodeConfig(beam_size=1),
)
PRESETS = {_DEMO.preset: _DEMO}
