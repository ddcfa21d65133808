import numpy as np
import pytest
import tensorflow as tf

from bench.margins import (
    QUESTIONS,
    averaging,
    decoder_mask,
    query,
    sequences,
    sqrt_dk,
)
from bench.margins import regularisers as where
from bench.margins.table import table
from bench.margins.teacher_forcing import disturbed
from tests.conftest import ROOT, run_program
from tests.docs.links import symbols


def test_every_question_is_a_module_that_measures():
    done = run_program("bench.margins")
    assert done.returncode == 0, done.stderr.decode()
    for name in QUESTIONS:
        assert name.encode() in done.stdout
        assert "measure" in symbols(ROOT / "bench" / "margins" / f"{name}.py")


def test_the_variance_of_a_product_is_d_k():
    few, many = sqrt_dk.measure(sizes=(16, 256), queries=300)
    assert few["deviation of q.k"] == pytest.approx(4, rel=0.05)
    assert many["deviation of q.k"] == pytest.approx(16, rel=0.05)
    assert many["gradient with"] == pytest.approx(few["gradient with"], rel=0.1)
    assert many["gradient without"] < few["gradient without"] / 2


def test_the_norm_is_that_of_the_softmaxs_jacobian():
    scores = tf.constant(np.random.default_rng(0).normal(size=7) * 2)
    with tf.GradientTape() as tape:
        tape.watch(scores)
        weights = tf.nn.softmax(scores)
    want = np.linalg.norm(tape.jacobian(weights, scores))
    assert sqrt_dk.jacobian_norm(weights.numpy()) == pytest.approx(want)


def test_the_papers_regularisers_are_where_it_says():
    rows = where.measure()
    # Two sub-layers an encoder layer and three a decoder layer, six of each.
    assert [row["places"] for row in rows[:2]] == [6 * 2 + 6 * 3, 2]
    assert [row["rate"] for row in rows] == ["0.1"] * 3 + ["0.0"] * 2


def test_a_share_of_variance_is_of_all_or_of_nothing():
    random = np.random.default_rng(0)
    groups = random.integers(0, 4, (200, 5))
    vectors = random.normal(size=(4, 2, 3))[groups].swapaxes(1, 2)
    assert query.share(vectors, groups) == pytest.approx(1)
    noise = random.normal(size=vectors.shape)
    assert query.share(noise, groups) < 0.02


@pytest.mark.parametrize("task", ["reverse", "sort"])
def test_a_place_is_where_the_symbol_stands(task):
    random = np.random.default_rng(0)
    inputs, targets = sequences.batch(task, random, 20, query.LENGTH)
    places = query.places(task, inputs, targets)
    found = np.take_along_axis(inputs, places, axis=1)
    np.testing.assert_array_equal(found, targets[:, :-1])


def test_turning_queries_and_keys_together_changes_nothing():
    from tfformer.models.transformer import Transformer

    model = Transformer(sequences.VOCAB, sequences.VOCAB, **sequences.SIZE)
    model.build()
    before = [weight.numpy() for weight in model.weights]
    batch = sequences.batch("copy", np.random.default_rng(0), 3, 6)
    assert query.queries(model, *batch).shape == (3, 4, 7, 16)
    assert query.turned(model, *batch) < 1e-4
    for weight, value in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), value)


def test_only_minus_infinity_keeps_the_future_out():
    shares = {
        name: decoder_mask.on_the_future(attention)
        for name, attention in decoder_mask._ways().items()
    }
    assert shares["minus infinity"] == 0
    assert shares["zero"] > 0.3 and shares["what they are"] > 0.3


def test_a_question_that_trains_gives_rows():
    (row,) = averaging.measure(steps=2, heads=(2,))
    assert row["attention"].shape == (2, averaging.LENGTH, averaging.LENGTH)
    assert 0 <= row["both right"] <= row["left right"] <= 1
    assert "attention" not in table([row])


def test_disturbed_prefixes_keep_length_and_end():
    ids = [list(range(4, 50)) + [2]] * 20
    changed = disturbed(ids, 100)
    assert [len(row) for row in changed] == [47] * 20
    assert {row[-1] for row in changed} == {2}
    share = np.mean(np.array(changed) != np.array(ids))
    assert 0.05 < share < 0.15


def test_cells_keep_three_digits():
    row = {"a": "x", "b": 7, "c": 0.12345, "d": 12.345, "e": 1e-6}
    assert table([row]).splitlines()[2] == "| x | 7 | 0.123 | 12.35 | 1.0e-06 |"


def test_a_decoder_fills_up_and_takes_any_length():
    from tfformer.models.transformer import Transformer

    model = Transformer(sequences.VOCAB, sequences.VOCAB, **sequences.SIZE)
    model.build()
    decode = sequences.decoder(model)
    for length in (3, 5):
        inputs, _ = sequences.batch("copy", np.random.default_rng(0), 4, length)
        assert decode(inputs).shape == inputs.shape
