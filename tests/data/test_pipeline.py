import numpy as np
import pytest

from tfformer.data.encoded import encode_corpus
from tfformer.data.pipeline import Shares, batches
from tfformer.data.schedule import BatchSchedule, make_buckets
from tfformer.data.sources import Example

SIZE = 80


@pytest.fixture
def corpus(tmp_path):
    """Pairs whose inputs begin with a number of their own."""
    random = np.random.default_rng(0)

    def encode(texts):
        return [[int(text), 2] + [3] * (int(text) % 7) for text in texts]

    pairs = [
        Example(str(10 + i), str(random.integers(10, 99))) for i in range(SIZE)
    ]
    return encode_corpus(pairs, (encode, encode), tmp_path / "c", None, "t")


@pytest.fixture
def schedule(corpus):
    return BatchSchedule(make_buckets(corpus.length_counts, 24), 5)


def seen(elements):
    """Numbers of the pairs in elements, padding left out."""
    firsts = [int(row[0]) for ((ids, _),) in elements for row in ids]
    return [number - 10 for number in firsts if number]


def test_batches_are_those_of_the_schedule_wherever_one_starts(
    corpus, schedule
):
    whole = [b for (b,) in batches(corpus, schedule, 0, 30)]
    late = [b for (b,) in batches(corpus, schedule, 17, 30)]
    assert len(whole) == 30 and len(late) == 13
    for one, other in zip(whole[17:], late, strict=True):
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])
    epoch = batches(corpus, schedule, 0, schedule.batches_per_epoch)
    assert sorted(seen(epoch)) == list(range(SIZE))


def test_an_epoch_is_whole_whatever_the_number_of_workers(corpus, schedule):
    """Two workers, then one, then three of two devices each: none is missed."""
    last = schedule.batches_per_epoch
    found = []
    for start, stop, workers, devices in (
        (0, 5, 2, 1),
        (5, 9, 1, 1),
        (9, last, 3, 2),
    ):
        for worker in range(workers):
            shares = Shares(workers * devices, worker * devices, devices)
            elements = batches(corpus, schedule, start, stop, shares)
            found += seen(elements.take((stop - start) * devices))
    assert sorted(found) == list(range(SIZE))


def test_every_replica_gets_rows_for_each_of_its_parts(corpus, schedule):
    shares = Shares(replicas=7, first=5, count=2, parts=3)
    elements = list(batches(corpus, schedule, 0, 4, shares).take(8))
    for ((inputs, targets),) in elements:
        assert len(inputs) == len(targets)
        assert len(inputs) % 3 == 0 and len(inputs) > 0
    # Some shares are nothing but padding.
    assert any(not np.any(inputs) for ((inputs, _),) in elements)


def test_a_late_start_reads_nothing_before_it(corpus, schedule):
    far = 10**9
    ((one,),) = batches(corpus, schedule, far, far + 1)
    want = corpus.batch(schedule.places(far))
    np.testing.assert_array_equal(one[0], want[0])
