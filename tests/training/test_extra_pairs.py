import types

from hypothesis import given
from hypothesis import strategies as st

from tfformer.data.sources import Example
from tfformer.tasks.inference import Hypothesis
from tfformer.training.extra_pairs import VERDICTS, PairFilter


def translator(**translations):
    """An `Inference` that knows the translation of each word, and no more."""

    def decode(lines, on_batch, prepared):
        assert prepared
        for line in lines:
            on_batch(1)
            found = translations.get(line, Hypothesis("", 0.0))
            if isinstance(found, str):
                found = Hypothesis(found, -1.0, -1.0, 2)
            yield [found]

    return types.SimpleNamespace(decode=decode)


REAL = [Example("a", "A"), Example("b", "B"), Example("a", "A2")]


def test_new_pairs_are_kept_and_the_rest_counted():
    chosen = PairFilter(REAL)
    forward = translator(a="A", b="B2")
    assert list(chosen.pairs(REAL, forward, "targets")) == [Example("b", "B2")]
    backward = translator(A="a2", A2="", B=Hypothesis("B", 0.0, too_long=True))
    assert list(chosen.pairs(REAL, backward, "inputs")) == [Example("a2", "A")]
    assert chosen.counts == {
        "pairs": 6,
        "kept": 2,
        "known": 2,
        "blank": 1,
        "not_translated": 1,
    }


def test_what_has_no_hypothesis_is_not_kept():
    chosen = PairFilter(REAL)
    copied = translator(a=Hypothesis("a", float("-inf")))
    assert not list(chosen.pairs(REAL[:1], copied, "targets"))
    assert chosen.counts["not_translated"] == 1


WORDS = st.sampled_from("abc")


@given(
    st.lists(st.builds(Example, WORDS, WORDS)),
    st.dictionaries(WORDS, st.sampled_from(["a", "b", "c", ""])),
)
def test_no_pair_comes_twice_and_none_is_lost(real, translations):
    chosen = PairFilter(real)
    done = []
    for written in ("targets", "inputs"):
        new = list(chosen.pairs(real, translator(**translations), written))
        real_sides = {getattr(pair, _other(written)) for pair in real}
        assert {getattr(pair, _other(written)) for pair in new} <= real_sides
        done += new
    assert len({*real, *done}) == len(set(real)) + len(done)
    assert chosen.counts["kept"] == len(done)
    assert chosen.counts["pairs"] == 2 * chosen.real == 2 * len(real)
    told = sum(chosen.counts[verdict] for verdict in VERDICTS)
    assert told == chosen.counts["pairs"]


def _other(side):
    return "inputs" if side == "targets" else "targets"
