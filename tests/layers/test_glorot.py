import keras
import numpy as np
import pytest

from tfformer.layers.attention import MultiHeadAttention
from tfformer.layers.decoder import DecoderLayer
from tfformer.layers.encoder import EncoderLayer
from tfformer.layers.feed_forward import FeedForward
from tfformer.layers.glorot import glorot
from tfformer.layers.restricted_attention import RestrictedSelfAttention

SIZES = {"num_heads": 2, "model_dim": 8, "key_dim": 3, "value_dim": 5}
LAYERS = [
    (MultiHeadAttention, SIZES),
    (RestrictedSelfAttention, {**SIZES, "window": 3}),
    (FeedForward, {"model_dim": 8, "ffn_dim": 16}),
    (EncoderLayer, {**SIZES, "ffn_dim": 16}),
    (EncoderLayer, {**SIZES, "ffn_dim": 16, "attention_window": 3}),
    (DecoderLayer, {**SIZES, "ffn_dim": 16}),
]


def initial_weights(kind, settings, **changes):
    keras.utils.set_random_seed(3)
    layer = kind(**settings, **changes, name="layer")
    layer.build((None, None, 8))
    return {weight.path: np.array(weight) for weight in layer.weights}


def test_without_a_gain_it_is_glorots():
    keras.utils.set_random_seed(3)
    ours = glorot()((20, 30))
    keras.utils.set_random_seed(3)
    theirs = keras.initializers.GlorotUniform()((20, 30))
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(("kind", "settings"), LAYERS)
def test_the_gain_multiplies_every_kernel_and_nothing_else(kind, settings):
    plain = initial_weights(kind, settings)
    scaled = initial_weights(kind, settings, initializer_gain=0.5)
    kernels = [name for name in plain if name.endswith("kernel")]
    assert len(kernels) >= 2
    for name, weight in plain.items():
        gain = 0.5 if name in kernels else 1.0
        np.testing.assert_allclose(scaled[name], gain * weight, rtol=1e-6)
