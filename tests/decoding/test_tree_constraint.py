"""Any weights give trees over exactly the words of the sentence."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from tfformer.config import EOS_ID
from tfformer.decoding.beam_search import beam_search
from tfformer.decoding.constraint import IMPOSSIBLE
from tfformer.decoding.sampling import greedy_search, sample
from tfformer.decoding.tree_constraint import TreeConstraint
from tfformer.models.transformer import Transformer

SYMBOLS = ["<pad>", "<s>", "</s>", "<unk>", "XX", ",", "(S", "(NP", ")S", ")NP"]
CLOSINGS = [0, 0, 0, 0, 0, 0, 8, 9, 0, 0]
TERMINALS = np.array([s in ("XX", ",") for s in SYMBOLS])
# Source ids: even ones begin a word, odd ones go on with it.
WORD_STARTS = np.array([False] * 4 + [i % 2 == 0 for i in range(4, 20)])


def constraint(max_depth=8, max_run=3):
    return TreeConstraint(
        np.array(CLOSINGS), TERMINALS, WORD_STARTS, max_depth, max_run
    )


def sources(lengths, random):
    """Sentences of so many words, each of one to three pieces."""
    rows = []
    for length in lengths:
        row = []
        for _ in range(length):
            row.append(int(random.choice([4, 6, 8])))
            row += [5] * int(random.integers(0, 3))
        rows.append(row + [EOS_ID])
    longest = max(map(len, rows))
    return np.array([r + [0] * (longest - len(r)) for r in rows], "int32")


def check(ids, words, max_depth, max_run):
    """Raises unless `ids` are one tree over so many words, then an end."""
    ids = [int(i) for i in ids if i]
    assert ids[-1] == EOS_ID and EOS_ID not in ids[:-1]
    stack, run, seen = [], 0, 0
    for symbol in (SYMBOLS[i] for i in ids[:-1]):
        if symbol.startswith("("):
            stack.append(symbol[1:])
            run += 1
            assert run <= max_run and len(stack) <= max_depth
        elif symbol.startswith(")"):
            assert run == 0, "an empty constituent"
            assert stack.pop() == symbol[1:]
        else:
            assert symbol in ("XX", ",")
            seen, run = seen + 1, 0
    assert not stack and seen == words


def random_scores(seed, scale):
    """A step function without a model: noise that depends on the step."""

    def step_function(tokens, step, cache):
        shape = (*ops.shape(tokens), len(SYMBOLS))
        key = int(step) * 7919 + seed
        noise = np.random.default_rng(key).normal(size=shape) * scale
        return ops.convert_to_tensor(noise.astype("float32")), cache

    return step_function


@settings(max_examples=6)
@given(
    st.lists(st.integers(1, 10), min_size=1, max_size=2),
    st.integers(0, 2**16),
    st.sampled_from([0.1, 3.0, 30.0]),
    st.integers(0, 12),
    st.integers(1, 4),
    st.integers(1, 6),
)
def test_every_search_gives_trees(
    lengths, seed, scale, spare, max_run, max_depth
):
    random = np.random.default_rng(seed)
    inputs = sources(lengths, random)
    max_lengths = np.array([n + 1 + spare for n in lengths], "int32")
    cache = {"beams": (), "kept": (), "shared": ()}
    arguments = (random_scores(seed, scale), cache, max_lengths)
    only = {"constraint": constraint(max_depth, max_run), "inputs": inputs}
    beams, scores = map(
        np.array, beam_search(*arguments, beam_size=3, n_best=3, **only)
    )
    for row, words, row_scores in zip(beams, lengths, scores, strict=True):
        assert row_scores[0] > IMPOSSIBLE / 2
        for ids, score in zip(row, row_scores, strict=True):
            if score > IMPOSSIBLE / 2:
                check(ids, words, max_depth, max_run)
    for tokens, _ in (
        greedy_search(*arguments, **only),
        sample(*arguments, temperature=2.0, seed=seed, **only),
    ):
        for row, words in zip(np.array(tokens), lengths, strict=True):
            check(row[0], words, max_depth, max_run)


def random_model(random):
    """A small Transformer with weights as no training leaves them."""
    keras.utils.set_random_seed(0)
    model = Transformer(20, len(SYMBOLS), 1, 16, 16, 2, share_embeddings="none")
    model.build()
    for weight in model.weights:
        weight.assign(random.normal(size=weight.shape) * 0.5)
    return model


@pytest.mark.parametrize(
    "words", [1, 40, pytest.param(120, marks=pytest.mark.slow)]
)
def test_random_models_give_trees(words):
    random = np.random.default_rng(words)
    inputs = sources([words, max(1, words // 3)], random)
    model = random_model(random)
    lengths = np.array([words * 3 + 20, words + 1], "int32")
    tokens, scores = beam_search(
        model.decode_step,
        model.init_cache(inputs, 2),
        lengths,
        beam_size=2,
        constraint=constraint(),
        inputs=inputs,
    )
    assert np.array(scores)[:, 0].min() > IMPOSSIBLE / 2
    check(np.array(tokens)[0, 0], words, 8, 3)
    check(np.array(tokens)[1, 0], max(1, words // 3), 8, 3)


def test_a_random_model_gives_a_tree_over_many_words():
    """Greedily, in a graph, it takes seconds only."""
    words = 120
    random = np.random.default_rng(words)
    inputs = sources([words], random)
    model = random_model(random)

    @tf.function(input_signature=[tf.TensorSpec([None, None], tf.int32)])
    def search(ids):
        return greedy_search(
            model.decode_step,
            model.init_cache(ids, 1),
            tf.fill(tf.shape(ids)[:1], words + 41),
            constraint=constraint(),
            inputs=ids,
        )

    tokens, scores = search(inputs)
    assert np.array(scores).min() > IMPOSSIBLE / 2
    check(np.array(tokens)[0, 0], words, 8, 3)


def test_a_lexicon_decides_the_terminals_of_single_pieces():
    lexicon = np.tile(TERMINALS, (20, 1))
    lexicon[4, 5] = False
    lexicon[6, 4] = False
    only = TreeConstraint(
        np.array(CLOSINGS), TERMINALS, WORD_STARTS, 8, 3, lexicon
    )
    #                  XX ,  both  XX  end
    inputs = np.array([[4, 6, 6, 5, 4, 2], [6, 4, 2, 0, 0, 0]], "int32")
    for seed in range(2):
        tokens, _ = beam_search(
            random_scores(seed, 3.0),
            {"beams": (), "kept": (), "shared": ()},
            np.array([30, 30], "int32"),
            beam_size=3,
            n_best=3,
            constraint=only,
            inputs=inputs,
        )
        for row, want in zip(np.array(tokens), ("X,?X", ",X"), strict=True):
            for ids in row:
                words = ["X" if i == 4 else "," for i in ids if i in (4, 5)]
                assert len(words) == len(want)
                assert all(
                    b in ("?", a) for a, b in zip(words, want, strict=True)
                )


def test_the_best_tree_of_all_is_found():
    """A wide beam equals a search through every sequence."""
    step_function = random_scores(3, 1.0)
    inputs, length = sources([2], np.random.default_rng(0)), 7
    logits = [
        np.array(step_function(np.zeros((1, 1)), t, ())[0])[0, 0]
        for t in range(length)
    ]
    log_p = [row - np.log(np.exp(row).sum()) for row in logits]
    best = -np.inf
    for size in range(3, length + 1):
        for ids in itertools.product([4, 5, 6, 7, 8, 9], repeat=size - 1):
            try:
                check([*ids, EOS_ID], 2, 8, 3)
            except (AssertionError, IndexError):
                continue
            score = sum(log_p[t][i] for t, i in enumerate([*ids, EOS_ID]))
            best = max(best, score)

    def same_for_all_beams(tokens, step, cache):
        shape = (*ops.shape(tokens), len(SYMBOLS))
        row = np.array(step_function(np.zeros((1, 1)), step, ())[0])[0, 0]
        return ops.broadcast_to(row, shape), cache

    _, scores = beam_search(
        same_for_all_beams,
        {"beams": (), "kept": (), "shared": ()},
        np.array([length], "int32"),
        beam_size=500,
        alpha=0.0,
        constraint=constraint(),
        inputs=inputs,
    )
    np.testing.assert_allclose(np.array(scores)[0, 0], best, rtol=1e-5)
