import numpy as np
import pytest

from tests.layers.contract import check_layer
from tfformer.layers.attention import MultiHeadAttention
from tfformer.layers.decoder import DecoderLayer
from tfformer.layers.embedding import SharedEmbedding
from tfformer.layers.encoder import EncoderLayer
from tfformer.layers.feed_forward import FeedForward
from tfformer.layers.perceptron import Perceptron
from tfformer.layers.position import LearnedPosition, SinusoidalPosition
from tfformer.layers.recurrence import BidirectionalLSTM
from tfformer.layers.residual import Residual
from tfformer.layers.restricted_attention import RestrictedSelfAttention
from tfformer.layers.span_scores import SpanLabels, SpanScores
from tfformer.layers.word_features import WordFeatures

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(2, 5, 8)).astype("float32")
MEMORY = RANDOM.normal(size=(2, 7, 8)).astype("float32")
STACK = {
    "model_dim": 8,
    "ffn_dim": 16,
    "num_heads": 2,
    "key_dim": 3,
    "value_dim": 5,
    "dropout_rate": 0.1,
    "attention_dropout_rate": 0.1,
    "ffn_dropout_rate": 0.1,
    "initializer_gain": 0.5,
}


@pytest.mark.parametrize("key_dim,value_dim", [(4, 4), (3, 5)])
def test_multi_head_attention(key_dim, value_dim):
    check_layer(
        MultiHeadAttention,
        {
            "num_heads": 2,
            "model_dim": 8,
            "key_dim": key_dim,
            "value_dim": value_dim,
            "dropout_rate": 0.1,
        },
        [X, MEMORY],
    )


@pytest.mark.parametrize("causal", [False, True])
def test_restricted_self_attention(causal):
    settings = {
        "num_heads": 2,
        "model_dim": 8,
        "key_dim": 3,
        "value_dim": 5,
        "window": 3,
        "causal": causal,
        "dropout_rate": 0.1,
    }
    check_layer(RestrictedSelfAttention, settings, [X])


STACKS = [
    {"normalization": "post"},
    {"normalization": "pre"},
    {"normalization": "post", "attention_window": 3},
]


@pytest.mark.parametrize("changes", STACKS)
def test_encoder_layer(changes):
    check_layer(EncoderLayer, {**STACK, **changes}, [X])


@pytest.mark.parametrize("changes", STACKS)
def test_decoder_layer(changes):
    check_layer(DecoderLayer, {**STACK, **changes}, [X, MEMORY])


def test_feed_forward():
    settings = {
        "model_dim": 8,
        "ffn_dim": 16,
        "dropout_rate": 0.1,
        "initializer_gain": 0.5,
    }
    check_layer(FeedForward, settings, [X])


def test_residual():
    settings = {"dropout_rate": 0.1, "normalization": "post"}
    check_layer(Residual, settings, [X, X + 1])


def test_shared_embedding():
    ids = RANDOM.integers(0, 11, (2, 5)).astype("int32")
    check_layer(SharedEmbedding, {"vocab_size": 11, "model_dim": 8}, [ids])


def test_sinusoidal_position():
    places = np.arange(5, dtype="int32")
    check_layer(SinusoidalPosition, {"model_dim": 8}, [places], dtype_out=False)


def test_learned_position():
    places = np.arange(5, dtype="int32")
    settings = {"model_dim": 8, "max_positions": 5}
    check_layer(LearnedPosition, settings, [places], dtype_out=False)


def test_bidirectional_lstm():
    lengths = np.array([5, 3], "int32")
    settings = {"units": 4, "dropout_rate": 0.1}
    check_layer(BidirectionalLSTM, settings, [X, lengths])


def test_perceptron():
    check_layer(Perceptron, {"units": 6, "dropout_rate": 0.1}, [X])


def test_span_scores():
    settings = {"units": 6, "dropout_rate": 0.1}
    check_layer(SpanScores, settings, [X], dtype_out=False)


def test_span_labels():
    settings = {"num_labels": 7, "units": 6, "dropout_rate": 0.1}
    begins, ends = np.array([[[0, 1]] * 2, [[2, 4]] * 2], "int32")
    check_layer(SpanLabels, settings, [X, begins, ends], dtype_out=False)


def test_word_features():
    settings = {
        "num_words": 11,
        "num_characters": 7,
        "word_dim": 6,
        "character_dim": 5,
        "character_filters": 4,
        "dropout_rate": 0.3,
    }
    words = RANDOM.integers(0, 11, (2, 5)).astype("int32")
    characters = RANDOM.integers(0, 7, (2, 5, 8)).astype("int32")
    check_layer(WordFeatures, settings, [words, characters])
