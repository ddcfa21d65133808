"""Scores of a split that all workers decode together."""

import json
from collections.abc import Callable, Sequence

from tfformer.data.sources import Example
from tfformer.metrics.stats import Stats
from tfformer.progress import Progress
from tfformer.tasks.inference import Inference
from tfformer.tasks.task import Task
from tfformer.training.distribution import Distribution
from tfformer.training.evaluation import require_examples

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
    size = _ROUND * distribution.num_workers
    with Progress(label, total=len(examples), unit="sentences") as progress:
        for first in range(0, len(order), size):
            if distribution.any(stop_asked()):
                return None
            turn = order[first : first + size]
            texts |= _decode_turn(inference, examples, turn, distribution)
            progress.update(len(turn))
    outputs = [texts[i] for i in range(len(examples))]
    return outputs, task.score(
        outputs, [example.targets for example in examples]
    )


def _decode_turn(
    inference: Inference,
    examples: Sequence[Example],
    turn: Sequence[int],
    distribution: Distribution,
) -> dict[int, str]:
    """Decodes this worker's part of a turn; returns everybody's texts."""
    mine = turn[distribution.worker :: distribution.num_workers]
    best = inference.decode((examples[i].inputs for i in mine), prepared=True)
    texts = {i: found[0].text for i, found in zip(mine, best, strict=True)}
    told = distribution.gather(json.dumps(list(texts.items())).encode())
    return {i: text for part in told for i, text in json.loads(part)}
