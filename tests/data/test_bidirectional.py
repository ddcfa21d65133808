import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tfformer.data.bidirectional import Bidirectional
from tfformer.data.encoded import encode_corpus, pad_examples
from tfformer.data.pipeline import Shares, batches
from tfformer.data.schedule import BatchSchedule, make_buckets
from tfformer.data.sources import Example

SENTENCES = st.lists(st.integers(1, 9), min_size=1, max_size=6)
PAIRS = st.lists(st.tuples(SENTENCES, SENTENCES), min_size=1, max_size=12)


def pad(pairs, multiple_of=1):
    return tuple(
        pad_examples([pair[side] for pair in pairs], multiple_of)
        for side in range(2)
    )


def unpad(sides):
    return [
        tuple(row[row > 0].tolist() for row in pair)
        for pair in zip(*sides, strict=True)
    ]


@given(PAIRS, st.integers(1, 5), st.integers(0, 9), st.integers(0, 9))
def test_each_pair_stays_a_pair_one_way_or_the_other(
    pairs, multiple_of, step, epoch
):
    sides = pad(pairs, multiple_of)
    bidirectional = Bidirectional(steps=5, seed=3)
    changed = bidirectional.batch(sides, np.arange(len(pairs)), step, epoch)
    found, plain = unpad(changed), unpad(sides)
    assert len(found) == len(plain)
    for new, old in zip(found, plain, strict=True):
        assert new == old or (step < 5 and new == old[::-1])
    for ids in changed:
        assert ids.dtype == np.int32
        assert step >= 5 or ids[:, -1].any()


def test_half_of_the_pairs_are_swapped_and_others_in_the_next_epoch():
    sides = np.full([400, 1], 1, np.int32), np.full([400, 1], 2, np.int32)
    bidirectional = Bidirectional(steps=1, seed=0)
    swapped = [
        bidirectional.batch(sides, np.arange(400), 0, epoch)[0][:, 0] == 2
        for epoch in range(2)
    ]
    assert all(100 < rows.sum() < 300 for rows in swapped)
    assert not np.array_equal(*swapped)


def test_workers_swap_what_one_would(tmp_path):
    def encode(texts):
        return [[int(text)] * (1 + int(text) % 5) for text in texts]

    pairs = [Example(str(10 + i), str(50 + i)) for i in range(40)]
    corpus = encode_corpus(pairs, (encode, encode), tmp_path / "c", None, "t")
    schedule = BatchSchedule(make_buckets(corpus.length_counts, 24), 5)

    def rows(*shares):
        found = []
        for share in shares:
            elements = batches(
                corpus,
                schedule,
                0,
                6,
                share,
                bidirectional=Bidirectional(steps=4, seed=1),
            ).take(6 * share.count)
            for (sides,) in elements:
                found += unpad([side.numpy() for side in sides])
        return sorted(pair for pair in found if pair != ([], []))

    want = rows(Shares())
    assert {pair[0][0] >= 50 for pair in want} == {True, False}
    assert rows(Shares(2, 0, 1, 2), Shares(2, 1, 1, 2)) == want
