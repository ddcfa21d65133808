"""Scores of a split that all workers decode together."""

import json
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tfformer.data.sources import Example
from tfformer.metrics.stats import Stats
from tfformer.progress import Progress
from tfformer.tasks.inference import Inference
from tfformer.tasks.task import Task
from tfformer.training.distribution import Distribution
from tfformer.training.evaluation import require_examples
from tfformer.training.mended import score_mended

# Sentences that a worker decodes between two meetings. A signal to stop is
# heard at a meeting, so one round must take seconds, not minutes.
_ROUND = 64


def evaluate_together(
    inference: Inference,
    task: Task,
    examples: Sequence[Example],
    label: str,
    distribution: Distribution,
    stop_asked: Callable[[], bool],
) -> tuple[list[str], Stats] | None:
    """Decodes each example once, on one of the workers, and scores them all.

    Args:
        inference: decodes text.
        task: scores it.
        examples: inputs and references, the same on every worker.
        label: what the progress line calls this.
        distribution: the workers.
        stop_asked: tells whether this worker was asked to stop.

    Returns:
        The outputs of all examples, in order, and their statistics, the same
        on every worker; None if a worker was asked to stop.

    Raises:
        DataError: if there are no examples.
    """
    require_examples(examples, label)
    # Sentences of like length meet, so that no worker waits for another.
    order = sorted(range(len(examples)), key=lambda i: -len(examples[i].inputs))
    texts: dict[int, str] = {}
    fallbacks = repaired = 0
    size = _ROUND * distribution.num_workers
    with Progress(label, total=len(examples), unit="sentences") as progress:
        for first in range(0, len(order), size):
            if distribution.any(stop_asked()):
                return None
            turn = order[first : first + size]
            for part in _decode_turn(inference, examples, turn, distribution):
                texts |= dict(part.texts)
                fallbacks += part.fallbacks
                repaired += part.repaired
            progress.update(len(turn))
    outputs = [texts[i] for i in range(len(examples))]
    references = [example.targets for example in examples]
    stats = score_mended(task, outputs, references, fallbacks, repaired)
    return outputs, stats


class _Part(NamedTuple):
    """What a worker tells the others of its part of a turn.

    Attributes:
        texts: numbers of examples, and their outputs.
        fallbacks: see `Inference`; of this part.
        repaired: see `Inference`; of this part.
    """

    texts: list[tuple[int, str]]
    fallbacks: int
    repaired: int


def _decode_turn(
    inference: Inference,
    examples: Sequence[Example],
    turn: Sequence[int],
    distribution: Distribution,
) -> list[_Part]:
    """Decodes this worker's part of a turn; returns everybody's."""
    mine = turn[distribution.worker :: distribution.num_workers]
    fallbacks, repaired = inference.fallbacks, inference.repaired
    best = inference.decode((examples[i].inputs for i in mine), prepared=True)
    part = _Part(
        [(i, found[0].text) for i, found in zip(mine, best, strict=True)],
        inference.fallbacks - fallbacks,
        inference.repaired - repaired,
    )
    told = distribution.gather(json.dumps(part).encode())
    return [_Part(*json.loads(content)) for content in told]
