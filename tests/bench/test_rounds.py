"""Works that take turns, timed by a clock that the works themselves move."""

import pytest

from bench.rounds import in_turn, unit_cost_ratio


class Clock:
    """Moves by what each call of a work says it took."""

    def __init__(self):
        self.now, self.order = 0.0, []

    def __call__(self):
        return self.now

    def work(self, name, seconds, units=1):
        def run():
            self.order.append(name)
            self.now += seconds
            return units

        return run


def test_none_is_always_first():
    clock = Clock()
    works = {name: clock.work(name, 1.0) for name in "ab"}
    seconds = in_turn(works, 3, clock)
    # Once untimed, and then forth and back.
    assert "".join(clock.order) == "ab" + "ab" + "ba" + "ab"
    assert seconds == {"a": [1.0] * 3, "b": [1.0] * 3}


def test_a_choice_is_compared_by_the_unit_of_work():
    clock = Clock()
    without, with_ = clock.work("a", 4.0, units=8), clock.work("b", 3.0, 2)
    assert unit_cost_ratio(without, with_, 4, clock) == pytest.approx(3.0)
    assert "".join(clock.order[2:]) == "abba" * 2
