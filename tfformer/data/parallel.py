"""Two texts that go together line by line."""

import itertools
import os
from collections.abc import Iterable, Iterator, Sequence

from tfformer.errors import DataError


def pair_lines(
    sources: Iterable[str], targets: Iterable[str], names: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Pairs the lines of two texts, which may be streams.

    Args:
        sources: lines of the one.
        targets: lines of the other.
        names: what to call them in an error.

    Raises:
        DataError: where one of them ends, if the other goes on; it names both
            counts.
    """
    texts = [iter(sources), iter(targets)]
    for number in itertools.count():
        pair = [next(lines, None) for lines in texts]
        source, target = pair
        if source is not None and target is not None:
            yield source, target
            continue
        if source is not target:
            raise different_line_counts(
                names,
                [
                    number + (line is not None) + sum(1 for _ in rest)
                    for line, rest in zip(pair, texts, strict=True)
                ],
            )
        return


def require_as_many_lines(paths: Sequence[str | os.PathLike]) -> int:
    """Returns how many lines two files have.

    Raises:
        DataError: if it is not the same number; it names both.
    """
    counts = [count_lines(path) for path in paths]
    if counts[0] != counts[1]:
        raise different_line_counts([str(path) for path in paths], counts)
    return counts[0]


def count_lines(path: str | os.PathLike) -> int:
    """Returns how many lines a file has, one without an end counted."""
    with open(path, "rb") as file:
        return sum(1 for _ in file)


def different_line_counts(
    names: Sequence[str], counts: Sequence[int]
) -> DataError:
    """Returns the error that names both texts and how many lines they have.

    Args:
        names: paths, or what to call streams.
        counts: of lines.
    """
    source, target = (os.path.basename(name) for name in names)
    if source == target:
        source, target = names
    return DataError(
        f"{names[0]}:{min(counts) + 1}: source and target must have as many "
        f"lines. Received: {counts[0]} lines in {source}, {counts[1]} in "
        f"{target}. Align the files line by line."
    )
