"""Scores of a model on a split."""

import math
from collections.abc import Sequence

from tfformer.data.sources import Example
from tfformer.errors import DataError
from tfformer.metrics.stats import Stats
from tfformer.progress import Progress
from tfformer.tasks.inference import Hypothesis, Inference
from tfformer.tasks.task import Task


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
    hypotheses = []
    with Progress(label, total=len(examples), unit="sentences") as progress:
        for best in inference.decode(
            (example.inputs for example in examples),
            on_batch=progress.update,
            prepared=True,
        ):
            hypotheses.append(best[0])
    stats = task.score(
        [hypothesis.text for hypothesis in hypotheses],
        [example.targets for example in examples],
    )
    return hypotheses, stats


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
