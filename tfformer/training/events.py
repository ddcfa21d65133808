"""TensorBoard's files: opened, and scalars written to them."""

import os
import pathlib
from collections.abc import Iterator, Mapping

import tensorflow as tf

from tfformer.data.atomic import remove_remains, written_aside
from tfformer.errors import WorkdirError
from tfformer.progress import announce


def event_writer(
    directory: pathlib.Path, first_step: int
) -> tf.summary.SummaryWriter:
    """Opens a new file of TensorBoard's.

    Args:
        directory: where it goes; made if need be.
        first_step: what the files there say of later steps is dropped: it is
            of a run that was cut short after its last checkpoint and is
            repeated now.

    Raises:
        WorkdirError: if there is no writing there.
    """
    try:
        _forget_after(directory, first_step)
        return tf.summary.create_file_writer(str(directory))
    except (
        OSError,
        tf.errors.PermissionDeniedError,
        tf.errors.FailedPreconditionError,
    ) as error:
        raise WorkdirError(
            f"{directory}: must be a folder that can be written to, for "
            f"TensorBoard. Received: {getattr(error, 'message', error)}. Make "
            "it one, or move it away, and run the same command again."
        ) from error


def _forget_after(directory: pathlib.Path, step: int) -> None:
    """Drops what the files say of later steps, which will be made again.

    Where a run begins at step 0 they are kept in another folder, as
    `metrics.jsonl` is: see `metrics_file.forget_after`.
    """
    remove_remains(directory)
    paths = [
        path
        for path in sorted(directory.glob("*tfevents*"))
        if any(_step(record) > step for record in _records(path))
    ]
    old = directory.with_name(f"{directory.name}.old")
    if paths and not step and not old.exists():
        os.replace(directory, old)
        announce(f"what {directory} held is kept as {old.name}")
        return
    for path in paths:
        with (
            written_aside(path) as aside,
            tf.io.TFRecordWriter(str(aside)) as writer,
        ):
            for record in _records(path):
                if _step(record) <= step:
                    writer.write(record)


def _records(path: pathlib.Path) -> Iterator[bytes]:
    """Yields the records of a file, up to where it was cut short."""
    try:
        for record in tf.data.TFRecordDataset(str(path)):
            yield record.numpy()
    except tf.errors.DataLossError:
        return


def _step(record: bytes) -> int:
    return tf.compat.v1.Event.FromString(record).step


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
