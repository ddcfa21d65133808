import numpy as np

from tfformer.data.encoded import encode_corpus
from tfformer.data.pipeline import batches
from tfformer.data.schedule import BatchSchedule, make_buckets
from tfformer.data.sources import Example


def test_batches_are_those_of_the_schedule_wherever_one_starts(tmp_path):
    random = np.random.default_rng(0)

    def encode(texts):
        return [[int(text), 2] + [3] * (int(text) % 7) for text in texts]

    pairs = [
        Example(str(10 + i), str(random.integers(10, 99))) for i in range(80)
    ]
    corpus = encode_corpus(pairs, (encode, encode), tmp_path / "c", None, "t")
    schedule = BatchSchedule(make_buckets(corpus.length_counts, 24), 5)
    whole = [b for (b,) in batches(corpus, schedule, 0, 30)]
    late = [b for (b,) in batches(corpus, schedule, 17, 30)]
    assert len(whole) == 30 and len(late) == 13
    for one, other in zip(whole[17:], late, strict=True):
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])
    seen = [
        int(row[0])
        for inputs, _ in whole[: schedule.batches_per_epoch]
        for row in inputs
    ]
    assert sorted(seen) == list(range(10, 90))
