from hypothesis import given
from hypothesis import strategies as st

from tfformer.tasks import batching
from tfformer.tasks.batching import batches, windows


@given(st.lists(st.integers(1, 50)), st.integers(1, 100))
def test_batches_hold_every_line_once_and_no_more_than_asked(lengths, most):
    positions = dict(enumerate(lengths))
    cut = list(batches(positions, most))
    assert sorted(i for batch in cut for i in batch) == list(positions)
    longest_first = [positions[i] for batch in cut for i in batch]
    assert longest_first == sorted(lengths, reverse=True)
    for batch in cut:
        assert len(batch) == 1 or positions[batch[0]] * len(batch) <= most


def test_windows_are_read_as_they_are_asked_for(monkeypatch):
    monkeypatch.setattr(batching, "WINDOW", 3)
    stream = iter(range(8))
    cut = windows(stream)
    assert next(cut) == [0, 1, 2]
    assert next(stream) == 3
    assert list(cut) == [[4, 5, 6], [7]]
