"""One version of a model, in memory."""

import os
import pathlib
from collections.abc import Mapping

import numpy as np
import tensorflow as tf
import tensorflow_text  # noqa: F401  (registers the tokenizer's ops)

from tfformer.serving.signature import read_signatures

_WARMUP = pathlib.Path("assets.extra/tf_serving_warmup_requests")


class SavedVersion:
    """A SavedModel, loaded and warmed up.

    Args:
        path: its folder, whose name is its number.

    Attributes:
        number: the version.
        signatures: by name.
        metadata: the signatures as JSON.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        path = pathlib.Path(path)
        self.number = int(path.name)
        self.signatures, self.metadata = read_signatures(path)
        self._loaded = tf.saved_model.load(str(path))
        self._warm_up(path / _WARMUP)

    def run(
        self, signature: str, inputs: Mapping[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        """Calls a signature.

        Args:
            signature: its name.
            inputs: an array for every input.

        Returns:
            An array for every output; strings are bytes.
        """
        outputs = self._loaded.signatures[signature](
            **{name: tf.constant(array) for name, array in inputs.items()}
        )
        return {name: tensor.numpy() for name, tensor in outputs.items()}

    def _warm_up(self, path):
        """Answers the requests that the export brought for this."""
        if not path.is_file():
            return
        # Only here: nothing else needs these types.
        from tensorflow_serving.apis import prediction_log_pb2

        seen = set()
        inputs: dict[str, np.ndarray] = {}
        for record in tf.data.TFRecordDataset([str(path)]):
            log = prediction_log_pb2.PredictionLog.FromString(record.numpy())
            request = log.predict_log.request
            inputs = {
                name: tf.make_ndarray(proto)
                for name, proto in request.inputs.items()
            }
            name = request.model_spec.signature_name or "serving_default"
            self.run(name, inputs)
            seen.add(name)
        # The first call of a signature takes seconds, and a request has a
        # deadline: those that the export says nothing about are called too.
        for name, signature in self.signatures.items():
            values = {
                info.name: inputs.get(info.name, info.default)
                for info in signature.inputs.values()
            }
            if name not in seen and all(v is not None for v in values.values()):
                self.run(name, values)
