"""The body of a predict request and of its answer.

Both formats of TensorFlow Serving: rows, `{"instances": [...]}` to
`{"predictions": [...]}`, and columns, `{"inputs": ...}` to `{"outputs": ...}`.
"""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from tfformer.serving.json_tensors import (
    array_from_json,
    json_from_array,
    show,
)
from tfformer.serving.limits import Limits, batch_sizes
from tfformer.serving.rest_error import invalid
from tfformer.serving.signature import Signature

DEFAULT_SIGNATURE = "serving_default"


@dataclasses.dataclass(frozen=True)
class PredictRequest:
    """A request whose values are right.

    Attributes:
        signature: what it calls.
        by_row: whether it is written in rows.
        inputs: an array for every input of the signature.
        rows: its sentences.
        length: bytes of the longest in UTF-8.
        beams: how many times as large as by default the beam is.
    """

    signature: Signature
    by_row: bool
    inputs: dict[str, np.ndarray]
    rows: int
    length: int
    beams: int


def parse_predict(
    body: bytes, signatures: Mapping[str, Signature], limits: Limits
) -> PredictRequest:
    """Reads the body of a predict request.

    Args:
        body: as it came.
        signatures: of the model, by name.
        limits: what a request may ask for.

    Raises:
        RestError: if anything about it is wrong; the message says what.
    """
    try:
        document = _parse_json(body)
        signature = _signature(document, signatures)
        by_row = "instances" in document
        if by_row == ("inputs" in document):
            raise invalid(
                "Expecting one of 'inputs' or 'instances' keys. Received: "
                + ("both" if by_row else "neither")
                + '. Try {"instances": [{"text": "Hello."}]}.'
            )
        read = _read_rows if by_row else _read_columns
        values = read(document, signature)
        inputs = {
            name: _array(name, values, signature) for name in signature.inputs
        }
    except RecursionError:
        raise invalid("JSON Parse error: lists nested too deep.") from None
    return _checked(signature, by_row, inputs, limits)


def _parse_json(body):
    try:
        document = json.loads(body.decode())
    except UnicodeDecodeError as error:
        raise invalid(
            f"JSON Parse error: not UTF-8 at offset: {error.start}"
        ) from None
    except json.JSONDecodeError as error:
        raise invalid(
            f"JSON Parse error: {error.msg} at offset: {error.pos}"
        ) from None
    except ValueError as error:
        # Such as a number of more digits than Python reads.
        raise invalid(f"JSON Parse error: {error}") from None
    if not isinstance(document, dict):
        raise invalid(f"JSON Value: {show(document)} Is not object")
    return document


def _signature(document, signatures):
    name = document.get("signature_name", DEFAULT_SIGNATURE)
    if not isinstance(name, str):
        raise invalid(
            "'signature_name' key must be a string value. Received: "
            + show(name)
        )
    # TensorFlow Serving takes an empty name for the default's.
    found = signatures.get(name or DEFAULT_SIGNATURE)
    if found is None:
        raise invalid(
            f"Serving signature name: {show(name)} not found in signature "
            f"def. There are: {', '.join(sorted(signatures))}."
        )
    return found


def _read_rows(document, signature):
    """Rows to one value per input."""
    rows = document["instances"]
    if not isinstance(rows, list):
        raise invalid(
            f"Expecting 'instances' to be a list/array. Received: {show(rows)}"
        )
    if not rows:
        raise invalid("No values in 'instances' array")
    required = _required(signature)
    columns: dict[str, list] = {}
    for place, row in enumerate(rows):
        if not _is_object(row):
            row = {_only(required, "instances", "list of objects"): row}
        if place and row.keys() != columns.keys():
            raise invalid(
                f"Failed to process element: {place} of 'instances' list. "
                f"JSON object: {show(row)} keys must be equal to: "
                + ",".join(columns)
            )
        _refuse_unknown(row, signature)
        for name, value in row.items():
            columns.setdefault(name, []).append(value)
    for name in columns:
        if not signature.inputs[name].is_batched:
            raise invalid(
                f"Input {name} is one value for all sentences and cannot be "
                "given in 'instances'. Try the column format: "
                f'{{"inputs": {{"text": [...], "{name}": ...}}}}.'
            )
    return columns


def _read_columns(document, signature):
    """Columns, or the only one, to one value per input."""
    columns = document["inputs"]
    if not _is_object(columns):
        name = _only(_required(signature), "inputs", "object")
        columns = {name: columns}
    _refuse_unknown(columns, signature)
    return columns


def _is_object(value):
    return isinstance(value, dict) and list(value) != ["b64"]


def _required(signature):
    return [i.name for i in signature.inputs.values() if i.default is None]


