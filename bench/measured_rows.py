"""Rows of figures in a file, which runs over a part of them fill."""

import csv
import os
from collections.abc import Sequence

from tfformer.data.atomic import written_aside


def merge(path: str, rows: list[dict], key: str, order: Sequence[str]) -> None:
    """Writes rows of one kind, beside those of others that are there.

    Args:
        path: of the file, which need not exist.
        rows: at least one; all have the same value of `key`.
        key: the column of the kind.
        order: of the kinds in the file.
    """
    if os.path.exists(path):
        with open(path, newline="") as file:
            others = [*csv.DictReader(file)]
        rows = rows + [r for r in others if r[key] != rows[0][key]]
    rows = sorted(rows, key=lambda row: order.index(row[key]))
    with (
        written_aside(path) as aside,
        open(aside, "w", newline="") as file,
    ):
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def read(path: str, words: Sequence[str]) -> list[dict]:
    """Reads what `merge` wrote.

    Args:
        path: of the file.
        words: the columns that are no numbers.
    """
    with open(path, newline="") as file:
        return [
            {k: v if k in words else float(v) for k, v in row.items()}
            for row in csv.DictReader(file)
        ]
