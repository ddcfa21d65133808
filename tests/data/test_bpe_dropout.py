import numpy as np
import pytest

from tfformer.data.bpe_dropout import BpeDropout
from tfformer.data.encoded import SIDES, encode_corpus
from tfformer.data.pipeline import Shares, batches
from tfformer.data.pocket import triples
from tfformer.data.schedule import BatchSchedule, make_buckets
from tfformer.data.sources import Example
from tfformer.data.vocabulary import Vocabulary, train_vocabulary

PAIRS = [Example(t.english, t.german) for t in triples("train", 60)]


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory):
    path = tmp_path_factory.mktemp("vocabulary") / "vocabulary.model"
    lines = [text for p in PAIRS for text in (p.inputs, p.targets)]
    train_vocabulary(lines, path, 500)
    return Vocabulary(path)


@pytest.fixture(scope="module")
def corpus(vocabulary, tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus") / "c"
    encoders = (vocabulary.encode, vocabulary.encode)
    return encode_corpus(PAIRS, encoders, folder, 100, "train")


def make(vocabulary, sides=SIDES, rate=0.3, max_length=100):
    return BpeDropout((vocabulary, vocabulary), sides, rate, 7, max_length)


def gather(dropout, corpus, epoch, places=None):
    places = np.arange(len(corpus)) if places is None else places
    return dropout.batch(corpus, places, 1, epoch)


def test_texts_stay_and_pieces_change_with_the_epoch(vocabulary, corpus):
    plain = corpus.batch(np.arange(len(corpus)))
    epochs = [gather(make(vocabulary), corpus, epoch) for epoch in (0, 1, 0)]
    for side in range(2):
        texts = vocabulary.decode(plain[side])
        for batch in epochs:
            assert vocabulary.decode(batch[side]) == texts
        assert not np.array_equal(epochs[0][side], epochs[1][side])
        np.testing.assert_array_equal(epochs[0][side], epochs[2][side])
        more = np.count_nonzero(epochs[0][side])
        assert more > 1.2 * np.count_nonzero(plain[side])


def test_only_the_sides_that_were_named_change(vocabulary, corpus):
    plain = corpus.batch(np.arange(len(corpus)))
    inputs, targets = gather(make(vocabulary, ["inputs"]), corpus, 0)
    assert inputs.shape != plain[0].shape
    np.testing.assert_array_equal(targets, plain[1])


def test_none_gets_longer_than_it_may(vocabulary, corpus):
    longest = corpus.batch(np.arange(len(corpus)))[0].shape[1]
    # Every merge is left out: letters.
    dropout = make(vocabulary, rate=0.99, max_length=longest)
    assert gather(dropout, corpus, 0)[0].shape[1] <= longest


def test_workers_see_the_pieces_that_one_would(vocabulary, corpus):
    schedule = BatchSchedule(make_buckets(corpus.length_counts, 120), 3)
    dropout = make(vocabulary)

    def rows(*shares):
        found = set()
        for share in shares:
            for ((inputs, targets),) in batches(
                corpus, schedule, 3, 9, share, dropout
            ).take(6 * share.count):
                pairs = zip(inputs.numpy(), targets.numpy(), strict=True)
                for pair in pairs:
                    ids = (tuple(side[side > 0].tolist()) for side in pair)
                    found.add(tuple(ids))
        return found - {((), ())}

    want = rows(Shares())
    assert len(want) > 6
    assert rows(Shares(2, 0, 1, 2), Shares(2, 1, 1, 2)) == want
