"""Lines in windows, and windows in batches of like length."""

import contextlib
import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

import tensorflow as tf

from tfformer.config import DecodeConfig
from tfformer.errors import DataError

Item = TypeVar("Item")
# Lines that are sorted by length together. Output comes a window at a time.
WINDOW = 8192


def windows(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Cuts a stream into lists of `WINDOW` items, the last one shorter."""
    stream = iter(items)
    while window := list(itertools.islice(stream, WINDOW)):
        yield window


def batches(
    positions: Mapping[int, int], batch_tokens: int
) -> Iterator[list[int]]:
    """Cuts lines, longest first, into batches of like length.

    A batch is sized by what its lines may need, so the first batch needs as
    much memory as any: what does not fit fails at once.

    Args:
        positions: of each line, by its number, the positions that it may need.
        batch_tokens: most of them in a batch, unless one line alone has more.

    Yields:
        The numbers of a batch.
    """
    by_length = sorted(positions, key=lambda i: -positions[i])
    while by_length:
        size = max(1, batch_tokens // positions[by_length[0]])
        yield by_length[:size]
        by_length = by_length[size:]


@contextlib.contextmanager
def memory_told(
    number: int, length: int, count: int, config: DecodeConfig, cure: str
) -> Iterator[None]:
    """Names a batch's longest line, and the cure, if memory is short.

    Args:
        number: of that line, counted from 1.
        length: its tokens.
        count: lines of the batch.
        config: by which the batch was made.
        cure: what helps a line that is alone in its batch.

    Raises:
        DataError: if a batch does not fit in memory.
    """
    try:
        yield
    except tf.errors.ResourceExhaustedError as error:
        if count > 1:
            half = max(1, config.batch_tokens // 2)
            cure = f"Try --set decode.batch_tokens={half}."
        raise DataError(
            f"Line {number} of the input must fit in memory, with those "
            f"of its batch. Received: {length} tokens in a batch of "
            f"{count}, by decode.batch_tokens={config.batch_tokens} and "
            f"decode.max_input_length={config.max_input_length}. {cure}"
        ) from error
