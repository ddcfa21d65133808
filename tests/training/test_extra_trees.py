import math
import types

import numpy as np
import pytest
import tensorflow as tf

from tfformer.config import DecodeConfig
from tfformer.data.pocket import triples
from tfformer.errors import ConfigError
from tfformer.tasks.inference import Hypothesis
from tfformer.training.extra_trees import TreeFilter
from tfformer.training.inference import TrainedModel


def parser(**trees):
    """An `Inference` that knows the parse of each word, and no more."""

    def decode(lines, on_batch=lambda count: None):
        for line in lines:
            on_batch(1)
            yield [trees.get(line, Hypothesis("", 0.0))]

    config = DecodeConfig(constrained=True)
    return types.SimpleNamespace(decode=decode, config=config)


def sure(tree, confidence, tokens=4):
    return Hypothesis(tree, -1.0, tokens * math.log(confidence), tokens)


FIRST = parser(
    a=sure("(A a)", 0.95),
    b=sure("(B b)", 0.85),
    c=sure("(C c)", 0.92),
    long=Hypothesis("(FLAT long)", float("-inf")),
)
LINES = ["a", "", "b", "long", "c", "a"]


def test_what_is_sure_is_kept_and_the_rest_counted():
    chosen = TreeFilter(FIRST, 0.9)
    assert list(chosen.trees(LINES)) == ["(A a)", "(C c)", "(A a)"]
    assert chosen.counts == {
        "lines": 6,
        "kept": 3,
        "blank": 1,
        "too_long": 0,
        "not_parsed": 1,
        "below_confidence": 1,
        "disagreed": 0,
    }
    assert chosen.confidence_at(0.25) == 0.85
    assert chosen.confidence_at(1.0) == pytest.approx(0.95, abs=0.011)


def test_what_is_too_long_is_told_from_what_has_no_parse():
    copied = Hypothesis("(FLAT long)", float("-inf"), too_long=True)
    chosen = TreeFilter(parser(long=copied), 0.9)
    list(chosen.trees(LINES))
    assert (chosen.counts["too_long"], chosen.counts["not_parsed"]) == (1, 0)


def test_two_parsers_must_find_the_same_tree():
    second = parser(a=sure("(A a)", 0.1), c=sure("(X c)", 0.99))
    chosen = TreeFilter(FIRST, 0.9, second)
    assert list(chosen.trees(LINES)) == ["(A a)", "(A a)"]
    assert chosen.counts["disagreed"] == 1
    assert sum(chosen.counts.values()) == 2 * chosen.counts["lines"]


def test_trees_that_were_mended_are_no_examples():
    loose = types.SimpleNamespace(config=DecodeConfig(constrained=False))
    with pytest.raises(ConfigError, match="decode.constrained"):
        TreeFilter(FIRST, 0.9, loose)


@pytest.mark.parametrize("alpha", [0.0, 0.8])
def test_confidence_is_what_the_model_gives_the_tree(trained_parser, alpha):
    """The log-probability of a hypothesis is that of its forced decoding."""
    flag = f"decode.length_penalty_alpha={alpha}"
    trained = TrainedModel(trained_parser, assignments=(flag,))
    source, target = trained.vocabularies
    lines = [triple.english for triple in triples("dev", 3)]
    found = trained.inference().decode(lines)
    for line, (best,) in zip(lines, found, strict=True):
        words = trained.task.prepare(line, False)
        inputs, targets = source.encode([words]), target.encode([best.text])
        logits = trained.model((tf.constant(inputs), tf.constant(targets)))
        rows = tf.nn.log_softmax(logits)[0].numpy()
        want = rows[np.arange(len(targets[0])), targets[0]].sum()
        assert best.tokens == len(targets[0])
        assert best.log_probability == pytest.approx(want, rel=1e-3)
        assert best.confidence == pytest.approx(
            math.exp(want / best.tokens), rel=1e-3
        )


@pytest.mark.parametrize(
    ("counts", "cure"),
    [
        ({"lines": 3, "disagreed": 3}, "data.terminals"),
        ({"lines": 3, "blank": 2, "disagreed": 1}, "Give text"),
        ({"lines": 0}, "Give text"),
        ({"lines": 3, "too_long": 3}, "decode.max_input_length"),
        ({"lines": 3, "not_parsed": 3}, "another --checkpoint"),
        ({"lines": 3, "below_confidence": 3}, "--confidence below 0.01"),
    ],
)
def test_the_cure_is_for_what_became_of_most_lines(counts, cure):
    chosen = TreeFilter(FIRST, 0.9)
    chosen.counts |= counts
    assert cure in chosen.cure()