def _only(names, key, wanted):
    """The name that a plain value belongs to."""
    if len(names) != 1:
        raise invalid(
            f"'{key}' is a plain value/list, but expecting {wanted} as "
            f"multiple input tensors required: {', '.join(names)}"
        )
    return names[0]


def _refuse_unknown(values, signature):
    for name in values:
        if name not in signature.inputs:
            raise invalid(
                f"JSON object: does not have named input: {show(name)}. "
                f"{signature.name} has: {', '.join(signature.inputs)}."
            )


def _array(name, values, signature):
    info = signature.inputs[name]
    if name in values:
        return array_from_json(values[name], info)
    if info.default is None:
        raise invalid(f"Missing named input: {name} in 'inputs' object.")
    return info.default


def _checked(signature, by_row, inputs, limits):
    """Holds a request to the limits."""
    batched = {
        name: array
        for name, array in inputs.items()
        if signature.inputs[name].is_batched
    }
    sizes = {len(array) for array in batched.values()}
    if len(sizes) > 1:
        raise invalid(
            f"Inputs {', '.join(batched)} must have one size of their first "
            f"axis. Received: {', '.join(map(str, sorted(sizes)))}."
        )
    rows = sizes.pop() if sizes else 1
    _limit("sentences", "sentences of a request", rows, limits)
    # They wait together: more than the queue holds would never be answered.
    _limit("queue_sentences", "sentences of a request", rows, limits)
    texts = [text for array in batched.values() for text in _texts(array)]
    longest = max((len(text.decode()) for text in texts), default=0)
    _limit("sentence_characters", "characters of a sentence", longest, limits)
    _check_search(inputs, limits)
    length = max(map(len, texts), default=0)
    beams = _times_the_beam(signature, inputs)
    _check_memory(signature, batch_sizes(rows, length, beams), limits)
    return PredictRequest(signature, by_row, inputs, rows, length, beams)


def _texts(array):
    return array.flat if array.dtype == object else ()


def _check_memory(signature, sizes, limits):
    """Refuses what would fit singly but not together."""
    padded, pairs = sizes["padded_bytes"], sizes["attention_pairs"]
    what = (
        "sentences times the bytes of the longest in UTF-8, and times as many "
        "as the beam is larger than by default,"
    )
    _limit("padded_bytes", what, padded, limits)
    _limit(
        "attention_pairs",
        "sentences times the square of the bytes of the longest in UTF-8",
        pairs,
        limits,
    )
    if not signature.joins:
        what += " of a signature that answers for every position,"
        _limit("explained_bytes", what, padded, limits)


def _times_the_beam(signature, inputs):
    """How many times as many hypotheses as by default, which take memory."""
    if "beam_size" not in inputs:
        return 1
    usual = signature.inputs["beam_size"].default
    usual = 1 if usual is None else int(usual.max(initial=1))
    return -(-int(inputs["beam_size"].max(initial=1)) // usual)


def _limit(name, what, received, limits):
    most = getattr(limits, name)
    if received > most:
        raise invalid(
            f"The {what} must not exceed {most} ({name}). Received: "
            f"{received}. Try less at a time."
        )


def _check_search(inputs, limits):
    """Refuses a search that would need all memory or make no sense."""
    if "beam_size" in inputs:
        size = int(inputs["beam_size"].max(initial=0))
        if not 1 <= size <= limits.beam_size:
            raise invalid(
                f"Input beam_size must be 1 to {limits.beam_size}. Received: "
                f"{size}. Try 4."
            )
    if "alpha" in inputs:
        alpha = inputs["alpha"].ravel()
        # Below 0 the scores of what is good fall under those of what is not
        # possible.
        bad = alpha[(alpha < 0) | (alpha > 10)]
        if len(bad):
            raise invalid(
                f"Input alpha must be 0 to 10. Received: {bad[0]}. Try 0.6."
            )


def encode_predict(outputs: Mapping[str, np.ndarray], by_row: bool) -> bytes:
    """Writes the body of an answer.

    Args:
        outputs: by name, with the sentences along the first axis.
        by_row: whether the request was written in rows.
    """
    columns = {
        name: json_from_array(array, name) for name, array in outputs.items()
    }
    if len(columns) == 1:
        (values,) = columns.values()
    elif by_row:
        values = [
            dict(zip(columns, row, strict=True))
            for row in zip(*columns.values(), strict=True)
        ]
    else:
        values = columns
    answer: dict[str, Any] = {"predictions" if by_row else "outputs": values}
    # Infinity and NaN are written as TensorFlow Serving writes them, though
    # standard JSON has neither.
    return json.dumps(answer, ensure_ascii=False).encode()
