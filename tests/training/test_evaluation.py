import pytest

from tfformer.config import override
from tfformer.data.encoded import encode_corpus
from tfformer.data.sources import Example
from tfformer.tasks.task import get_preset
from tfformer.training.evaluation import measure

CONFIG = get_preset("translation/tiny")


def encode(texts):
    return [[ord(c) for c in text] + [2] for text in texts]


@pytest.fixture
def dev(tmp_path):
    def make(*pairs):
        examples = [Example(*pair) for pair in pairs]
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        return encode_corpus(examples, (encode, encode), folder, None, "dev")

    return make


def test_scores_of_other_sentences_are_another_measure(dev):
    pairs = [("a", "b"), ("cd", "e")]
    before = measure(CONFIG, dev(*pairs))
    assert measure(CONFIG, dev(*pairs)) == before
    assert measure(CONFIG, dev(("a", "b"), ("cd", "f"))) != before
    assert measure(CONFIG, dev(("a", "b"))) != before


def test_settings_that_change_no_score_are_left_out(dev):
    corpus = dev(("a", "b"))
    before = measure(CONFIG, corpus)
    for settings, same in (
        (["decode.batch_tokens=77"], True),
        (["train.steps=77"], True),
        (["decode.length_penalty_alpha=0.1"], False),
    ):
        after = measure(override(CONFIG, settings), corpus)
        assert (after == before) is same
