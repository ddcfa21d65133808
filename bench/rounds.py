"""Times several works in turn, so that a drifting machine is fair to all."""

import statistics
import time
from collections.abc import Callable, Mapping


def in_turn(
    works: Mapping[str, Callable[[], object]],
    rounds: int,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:
    """Runs every work once untimed, and then once a round.

    Args:
        works: what to do, by name.
        rounds: how often each is timed.
        clock: of seconds; `time.process_time` leaves out what other processes
            took of the machine.

    Returns:
        For each name the seconds of each round.
    """
    for work in works.values():
        work()
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds):
        # Forth and back, so that none is always first.
        order = list(works) if number % 2 == 0 else list(works)[::-1]
        for name in order:
            start = clock()
            works[name]()
            seconds[name].append(clock() - start)
    return seconds


def median_ratio(of: list[float], to: list[float]) -> float:
    """Returns the median over rounds of the ratio of one to the other."""
    return statistics.median(a / b for a, b in zip(of, to, strict=True))
