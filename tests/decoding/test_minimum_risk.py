import collections

import numpy as np
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.random_trees import raw_trees
from tfformer.data.linearize import linearize
from tfformer.data.tree_cleaning import clean
from tfformer.decoding.bracket_f1 import BracketF1
from tfformer.decoding.constraint import IMPOSSIBLE
from tfformer.decoding.length_penalty import length_penalty
from tfformer.decoding.minimum_risk import minimum_risk
from tfformer.decoding.overlap import overlap
from tfformer.decoding.sentence_bleu import sentence_bleu

# Few different ones, so that n-grams come again.
SEQUENCES = st.lists(
    st.lists(st.integers(3, 5), min_size=1, max_size=7), min_size=1, max_size=4
)


def padded(sequences):
    rows = np.zeros((len(sequences), max(map(len, sequences)) + 2), "int32")
    for row, tokens in zip(rows, sequences, strict=True):
        row[: len(tokens)] = tokens
    return rows


def n_grams(tokens, n):
    return collections.Counter(
        zip(*(tokens[i:] for i in range(n)), strict=False)
    )


@given(SEQUENCES)
def test_what_is_shared_is_clipped(sequences):
    rows = padded(sequences)
    items, real = rows[:, :, None], rows > 0
    for place, other in enumerate(sequences):
        found = overlap(items, real, items[place], real[place])
        wanted = [
            (n_grams(a, 1) & n_grams(other, 1)).total() for a in sequences
        ]
        assert np.array(found).tolist() == wanted


def bleu(tokens, reference):
    """Lin and Och (2004), by counting."""
    product = 1.0
    for n in range(1, 5):
        grams = n_grams(tokens, n)
        more = int(n > 1)
        matches = (grams & n_grams(reference, n)).total()
        product *= (matches + more) / max(grams.total() + more, 1)
    brevity = np.exp(min(0.0, 1 - len(reference) / len(tokens)))
    return product**0.25 * brevity


@given(SEQUENCES)
def test_bleu_is_that_of_the_definition(sequences):
    rows = padded(sequences)
    for reference, row in zip(sequences, rows, strict=True):
        wanted = [bleu(tokens, reference) for tokens in sequences]
        found = np.array(sentence_bleu(rows, row))
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


def spans(tree, begin=0):
    """The labelled spans of a tree, the end of it, tags left out."""
    found, end = [], begin
    for child in tree:
        if isinstance(child, str):
            return [], begin + 1
        inner, end = spans(child, end)
        found += inner
    return [*found, (tree.label(), begin, end)], end


@settings(max_examples=50)
@given(st.lists(raw_trees(), min_size=1, max_size=4))
def test_bracket_f1_is_that_of_the_trees(trees):
    trees = [tree for tree in map(clean, trees) if tree is not None]
    if not trees:
        return
    lines = [linearize(tree, True) for tree in trees]
    symbols = ["<pad>", *sorted({symbol for line in lines for symbol in line})]
    ids = {symbol: i for i, symbol in enumerate(symbols)}
    closings = np.array(
        [ids.get(f"){s[1:]}", 0) * (s[0] == "(") for s in symbols]
    )
    terminals = np.array([s[0] not in "()<" for s in symbols])
    f1 = BracketF1(closings, terminals)
    # The root is not in the target.
    counts = [
        collections.Counter(spans(tree)[0])
        - collections.Counter([spans(tree)[0][-1]])
        for tree in trees
    ]
    # Two trees without a bracket agree, as EVALB has it.
    wanted = [
        [
            2 * (a & b).total() / (a.total() + b.total()) if a or b else 1.0
            for b in counts
        ]
        for a in counts
    ]
    rows = padded([[ids[symbol] for symbol in line] for line in lines])
    found = [np.array(f1(rows, row)) for row in rows]
    np.testing.assert_allclose(found, wanted, rtol=1e-5)


HYPOTHESES = np.array([[[7, 8, 9, 2, 0], [7, 8, 5, 2, 0], [4, 2, 0, 0, 0]]])
LIKELIEST = np.array([[-1.0, -1.1, -1.2]], "float32")


def risk(
    scores=LIKELIEST,
    utility=sentence_bleu,
    sharpness=1.0,
    hypotheses=HYPOTHESES,
    **more,
):
    found = minimum_risk(
        hypotheses.astype("int32"), scores, utility, 0.6, sharpness, **more
    )
    return [np.array(values) for values in found]


def one_sided(tokens, reference):
    """Not the same in both directions: small first tokens are liked."""
    first = tf.cast(tokens[:, 0], tf.float32)
    return tf.cast(reference[1], tf.float32) / first


def test_the_order_is_that_of_the_expected_utility():
    lengths = np.array([4, 4, 2])
    log_probs = LIKELIEST[0] * np.array(length_penalty(lengths, 0.6))
    weights = np.exp(0.3 * log_probs) / np.exp(0.3 * log_probs).sum()
    rows = HYPOTHESES[0].astype("int32")
    utilities = np.stack([np.array(one_sided(rows, row)) for row in rows], 1)
    order = np.argsort(-(utilities @ weights))
    tokens, scores = risk(utility=one_sided, sharpness=0.3)
    assert order.tolist() != [0, 1, 2]
    np.testing.assert_array_equal(tokens[0], HYPOTHESES[0][order])
    np.testing.assert_array_equal(scores[0], LIKELIEST[0][order])


def test_what_two_agree_on_beats_one_that_is_likelier():
    tokens, _ = risk(hypotheses=HYPOTHESES[:, ::-1], sharpness=0.1)
    assert tokens[0, -1].tolist() == HYPOTHESES[0, 2].tolist()


def test_what_is_impossible_stays_behind():
    for scores in ([-1.0, IMPOSSIBLE, -2.0], [IMPOSSIBLE] * 3):
        _, found = risk(np.array([scores], "float32"), sharpness=0.0)
        behind = (found[0] < IMPOSSIBLE / 2).astype(int)
        assert (np.diff(behind) >= 0).all()
        assert sorted(found[0]) == sorted(np.float32(scores))


def test_one_graph_serves_all_shapes_and_padding_changes_nothing():
    graph = tf.function(
        lambda tokens, scores: minimum_risk(
            tokens, scores, sentence_bleu, 0.6, 1.0
        ),
        input_signature=[
            tf.TensorSpec([None, None, None], tf.int32),
            tf.TensorSpec([None, None], tf.float32),
        ],
    )
    plain = risk()
    wide = np.pad(HYPOTHESES, ((0, 0), (0, 0), (0, 9))).astype("int32")
    for tokens in (HYPOTHESES.astype("int32"), wide):
        found = graph(np.repeat(tokens, 3, 0), np.repeat(LIKELIEST, 3, 0))
        for row in range(3):
            np.testing.assert_array_equal(found[0][row, :, :5], plain[0][0])
    assert graph(np.zeros((0, 3, 5), "int32"), LIKELIEST[:0])[0].shape == (
        0,
        3,
        5,
    )
    np.testing.assert_array_equal(risk(static=True)[1], plain[1])
