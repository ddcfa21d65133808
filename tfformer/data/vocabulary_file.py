"""Vocabularies that are JSON files of a workdir."""

import json
import os
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from tfformer.data.atomic import written_aside
from tfformer.errors import WorkdirError

# In the places of PAD_ID, BOS_ID, EOS_ID and UNK_ID.
SPECIAL = ("<pad>", "<s>", "</s>", "<unk>")


def read_vocabulary(
    path: str | os.PathLike, kind: str, fields: Sequence[str]
) -> tuple[bytes, dict[str, Any]]:
    """Reads one.

    Args:
        path: of the file.
        kind: what it is a vocabulary of, for errors.
        fields: what it must have.

    Returns:
        Its content, and the values of the fields by name.

    Raises:
        WorkdirError: if the file is missing or no such vocabulary.
    """
    path = pathlib.Path(path)
    cure = "Make it with python -m pipelines.build_vocabulary."
    if not path.is_file():
        raise WorkdirError(f"{path}: no such vocabulary. {cure}")
    content = path.read_bytes()
    try:
        values = json.loads(content)
        return content, {name: values[name] for name in fields}
    except (ValueError, KeyError, TypeError) as error:
        raise WorkdirError(
            f"{path}: not a vocabulary of {kind} ({error!r}). {cure}"
        ) from error


def write_vocabulary(
    path: str | os.PathLike, values: Mapping[str, object]
) -> None:
    """Writes one, aside and renamed.

    Args:
        path: of the file.
        values: its fields.
    """
    text = json.dumps(values, indent=1, ensure_ascii=False)
    with written_aside(path) as aside:
        aside.write_bytes(text.encode())
