"""Writes a `ServingModule` in the layout of TensorFlow Serving."""

import os
import pathlib
from collections.abc import Sequence

import tensorflow as tf

from tfformer.data.atomic import written_aside
from tfformer.errors import UserError
from tfformer.export.serving import ServingModule
from tfformer.export.versions import new_version


def save(
    module: ServingModule,
    output_dir: str | os.PathLike,
    version: int | None,
    warmup: Sequence[Sequence[str]],
) -> pathlib.Path:
    """Writes `output_dir/version`, aside first and then renamed.

    Args:
        module: what to save.
        output_dir: the model's base path in TensorFlow Serving.
        version: its version; a larger one is served in place of a smaller.
            None for the one after the largest there is.
        warmup: batches of texts that the server translates before it says
            it is ready.

    Returns:
        The folder written.

    Raises:
        UserError: if that version is there already, or there is no room.
    """
    path = new_version(output_dir, version)
    with written_aside(path) as aside:
        # TensorFlow would tell of a folder that cannot be made in its own way.
        aside.mkdir()
        try:
            tf.saved_model.save(
                module, str(aside), signatures=module.signatures()
            )
            write_warmup(aside, path.parent.name, warmup)
        except (tf.errors.ResourceExhaustedError, tf.errors.UnknownError) as e:
            raise UserError(
                f"{path}: the export cannot be written: {e.message}. Free "
                "space on the disk, or choose another --output_dir."
            ) from e
    return path


def write_warmup(
    saved_model: pathlib.Path,
    model_name: str,
    batches: Sequence[Sequence[str]],
) -> None:
    """Writes requests that TensorFlow Serving replays when it loads.

    Args:
        saved_model: folder of the version.
        model_name: name of the served model.
        batches: the texts of each request.
    """
    # Nothing else of an export needs these types.
    from tensorflow_serving.apis import (
        model_pb2,
        predict_pb2,
        prediction_log_pb2,
    )

    folder = saved_model / "assets.extra"
    folder.mkdir()
    path = folder / "tf_serving_warmup_requests"
    with tf.io.TFRecordWriter(str(path)) as writer:
        for batch in batches:
            request = predict_pb2.PredictRequest(
                model_spec=model_pb2.ModelSpec(
                    name=model_name, signature_name="serving_default"
                ),
                inputs={"text": tf.make_tensor_proto(list(batch))},
            )
            log = prediction_log_pb2.PredictionLog(
                predict_log=prediction_log_pb2.PredictLog(request=request)
            )
            writer.write(log.SerializeToString())
