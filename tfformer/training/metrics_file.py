"""`metrics.jsonl`: what a run said of its steps, a JSON object a line."""

import json
import math
import os
import pathlib

from tfformer.data.atomic import written_aside
from tfformer.progress import announce


class MetricsFile:
    """`metrics.jsonl`: one JSON object a line, each with its "step".

    Args:
        path: the file.
        first_step: lines of later steps are dropped: they belong to a run
            that was cut short after its last checkpoint and is repeated now.
        writable: whether to write at all; of several workers, one does.
    """

    def __init__(
        self, path: pathlib.Path, first_step: int, writable: bool = True
    ) -> None:
        self.path, self.writable = path, writable
        if writable:
            forget_after(path, first_step)

    def steps_with(self, name: str) -> set[int]:
        """Returns the steps that have a value of that name."""
        if not self.path.is_file():
            return set()
        # A worker may read while the chief, which alone mends it, has not.
        values = map(values_of, self.path.read_bytes().splitlines())
        return {v["step"] for v in values if name in v}

    def write(self, values: dict[str, float | int]) -> None:
        """Appends one object, without what is no finite number.

        JSON has no word for those.
        """
        if not self.writable:
            return
        values = {n: v for n, v in values.items() if not _is_infinite(v)}
        with open(self.path, "a") as file:
            file.write(json.dumps(values) + "\n")


def _is_infinite(value: object) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def forget_after(path: pathlib.Path, step: int) -> None:
    """Drops the JSON lines of later steps, which will be made again.

    Where a run begins at step 0 they are kept under another name: its
    checkpoints may only be out of reach, as on a disk that is not mounted.
    """
    if not path.is_file():
        return
    lines = path.read_bytes().splitlines()
    kept = [
        line
        for line in lines
        if values_of(line).get("step", float("inf")) <= step
    ]
    old = path.with_name(f"{path.name}.old")
    if lines and not step and not old.exists():
        os.replace(path, old)
        announce(
            f"there is no checkpoint: training begins anew, and what {path} "
            f"held is kept as {old.name}"
        )
        return
    with written_aside(path) as aside:
        aside.write_bytes(b"".join(line + b"\n" for line in kept))


def values_of(line: bytes) -> dict:
    """Returns what a line says: nothing if it was cut short or has no step."""
    try:
        values = json.loads(line)
        int(values["step"])
    except (ValueError, KeyError, TypeError, OverflowError):
        return {}
    return values
