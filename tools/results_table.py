"""The table of results: what was trained, and what it scored."""

import csv

from tfformer.errors import UserError

# How far off a sound run may be, in standard deviations and in points: that
# of a few seeds is itself not well known.
_DEVIATIONS = 3.0
_POINTS = 0.5
_COLUMNS = ("name", "preset", "settings", "split", "metric", "seed", "score")
# What a line has beyond the columns of its table.
_BEYOND = "beyond"


def read_results(path: str, name: str) -> list[dict[str, str]]:
    """Returns the lines of a setting, one for each seed.

    Args:
        path: the table.
        name: of the setting.

    Raises:
        UserError: if there is no such table, or no such setting in it, or a
            line lacks a column or has one too many.
    """
    try:
        with open(path, encoding="utf-8", newline="") as file:
            lines = list(csv.DictReader(file, restkey=_BEYOND))
    except OSError as error:
        raise UserError(f"`--results`: {error}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(
            f"{path}: must be a table of comma-separated values in UTF-8 "
            f"({error}). Give another --results."
        ) from error
    for number, line in enumerate(lines, 2):
        _check(f"{path}:{number}", line)
    found = [line for line in lines if line["name"] == name]
    if not found:
        names = sorted({line["name"] for line in lines})
        raise UserError(
            f"`--name` must be one of {', '.join(names)}. Received: {name!r}."
        )
    return found


def _check(where: str, line: dict[str, str]) -> None:
    """Raises for a damaged line, before hours are spent on it."""
    missing = [name for name in _COLUMNS if line.get(name) is None]
    if missing:
        raise UserError(
            f"{where}: must have the columns {', '.join(_COLUMNS)}. Received: "
            f"none for {', '.join(missing)}. Restore the table."
        )
    if _BEYOND in line:
        raise UserError(
            f"{where}: must have no more columns than the first line. "
            f"Received: {', '.join(line[_BEYOND])} beyond them. Put what holds "
            "a comma in quotes."
        )
    try:
        float(line["score"])
    except ValueError as error:
        raise UserError(
            f"{where}: `score` must be a number. Received: {line['score']!r}. "
            "Restore the table."
        ) from error


def allowed(deviation: float) -> float:
    """Returns how many points off a score may be."""
    return max(_DEVIATIONS * deviation, _POINTS)
