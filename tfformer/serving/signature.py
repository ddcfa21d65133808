"""What a SavedModel's signatures take and give, read from its graph."""

import dataclasses
import os
import pathlib
from typing import Any

import numpy as np
from google.protobuf import json_format
from tensorflow.core.framework import types_pb2
from tensorflow.core.protobuf import saved_model_pb2


@dataclasses.dataclass(frozen=True)
class TensorInfo:
    """An input or an output.

    Attributes:
        name: the key in the signature.
        dtype: as TensorFlow writes it, such as "DT_STRING".
        shape: sizes, None where any will do.
        default: value if a request lacks this input; None if it must not.
    """

    name: str
    dtype: str
    shape: tuple[int | None, ...]
    default: np.ndarray | None = None

    @property
    def is_batched(self) -> bool:
        """Whether its first axis counts the sentences."""
        return bool(self.shape) and self.shape[0] is None


@dataclasses.dataclass(frozen=True)
class Signature:
    """A function of a SavedModel.

    Attributes:
        name: of the signature.
        inputs: by name.
        outputs: by name.
    """

    name: str
    inputs: dict[str, TensorInfo]
    outputs: dict[str, TensorInfo]

    @property
    def joins(self) -> bool:
        """Whether requests may share a batch.

        An output of more than two axes holds sequences that are padded to the
        longest of the batch; an answer would depend on who else asked.
        """
        return all(len(info.shape) <= 2 for info in self.outputs.values())


def read_signatures(
    path: str | os.PathLike,
) -> tuple[dict[str, Signature], dict[str, Any]]:
    """Reads the signatures of one version.

    Args:
        path: folder with saved_model.pb.

    Returns:
        The signatures that can be called, by name, and all of them as the
        JSON that TensorFlow Serving's metadata has.
    """
    proto = saved_model_pb2.SavedModel()
    proto.ParseFromString((pathlib.Path(path) / "saved_model.pb").read_bytes())
    graph = next(
        graph
        for graph in proto.meta_graphs
        if "serve" in graph.meta_info_def.tags
    )
    signatures = {
        name: _signature(name, definition)
        for name, definition in graph.signature_def.items()
        if definition.inputs
    }
    described = {
        name: json_format.MessageToDict(
            definition,
            preserving_proto_field_name=True,
            always_print_fields_with_no_presence=True,
        )
        for name, definition in graph.signature_def.items()
    }
    return signatures, described


def _signature(name, definition):
    # Here, since it imports all of TensorFlow.
    from tensorflow import make_ndarray

    defaults = {
        key: make_ndarray(value) for key, value in definition.defaults.items()
    }
    return Signature(
        name,
        {
            key: _tensor_info(key, info, defaults.get(key))
            for key, info in sorted(definition.inputs.items())
        },
        {
            key: _tensor_info(key, info)
            for key, info in sorted(definition.outputs.items())
        },
    )


def _tensor_info(name, info, default=None):
    shape = tuple(
        None if dim.size < 0 else dim.size for dim in info.tensor_shape.dim
    )
    return TensorInfo(name, types_pb2.DataType.Name(info.dtype), shape, default)
