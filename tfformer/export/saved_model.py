"""Writes a `ServingModule` in the layout of TensorFlow Serving."""

import os
import pathlib
from collections.abc import Sequence

import tensorflow as tf

from tfformer.data.atomic import written_aside
from tfformer.errors import UserError
from tfformer.export.serving import ServingModule


def next_version(output_dir: str | os.PathLike) -> int:
    """Returns the number after the largest version in a folder, or 1.

    Raises:
        UserError: if it is not a folder.
    """
    folder = pathlib.Path(output_dir)
    if folder.exists() and not folder.is_dir():
        raise UserError(
            f"`--output_dir` must be a folder. Received: {folder}, which is a "
            "file. Choose another path."
        )
    if not folder.is_dir():
        return 1
    versions = [int(p.name) for p in folder.iterdir() if p.name.isdigit()]
    return max(versions, default=0) + 1


def save(
    module: ServingModule,
    output_dir: str | os.PathLike,
    version: int,
    warmup_texts: Sequence[str],
) -> pathlib.Path:
    """Writes `output_dir/version`, aside first and then renamed.

    Args:
        module: what to save.
        output_dir: the model's base path in TensorFlow Serving.
        version: its version; a larger one is served in place of a smaller.
        warmup_texts: what the server translates before it says it is ready.

    Returns:
        The folder written.

    Raises:
        UserError: if that version is there already.
    """
    path = pathlib.Path(output_dir) / str(version)
    if path.exists():
        raise UserError(
            f"`--version`: {path} is there already, and an exported version "
            "is never overwritten. Leave --version out for "
            f"{next_version(output_dir)}."
        )
    with written_aside(path) as aside:
        tf.saved_model.save(module, str(aside), signatures=module.signatures())
        write_warmup(aside, path.parent.name, warmup_texts)
    return path


def write_warmup(
    saved_model: pathlib.Path, model_name: str, texts: Sequence[str]
) -> None:
    """Writes requests that TensorFlow Serving replays when it loads.

    Args:
        saved_model: folder of the version.
        model_name: name of the served model.
        texts: one request each, and one of them all.
    """
    # Needed here only; see BUILD_NOTES.md.
    from tensorflow_serving.apis import (
        model_pb2,
        predict_pb2,
        prediction_log_pb2,
    )

    folder = saved_model / "assets.extra"
    folder.mkdir()
    path = folder / "tf_serving_warmup_requests"
    with tf.io.TFRecordWriter(str(path)) as writer:
        for batch in [[text] for text in texts] + [list(texts)]:
            request = predict_pb2.PredictRequest(
                model_spec=model_pb2.ModelSpec(
                    name=model_name, signature_name="serving_default"
                ),
                inputs={"text": tf.make_tensor_proto(batch)},
            )
            log = prediction_log_pb2.PredictionLog(
                predict_log=prediction_log_pb2.PredictLog(request=request)
            )
            writer.write(log.SerializeToString())
