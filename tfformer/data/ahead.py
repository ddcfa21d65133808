"""Work on the next item while the one before it is in use."""

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
        What `function` gives for each item, in order. An error, of reading or
        of `function`, is raised in its item's place, after all before it.
    """
    iterator = iter(items)
    with concurrent.futures.ThreadPoolExecutor(max_workers=1) as thread:

        def read() -> concurrent.futures.Future[Result] | None:
            try:
                return thread.submit(function, next(iterator))
            except StopIteration:
                return None
            except Exception as error:
                failed: concurrent.futures.Future[Result]
                failed = concurrent.futures.Future()
                failed.set_exception(error)
                return failed

        waiting = read()
        while waiting is not None:
            ahead = read()
            yield waiting.result()
            waiting = ahead
