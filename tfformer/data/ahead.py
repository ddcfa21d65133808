"""Work on the next item while the one before it is in use."""

import collections
import concurrent.futures
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_ahead(
    function: Callable[[Item], Result], items: Iterable[Item]
) -> Iterator[Result]:
    """Maps like `map`, one item ahead and in a thread of its own.

    Items are read by the caller's thread, so that nothing waits for input
    which nobody can interrupt.

    Args:
        function: must be safe to call beside the caller's own work, which is
            faster for it where either leaves Python's lock.
        items: read one further than what was yielded.

    Yields:
        What `function` gives for each item, in order.
    """
    with concurrent.futures.ThreadPoolExecutor(max_workers=1) as thread:
        waiting: collections.deque[concurrent.futures.Future] = (
            collections.deque()
        )
        for item in items:
            waiting.append(thread.submit(function, item))
            if len(waiting) > 1:
                yield waiting.popleft().result()
        for result in waiting:
            yield result.result()
