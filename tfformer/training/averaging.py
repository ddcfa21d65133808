"""The mean of the newest checkpoints' weights (paper, section 6.1)."""

import os

import numpy as np

from tfformer.errors import CheckpointError
from tfformer.progress import Progress
from tfformer.tasks.task import make_task
from tfformer.training.build import build_model
from tfformer.training.checkpoint import CheckpointStore, Found
from tfformer.training.variables import model_checkpoint
from tfformer.training.workdir import Workdir


def average_checkpoints(path: str | os.PathLike, last: int) -> Found:
    """Averages a workdir's newest checkpoints into one of its own.

    What is averaged are the weights that training updates, never a moving
    average of them; the mean is computed in float64.

    Args:
        path: the workdir.
        last: how many checkpoints, the newest ones.

    Returns:
        The average, `checkpoints/averaged`.

    Raises:
        UserError: if there are fewer checkpoints, one of them is damaged, or
            this is no workdir.
    """
    workdir = Workdir(path)
    config = workdir.read_config()
    store = CheckpointStore(workdir.checkpoints)
    steps = _newest(store, last, config.train.keep_checkpoints)
    vocabularies = make_task(config, None).vocabularies(workdir.path)
    model = build_model(config, vocabularies)
    checkpoint = model_checkpoint(model)
    sums = [np.zeros(weight.shape, np.float64) for weight in model.weights]
    with Progress("averaging", total=last, unit="checkpoints") as progress:
        for step in steps:
            store.restore(checkpoint, step)
            for total, weight in zip(sums, model.weights, strict=True):
                total += np.asarray(weight.numpy(), np.float64)
            progress.update(1)
    for total, weight in zip(sums, model.weights, strict=True):
        weight.assign((total / last).astype(np.float32))
    store.save_averaged(checkpoint, steps)
    return store.find("averaged")


def _newest(store: CheckpointStore, last: int, keep: int) -> list[int]:
    """Returns the steps of the newest checkpoints, which are whole.

    Of `keep` at most: one before them is kept for its score, and may be far
    from all others. Step 0 is what the run began from, and none of its own.
    """
    steps = [step for step in store.steps() if step][-keep:]
    if not 1 <= last <= len(steps):
        there = ", ".join(map(str, steps)) or "none"
        raise CheckpointError(
            "`--last` must be from 1 to the number of newest checkpoints in "
            f"{store.directory}, which is {len(steps)} (steps {there}). "
            f"Received: {last}. "
            + (
                f"Try --last={len(steps)}, or train on with a larger --set "
                "train.keep_checkpoints."
                if steps
                else "Train with python -m pipelines.train."
            )
        )
    for step in steps[-last:]:
        damage = store.damage(step)
        if damage is not None:
            raise CheckpointError(
                f"{store.path(step)}: {damage}. Move that folder away to "
                "average the newest ones without it."
            )
    return steps[-last:]
