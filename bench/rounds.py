"""Times several works in turn, so that a drifting machine is fair to all."""

import functools
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping


def forth_and_back(names: Iterable[str], rounds: int) -> Iterator[str]:
    """Yields every name once a round, so that none is always first."""
    names = list(names)
    for number in range(rounds):
        yield from names if number % 2 == 0 else names[::-1]


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
    for name in forth_and_back(works, rounds):
        start = clock()
        works[name]()
        seconds[name].append(clock() - start)
    return seconds


def unit_cost_ratio(
    without: Callable[[], int],
    with_: Callable[[], int],
    rounds: int,
    clock: Callable[[], float] = time.process_time,
) -> float:
    """Returns the median over rounds of the cost of one over the other's.

    Args:
        without: does the work and returns how many units it did, as many each
            time.
        with_: the same, with a choice.
        rounds: how often each is timed.
        clock: of seconds.
    """
    works, units = {"without": without, "with": with_}, {}

    def counted(name):
        units[name] = works[name]()

    seconds = in_turn(
        {name: functools.partial(counted, name) for name in works},
        rounds,
        clock,
    )
    ratio = median_ratio(seconds["with"], seconds["without"])
    return ratio * units["without"] / units["with"]


def median_ratio(of: list[float], to: list[float]) -> float:
    """Returns the median over rounds of the ratio of one to the other."""
    return statistics.median(a / b for a, b in zip(of, to, strict=True))
