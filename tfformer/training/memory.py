"""What is told of a step that the memory does not suffice for."""

import tensorflow as tf

from tfformer.config import ExperimentConfig
from tfformer.errors import ConfigError


def memory_short(
    error: tf.errors.OpError, config: ExperimentConfig
) -> ConfigError | None:
    """Names the settings that the memory of a step depends on.

    Args:
        error: what a step ended with.
        config: of the run.

    Returns:
        None if the error is another one.
    """
    if not isinstance(error, tf.errors.ResourceExhaustedError):
        return None
    reason = (error.message or "no more memory").splitlines()[0]
    train = config.train
    cures = [f"train.accumulate_steps={2 * train.accumulate_steps}"]
    if not train.recompute:
        cures.append("train.recompute=true")
    return ConfigError(
        "A step must fit in the memory of its device. Received: "
        f"train.batch_tokens={train.batch_tokens} in "
        f"train.accumulate_steps={train.accumulate_steps} parts; TensorFlow "
        f"says: {reason}. Try --set {' or '.join(cures)}: the updates stay "
        "the same. Run the same command with it: training goes on from the "
        "newest checkpoint."
    )
