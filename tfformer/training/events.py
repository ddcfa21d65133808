"""TensorBoard's files: opened, and scalars written to them."""

import pathlib
from collections.abc import Mapping

import tensorflow as tf

from tfformer.errors import WorkdirError


def event_writer(directory: pathlib.Path) -> tf.summary.SummaryWriter:
    """Opens a new file of TensorBoard's.

    Args:
        directory: where it goes; made if need be.

    Raises:
        WorkdirError: if there is no writing there.
    """
    try:
        return tf.summary.create_file_writer(str(directory))
    except (
        tf.errors.PermissionDeniedError,
        tf.errors.FailedPreconditionError,
    ) as error:
        raise WorkdirError(
            f"{directory}: must be a folder that can be written to, for "
            f"TensorBoard. Received: {error.message}. Make it one, or move it "
            "away, and run the same command again."
        ) from error


def write_scalars(
    writer: tf.summary.SummaryWriter, values: Mapping[str, float], step: int
) -> None:
    """Writes scalars for TensorBoard.

    Args:
        writer: of `event_writer`.
        values: by name.
        step: updates made so far.
    """
    with writer.as_default(step=step):
        for name, value in values.items():
            tf.summary.scalar(name, value)
