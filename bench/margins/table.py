"""Rows as a table in Markdown."""


def table(rows: list[dict]) -> str:
    """Formats rows; a column that is an array is left out.

    Args:
        rows: dictionaries with the same keys.

    Returns:
        A table that GitHub shows as one, without a line feed at the end.
    """
    names = [name for name, value in rows[0].items() if _is_scalar(value)]
    lines = [names, ["---"] * len(names)]
    lines += [[_cell(row[name]) for name in names] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _is_scalar(value) -> bool:
    return isinstance(value, str) or not getattr(value, "shape", ())


def _cell(value) -> str:
    if isinstance(value, str | int):
        return str(value)
    value = float(value)
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        # Three digits that mean something, and every one before the point.
        digits = 2 if abs(value) >= 1 else 3
        return f"{value:.{digits}f}"
    return f"{value:.1e}"
