import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfformer.data.schedule import BatchSchedule, make_buckets

COUNTS = st.lists(st.integers(0, 60), min_size=2, max_size=40).filter(any)


def lengths_of(counts):
    return np.repeat(np.arange(len(counts)), counts)


@settings(max_examples=60)
@given(counts=COUNTS, tokens=st.integers(2, 300), seed=st.integers(0, 99))
def test_an_epoch_holds_every_example_once(counts, tokens, seed):
    schedule = BatchSchedule(make_buckets(np.array(counts), tokens), seed)
    n = schedule.batches_per_epoch
    for epoch in (0, 3):
        places = np.concatenate(
            [schedule.places(epoch * n + i) for i in range(n)]
        )
        np.testing.assert_array_equal(np.sort(places), np.arange(sum(counts)))


@settings(max_examples=60)
@given(counts=COUNTS, tokens=st.integers(2, 300))
def test_batches_hold_about_the_tokens_asked_for(counts, tokens):
    lengths = lengths_of(counts)
    buckets = make_buckets(np.array(counts), tokens)
    schedule = BatchSchedule(buckets, 0)
    short = 0
    for step in range(schedule.batches_per_epoch):
        batch = lengths[schedule.places(step)]
        longest = max(batch.max(), 1)
        assert len(batch) == 1 or len(batch) * longest <= tokens
        bucket = next(
            b
            for b in buckets
            if b.start <= schedule.places(step)[0] < b.start + b.size
        )
        short += len(batch) < bucket.batch_size
    assert short <= 1


def test_a_step_is_a_function_of_seed_and_step():
    buckets = make_buckets(np.array([0, 0, 30, 50, 20]), 16)
    one, same, other = (BatchSchedule(buckets, s) for s in (1, 1, 2))
    steps = [0, 7, 1_000_000]
    for step in steps:
        np.testing.assert_array_equal(one.places(step), same.places(step))
    assert any(
        not np.array_equal(one.places(s), other.places(s)) for s in steps
    )
    epoch = one.batches_per_epoch
    assert not np.array_equal(one.places(0), one.places(epoch))


def test_padding_is_a_small_share():
    random = np.random.default_rng(0)
    lengths = random.poisson(14, 20_000) + 1
    schedule = BatchSchedule(make_buckets(np.bincount(lengths), 2048), 0)
    lengths = np.sort(lengths)
    padded = sum(
        len(batch) * batch.max()
        for batch in (
            lengths[schedule.places(s)]
            for s in range(schedule.batches_per_epoch)
        )
    )
    assert lengths.sum() / padded > 0.93


@pytest.mark.parametrize("tokens", [4, 5])
def test_an_example_longer_than_a_batch_is_a_batch(tokens):
    counts = np.zeros(11, int)
    counts[10] = 3
    buckets = make_buckets(counts, tokens)
    assert [b.batch_size for b in buckets] == [1]
    assert BatchSchedule(buckets, 0).batches_per_epoch == 3
