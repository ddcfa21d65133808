import threading

import pytest

from tfformer.data.ahead import map_ahead


@pytest.mark.parametrize("count", range(5))
def test_it_maps_in_order(count):
    assert list(map_ahead(str, iter(range(count)))) == [
        str(i) for i in range(count)
    ]


def test_the_next_is_made_while_one_is_in_use():
    in_use = threading.Event()
    results = map_ahead(
        lambda i: i == 0 or in_use.wait(timeout=60), iter(range(2))
    )
    assert next(results)
    in_use.set()
    assert next(results)


def test_no_more_than_one_is_read_ahead():
    read = []
    results = map_ahead(str, (read.append(i) for i in range(9)))
    next(results)
    assert len(read) == 2


def test_an_error_comes_in_its_items_place():
    results = map_ahead(lambda i: 1 // i, [1, 0, 1])
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_an_error_of_reading_loses_nothing_before_it():
    def lines():
        yield "a"
        yield "b"
        raise ValueError

    results = map_ahead(str, lines())
    assert [next(results), next(results)] == ["a", "b"]
    with pytest.raises(ValueError):
        next(results)


def test_items_are_read_by_the_caller():
    readers = set()
    list(map_ahead(str, (readers.add(threading.get_ident()) for _ in "abc")))
    assert readers == {threading.get_ident()}
