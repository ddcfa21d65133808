"""Scores of a model on a split."""

import dataclasses
import math
from collections.abc import Sequence

from tfformer.config import ExperimentConfig
from tfformer.data.encoded import EncodedCorpus
from tfformer.data.sources import Example
from tfformer.errors import DataError
from tfformer.metrics.stats import Stats
from tfformer.progress import Progress
from tfformer.tasks.inference import Hypothesis, Inference
from tfformer.tasks.task import Task
from tfformer.training.mended import score_mended


def evaluate(
    inference: Inference, task: Task, examples: Sequence[Example], label: str
) -> tuple[list[Hypothesis], Stats]:
    """Decodes examples and scores them.

    Args:
        inference: decodes text.
        task: scores it.
        examples: inputs and references.
        label: what the progress line calls this.

    Returns:
        The best hypothesis of each example, in order, and the statistics.

    Raises:
        DataError: if there are no examples.
        UserError: if they could not be scored, before any is decoded.
    """
    task.score((), ())
    require_examples(examples, label)
    before = inference.fallbacks, inference.repaired
    hypotheses = []
    with Progress(label, total=len(examples), unit="sentences") as progress:
        for best in inference.decode(
            (example.inputs for example in examples),
            on_batch=progress.update,
            prepared=True,
        ):
            hypotheses.append(best[0])
    stats = score_mended(
        task,
        [hypothesis.text for hypothesis in hypotheses],
        [example.targets for example in examples],
        inference.fallbacks - before[0],
        inference.repaired - before[1],
    )
    return hypotheses, stats


def measure(config: ExperimentConfig, dev: EncodedCorpus) -> dict[str, object]:
    """Returns what scores of a run depend on and may change between two.

    Scores are compared with one another only where all of it is the same.

    Args:
        config: of the run.
        dev: the sentences that are scored.
    """
    search = dataclasses.asdict(config.decode)
    # How many are decoded together changes nothing.
    del search["batch_tokens"]
    return {
        "the sentences of dev": dev.checksums,
        "train.eval_sentences": config.train.eval_sentences,
        "train.ema_decay": config.train.ema_decay,
        "data.bleu_tokenize": config.data.bleu_tokenize,
        "data.evalb": config.data.evalb,
        "data.gold_punctuation": config.data.gold_punctuation,
        **{f"decode.{name}": value for name, value in search.items()},
    }


def perplexity(cross_entropy: float) -> float:
    """Returns the perplexity of a mean cross-entropy.

    It is per token of the target vocabulary, the end symbol counted, and
    without label smoothing, as the paper's is per word piece (Table 3): models
    can be compared by it only where they share their vocabulary.

    Args:
        cross_entropy: nats per target token.
    """
    # Beyond it is no float; a model that has learned nothing is far below.
    return math.exp(min(cross_entropy, 700.0))


def require_examples(examples: Sequence[Example], label: str) -> None:
    """Refuses to score nothing.

    Raises:
        DataError: if there are no examples.
    """
    if not examples:
        raise DataError(
            f"{label}: there must be a sentence to score. Received: none. Try "
            "another --split, or another data.dev_split."
        )
