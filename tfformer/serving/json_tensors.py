"""JSON values to arrays and back, as TensorFlow Serving writes them."""

import base64
import binascii
import json
import math
from typing import Any

import numpy as np

from tfformer.serving.rest_error import invalid
from tfformer.serving.signature import TensorInfo

_INTEGERS = {
    "DT_INT8": np.int8,
    "DT_UINT8": np.uint8,
    "DT_INT16": np.int16,
    "DT_INT32": np.int32,
    "DT_INT64": np.int64,
    "DT_UINT32": np.uint32,
    "DT_UINT64": np.uint64,
}
_FLOATS = {"DT_FLOAT": np.float32, "DT_DOUBLE": np.float64}
# Characters of a value that an error shows.
_SHOWN = 60


def show(value: Any) -> str:
    """Writes a JSON value into an error, cut short."""
    text = json.dumps(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def array_from_json(value: Any, info: TensorInfo) -> np.ndarray:
    """Turns nested lists into an array.

    Args:
        value: a JSON value: lists as deep as the tensor has axes, and at the
            bottom numbers, strings or `{"b64": ...}`.
        info: type and shape that it must have.

    Returns:
        The array; one of strings has dtype object and holds UTF-8 bytes.

    Raises:
        RestError: if type or shape are others.
    """
    shape = _shape(value, len(info.shape))
    flat: list[Any] = []
    _flatten(value, shape, info, flat)
    if len(shape) != len(info.shape) or any(
        wanted is not None and wanted != size
        for wanted, size in zip(info.shape, shape, strict=True)
    ):
        raise invalid(
            f"Input {info.name} must have the shape {_written(info.shape)}. "
            f"Received: {_written(shape)}."
        )
    array = np.empty(len(flat), _numpy_type(info))
    array[:] = flat
    return array.reshape(shape)


def _shape(value, most):
    """The shape that first elements tell, at most one axis too many."""
    shape = []
    while isinstance(value, list) and len(shape) <= most:
        shape.append(len(value))
        if not value:
            break
        value = value[0]
    return tuple(shape)


def _flatten(value, shape, info, flat):
    if not shape:
        flat.append(_scalar(value, info))
        return
    if not isinstance(value, list):
        raise invalid(
            f"JSON Value: {show(value)} of input {info.name} must be a list, "
            "as its neighbours are."
        )
    if len(value) != shape[0]:
        raise invalid(
            f"Encountered list of {len(value)} values in input {info.name}, "
            f"where its neighbours have {shape[0]}."
        )
    for element in value:
        _flatten(element, shape[1:], info, flat)


def _written(shape):
    return "[" + ",".join("-1" if n is None else str(n) for n in shape) + "]"


def _numpy_type(info):
    if info.dtype in _INTEGERS:
        return _INTEGERS[info.dtype]
    if info.dtype in _FLOATS:
        return _FLOATS[info.dtype]
    return bool if info.dtype == "DT_BOOL" else object


def _scalar(value, info):
    if info.dtype == "DT_STRING":
        return _string(value, info)
    if info.dtype in _INTEGERS:
        limits = np.iinfo(_INTEGERS[info.dtype])
        if type(value) is int and limits.min <= value <= limits.max:
            return value
    elif info.dtype in _FLOATS:
        if _is_finite(value, float(np.finfo(_FLOATS[info.dtype]).max)):
            return float(value)
    elif info.dtype == "DT_BOOL":
        if isinstance(value, bool):
            return value
    raise _type_error(value, info)


def _is_finite(value, most):
    if type(value) not in (int, float):
        return False
    # An int may be larger than any float, and is compared all the same.
    return -most <= value <= most and math.isfinite(value)


def _string(value, info):
    if isinstance(value, dict) and list(value) == ["b64"]:
        value = _from_base64(value["b64"], info)
    if not isinstance(value, str):
        raise _type_error(value, info)
    if "\x00" in value:
        raise invalid(
            f"JSON Value: {show(value)} of input {info.name} must not hold "
            "the character NUL (U+0000). Leave it out."
        )
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise invalid(
            f"JSON Value: {show(value)} of input {info.name} must not hold "
            "half of a surrogate pair, which is no Unicode text. Leave it out."
        ) from None


def _from_base64(value, info):
    """Decodes base64 that holds UTF-8."""
    if not isinstance(value, str):
        raise _type_error({"b64": value}, info)
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        raise invalid(
            f"JSON Value: {show({'b64': value})} of input {info.name} must be "
            "base64 of UTF-8 text."
        ) from None


def _type_error(value, info):
    kinds = {
        dict: "Object",
        list: "Array",
        str: "String",
        bool: "Boolean",
        type(None): "Null",
    }
    expected = info.dtype.removeprefix("DT_").lower()
    return invalid(
        f"JSON Value: {show(value)} Type: {kinds.get(type(value), 'Number')} "
        f"of input {info.name} is not of expected type: {expected}"
    )


def json_from_array(array: np.ndarray, name: str) -> Any:
    """Turns an array into nested lists.

    Args:
        array: of any shape; strings are bytes.
        name: of the output; one that ends in "_bytes" is written as base64.

    Returns:
        What `json.dumps` takes. A float32 has the digits that tell it from
        its neighbours, and no more.
    """
    if array.dtype == object:
        return _nested(array, _base64 if name.endswith("_bytes") else _text)
    if array.dtype == np.float32:
        return _nested(array, lambda value: float(str(value)))
    return array.tolist()


def _nested(array, convert):
    flat = np.empty(array.size, object)
    flat[:] = [convert(value) for value in array.ravel()]
    return flat.reshape(array.shape).tolist()


def _text(value):
    return value.decode("utf-8", "replace")


def _base64(value):
    return {"b64": base64.b64encode(value).decode()}
