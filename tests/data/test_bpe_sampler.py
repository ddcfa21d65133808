import subprocess
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.conftest import ROOT
from tfformer.config import EOS_ID
from tfformer.data.bpe_sampler import BpeSampler
from tfformer.data.pocket import triples
from tfformer.data.vocabulary import Vocabulary, train_vocabulary

LINES = [text for t in triples("train", 60) for text in (t.english, t.german)]


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory):
    path = tmp_path_factory.mktemp("vocabulary") / "vocabulary.model"
    train_vocabulary(LINES, path, 500)
    return Vocabulary(path)


@pytest.fixture(scope="module")
def sampler(vocabulary):
    return BpeSampler(vocabulary)


TEXTS = st.lists(
    st.one_of(st.text(max_size=20), st.sampled_from(LINES)), max_size=4
)


@settings(max_examples=100)
@given(TEXTS)
@example(["", " ", "  a  b ", "<s>", "<0x41>", "\u2581x", "\x00y", "aaaa" * 9])
def test_without_dropout_it_is_sentencepiece(vocabulary, sampler, texts):
    keys = range(len(texts))
    assert sampler.encode(texts, 0.0, keys) == vocabulary.encode(texts)


@settings(max_examples=30)
@given(TEXTS, st.integers(0, 2**64 - 1))
def test_any_cut_decodes_to_its_text(vocabulary, sampler, texts, key):
    ids = sampler.encode(texts, 0.5, [key] * len(texts))
    assert vocabulary.decode(ids) == texts
    assert all(one[-1] == EOS_ID for one in ids)


def test_a_cut_depends_on_its_key_alone(sampler):
    text, keys = LINES[0], list(range(20))
    together = sampler.encode([text] * 20, 0.3, keys)
    apart = [sampler.encode([text], 0.3, [key])[0] for key in keys]
    assert together == apart
    assert len(set(map(tuple, together))) > 5
    backwards = sampler.encode([*LINES[:3], text], 0.3, [7, 7, 7, 3])
    assert backwards[-1] == apart[3]


def test_all_dropout_leaves_letters(vocabulary, sampler):
    (ids,) = sampler.encode(["ab c"], 1.0, [0])
    assert vocabulary.pieces(ids[:-1]) == ["\u2581", "a", "b", "\u2581", "c"]


def test_more_dropout_makes_more_pieces(sampler):
    counts = [
        sum(map(len, sampler.encode(LINES, rate, range(len(LINES)))))
        for rate in (0.0, 0.1, 0.5, 0.9)
    ]
    assert counts == sorted(counts)
    assert counts[0] * 1.05 < counts[1] < counts[0] * 1.6


def test_another_process_cuts_alike(vocabulary, sampler):
    code = (
        "from tfformer.data.bpe_sampler import BpeSampler\n"
        "from tfformer.data.vocabulary import Vocabulary\n"
        f"sampler = BpeSampler(Vocabulary({str(vocabulary.path)!r}))\n"
        f"print(sampler.encode({LINES[:9]!r}, 0.3, range(9)))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True
    )
    assert told.stdout.decode().strip() == str(
        sampler.encode(LINES[:9], 0.3, range(9))
    )
