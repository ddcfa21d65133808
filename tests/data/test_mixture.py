import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfformer.config import DataConfig
from tfformer.data.mixture import MixedSource, extra_folder, repeats
from tfformer.data.sources import Example
from tfformer.errors import ConfigError


class Listed:
    """Pairs of a list, under any name of a split."""

    def __init__(self, letter, count):
        self.pairs = [
            Example(f"{letter}{i}", letter.upper()) for i in range(count)
        ]

    def examples(self, split, start=0, stop=None):
        yield from self.pairs[start:stop]

    def count(self, split):
        return len(self.pairs)

    def fingerprint(self, split):
        return repr(self.pairs)


def mixed(own=2, extra=3, weight=1.0):
    return MixedSource(Listed("a", own), Listed("x", extra), weight)


def words(examples):
    return " ".join(example.inputs for example in examples)


@pytest.mark.parametrize(
    ("weight", "want"),
    [(1.0, "a0 a1 x0"), (3.0, "a0 a1 x0 x0 x0"), (0.5, "a0 a1 a0 a1 x0")],
)
def test_extra_pairs_come_by_weight(weight, want):
    source = mixed(2, 1, weight)
    assert words(source.examples("train")) == want
    assert source.count("train") == len(want.split())
    assert words(source.each_once("train")) == "a0 a1 x0"


@given(
    own=st.integers(0, 4),
    extra=st.integers(0, 4),
    weight=st.sampled_from([0.25, 0.5, 1.0, 2.0, 3.0]),
    start=st.integers(0, 25),
    stop=st.none() | st.integers(0, 25),
)
def test_a_part_is_that_part_of_the_whole(own, extra, weight, start, stop):
    source = mixed(own, extra, weight)
    whole = list(source.examples("train"))
    assert len(whole) == source.count("train")
    assert list(source.examples("train", start, stop)) == whole[start:stop]


def test_the_fingerprint_changes_with_either_and_the_weight():
    same, *others = (
        source.fingerprint("train")
        for source in (mixed(), mixed(own=3), mixed(extra=2), mixed(weight=2.0))
    )
    assert same == mixed().fingerprint("train")
    assert len({same, *others}) == 4


@given(st.integers(1, 1000))
def test_a_weight_and_its_reciprocal_repeat_one_or_the_other(times):
    assert repeats(float(times)) == (1, times)
    assert repeats(1 / times) == (times, 1)


@pytest.mark.parametrize("folder", [None, "nowhere"])
def test_the_folder_must_be_there(folder):
    config = DataConfig(extra_data_dir=folder, extra_weight=0.5)
    with pytest.raises(ConfigError) as caught:
        extra_folder(config, "train.en")
    told = str(caught.value)
    assert "a folder with train.en, since data.extra_weight is 0.5" in told
    assert f"Received: {folder}." in told
