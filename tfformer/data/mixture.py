"""Two corpora as one, each as often as a weight asks."""

import hashlib
import os
from collections.abc import Iterator

from tfformer.config import DataConfig
from tfformer.data.sources import Example, Source
from tfformer.errors import ConfigError


def repeats(weight: float) -> tuple[int, int]:
    """Tells how often each of two corpora comes in a pass over both.

    Args:
        weight: how often an extra example comes for each time that one of the
            own corpus comes: a whole number, or 1 over one.

    Returns:
        How often the own examples come, and the extra ones; one of them is 1.
    """
    return (round(1 / weight), 1) if weight < 1 else (1, round(weight))


def extra_folder(config: DataConfig, wanted: str) -> str:
    """Returns the folder of the extra examples.

    Args:
        config: names it.
        wanted: what it must hold, for the error.

    Raises:
        ConfigError: if there is none.
    """
    folder = config.extra_data_dir
    if folder is None or not os.path.isdir(folder):
        raise ConfigError(
            f"`data.extra_data_dir` must be a folder with {wanted}, since "
            f"data.extra_weight is {config.extra_weight:g}. Received: "
            f"{folder}. Give it, or try --set data.extra_weight=0 --set "
            "data.extra_data_dir=none."
        )
    return folder


class MixedSource:
    """Pairs and extra pairs, such as back-translations.

    Args:
        own: the pairs.
        extra: the extra ones.
        weight: see `repeats`.
    """

    def __init__(self, own: Source, extra: Source, weight: float) -> None:
        own_times, extra_times = repeats(weight)
        self._parts = [own] * own_times + [extra] * extra_times
        self._each = (own, extra)
        self._weight = weight
        self._counts: dict[tuple[Source, str], int] = {}

    def examples(
        self, split: str, start: int = 0, stop: int | None = None
    ) -> Iterator[Example]:
        """Yields the own pairs, then the extra ones, each again and again.

        Args:
            split: its name, in both.
            start: first record to read, counted from 0.
            stop: record after the last; None for all.

        Raises:
            DataError: as the sources.
        """
        whole = start == 0 and stop is None
        for source in self._parts:
            if whole:
                # Without a count, which reads the files a second time.
                yield from source.examples(split)
                continue
            count = self._count(source, split)
            last = count if stop is None else min(stop, count)
            if start < last:
                yield from source.examples(split, start, last)
            start = max(start - count, 0)
            stop = None if stop is None else max(stop - count, 0)

    def each_once(self, split: str) -> Iterator[Example]:
        """Yields the own pairs and the extra ones, whatever the weight."""
        for source in self._each:
            yield from source.examples(split)

    def count(self, split: str) -> int:
        """Returns how many records both have together, repeated ones too."""
        return sum(self._count(source, split) for source in self._parts)

    def fingerprint(self, split: str) -> str:
        """Changes whenever the pairs of either do, or the weight."""
        told = [source.fingerprint(split) for source in self._each]
        told.append(f"{self._weight:g}")
        return hashlib.sha256("|".join(told).encode()).hexdigest()

    def _count(self, source: Source, split: str) -> int:
        if (source, split) not in self._counts:
            self._counts[source, split] = source.count(split)
        return self._counts[source, split]
