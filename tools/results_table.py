"""The table of results: what was trained, and what it scored."""

import csv

from tfformer.errors import UserError

# How far off a sound run may be, in standard deviations and in points: that
# of a few seeds is itself not well known.
_DEVIATIONS = 3.0
_POINTS = 0.5


def read_results(path: str, name: str) -> list[dict[str, str]]:
    """Returns the lines of a setting, one for each seed.

    Args:
        path: the table.
        name: of the setting.

    Raises:
        UserError: if there is no such table, or no such setting in it.
    """
    try:
        with open(path, encoding="utf-8", newline="") as file:
            lines = list(csv.DictReader(file))
    except OSError as error:
        raise UserError(f"`--results`: {error}") from error
    found = [line for line in lines if line["name"] == name]
    if not found:
        names = sorted({line["name"] for line in lines})
        raise UserError(
            f"`--name` must be one of {', '.join(names)}. Received: {name!r}."
        )
    return found


def allowed(deviation: float) -> float:
    """Returns how many points off a score may be."""
    return max(_DEVIATIONS * deviation, _POINTS)
