"""The search with real models: its scores are those of whole sequences."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfformer.config import BOS_ID, EOS_ID, PAD_ID, UNK_ID, DecodeConfig
from tfformer.decoding.constraint import IMPOSSIBLE
from tfformer.decoding.length_penalty import length_penalty
from tfformer.decoding.search import search
from tfformer.decoding.sentence_bleu import sentence_bleu
from tfformer.models.transformer import Transformer

INPUTS = np.array([[5, 6, 7, 8, 2], [9, 4, 2, 0, 0], [3, 2, 0, 0, 0]], "int32")


def random_model(**changes):
    keras.utils.set_random_seed(1)
    settings = {
        "source_vocab_size": 12,
        "target_vocab_size": 12,
        "num_layers": 2,
        "model_dim": 16,
        "ffn_dim": 32,
        "num_heads": 2,
        **changes,
    }
    model = Transformer(**settings)
    model.build()
    # Spread out, so that beams change places.
    for weight in model.trainable_weights:
        if len(weight.shape) == 2:
            weight.assign(weight * 2.0)
    return model


def log_probability(model, inputs, tokens):
    """Of the tokens of each row, by the decoder on the whole sequence."""
    logits = np.array(model((inputs, tokens)), "float64")
    log_p = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    told = np.take_along_axis(log_p, tokens[..., None], -1)[..., 0]
    return (told * (tokens > 0)).sum(-1)


@pytest.mark.parametrize(
    ("beam", "static"),
    [
        (2, False),
        (5, True),
        pytest.param(2, True, marks=pytest.mark.slow),
        pytest.param(5, False, marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize(
    "changes", [{}, {"normalization": "pre", "attention_window": 4}]
)
def test_every_hypothesis_has_the_score_of_its_tokens(changes, beam, static):
    """Its own keys and no other beam's are behind each of its tokens."""
    model = random_model(**changes)
    config = DecodeConfig(beam_size=beam, extra_length=6)
    shape = INPUTS.shape if static else (None, None)
    graph = tf.function(
        lambda ids: search(model, ids, config, n_best=beam, static=static),
        input_signature=[tf.TensorSpec(shape, tf.int32)],
    )
    tokens, scores = (value.numpy() for value in graph(INPUTS))
    seen = 0
    for n in range(beam):
        there = scores[:, n] > IMPOSSIBLE / 2
        lengths = (tokens[:, n] > 0).sum(1)
        penalty = np.array(length_penalty(lengths, 0.6))
        want = log_probability(model, INPUTS, tokens[:, n]) / penalty
        np.testing.assert_allclose(
            scores[there, n], want[there], rtol=1e-4, atol=1e-4
        )
        seen += there.sum()
    assert seen > beam


def test_reranking_orders_the_beam_anew_and_changes_no_score():
    model = random_model()
    plain = DecodeConfig(beam_size=5, extra_length=6)
    config = dataclasses.replace(plain, rerank="mbr", mbr_sharpness=0.5)
    tokens, scores = map(np.array, search(model, INPUTS, plain, n_best=5))
    reranked, others = map(
        np.array,
        search(model, INPUTS, config, n_best=5, utility=sentence_bleu),
    )
    for before, after in zip(
        zip(tokens, scores, strict=True),
        zip(reranked, others, strict=True),
        strict=True,
    ):
        rows, again = (
            {(*row, score) for row, score in zip(*found, strict=True)}
            for found in (before, after)
        )
        assert rows == again
    assert (tokens[:, 0] != reranked[:, 0]).any()
    best, _ = search(model, INPUTS, config, utility=sentence_bleu)
    np.testing.assert_array_equal(best[:, 0], reranked[:, 0])


@pytest.mark.parametrize("window", [0, 4])
def test_greedy_search_has_the_score_of_its_tokens(window):
    model = random_model(attention_window=window)
    config = DecodeConfig(method="greedy", extra_length=6)
    tokens, scores = map(np.array, search(model, INPUTS, config))
    want = log_probability(model, INPUTS, tokens[:, 0])
    np.testing.assert_allclose(scores[:, 0], want, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("method", ["greedy", "beam"])
def test_shapes_that_follow_from_the_inputs_change_no_answer(method):
    """And a row without anything, as a compiled export adds, changes none."""
    model = random_model()
    config = DecodeConfig(method=method, extra_length=4)
    tokens, scores = map(np.array, search(model, INPUTS, config))
    padded = np.pad(INPUTS, ((0, 1), (0, 3)))
    graph = tf.function(lambda ids: search(model, ids, config, static=True))
    wide, wide_scores = map(np.array, graph(padded))
    length = tokens.shape[2]
    assert wide.shape == (4, 1, 8 + 4)
    np.testing.assert_array_equal(wide[:3, :, :length], tokens)
    assert not wide[:3, :, length:].any()
    np.testing.assert_allclose(wide_scores[:3], scores, rtol=1e-4, atol=1e-5)


def test_no_hypothesis_has_an_id_that_no_text_has():
    model = random_model()
    table = model.output_embedding.table
    # As likely as any, and likelier than most.
    table.assign(
        tf.tensor_scatter_nd_update(
            tf.convert_to_tensor(table.value),
            [[PAD_ID], [BOS_ID], [UNK_ID]],
            tf.gather(table.value, [7, 8, 9]) * 1.1,
        )
    )
    config = DecodeConfig(beam_size=8, extra_length=3)
    tokens, scores = map(np.array, search(model, INPUTS, config, n_best=8))
    for row, score in zip(tokens.reshape(-1, 8), scores.ravel(), strict=True):
        if score > IMPOSSIBLE / 2:
            length = np.argmax(row == EOS_ID)
            assert not {PAD_ID, BOS_ID, UNK_ID} & set(row[:length])
