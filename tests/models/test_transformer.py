import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfformer.errors import ConfigError
from tfformer.models.transformer import Transformer, shift_right
from tfformer.schedules import LinearDecay, NoamSchedule
from tfformer.tasks.task import get_preset

RANDOM = np.random.default_rng(0)
INPUTS = RANDOM.integers(3, 30, (3, 7)).astype("int32")
TARGETS = RANDOM.integers(3, 30, (3, 6)).astype("int32")
TINY = {
    "source_vocab_size": 30,
    "target_vocab_size": 30,
    "num_layers": 2,
    "model_dim": 16,
    "ffn_dim": 32,
    "num_heads": 4,
}
VARIANTS = [
    {},
    {"normalization": "pre", "positions": "learned"},
    {"key_dim": 3, "value_dim": 5, "share_embeddings": "none"},
    {"share_embeddings": "target", "source_vocab_size": 40},
    {"attention_window": 4, "normalization": "pre"},
]


def make(**changes):
    keras.utils.set_random_seed(1)
    model = Transformer(**{**TINY, **changes})
    model.build()
    return model


def parameter_formula(vocab, n=6, d=512, ff=2048, h=8, d_k=None, d_v=None):
    """Weights of the paper's model, counted as in its Table 3 column.

    Projections without biases, feed-forward networks with, LayerNorm with
    gain and bias, one embedding matrix for everything.
    """
    d_k, d_v = d_k or d // h, d_v or d // h
    attention = 2 * d * h * d_k + 2 * d * h * d_v
    feed_forward = 2 * d * ff + ff + d
    encoder = attention + feed_forward + 2 * 2 * d
    decoder = 2 * attention + feed_forward + 3 * 2 * d
    return vocab * d + n * (encoder + decoder)


@pytest.mark.parametrize(
    ("preset", "changes", "millions"),
    [
        ("translation/base", {}, 63.0),
        ("translation/base", {"key_dim": 16}, 56.0),
        ("translation/base", {"num_layers": 2}, 33.6),
        ("translation/big", {}, 214.2),
    ],
    ids=["base", "b_dk16", "c_n2", "big"],
)
def test_parameter_count_equals_the_formula(preset, changes, millions):
    config = dataclasses.replace(get_preset(preset).model, **changes)
    # A small vocabulary, so that little is drawn; the rest is embeddings.
    model = Transformer(1000, 1000, **dataclasses.asdict(config))
    model.build()
    count = model.count_params() + 36000 * config.model_dim
    assert count == parameter_formula(
        37000,
        n=config.num_layers,
        d=config.model_dim,
        ff=config.ffn_dim,
        h=config.num_heads,
        d_k=config.key_dim,
    )
    assert round(count / 1e6, 1) == millions


def test_the_initial_gain_reaches_every_kernel():
    plain, scaled = make(), make(initializer_gain=0.5)
    for one, other in zip(plain.weights, scaled.weights, strict=True):
        gain = 0.5 if one.name == "kernel" else 1.0
        np.testing.assert_allclose(other, gain * np.array(one), rtol=1e-6)
    # Four of an attention and two of a feed-forward network.
    count = sum(weight.name == "kernel" for weight in plain.weights)
    assert count == TINY["num_layers"] * (4 + 2 + 2 * 4 + 2)


@pytest.mark.parametrize("changes", VARIANTS)
def test_padding_does_not_change_unpadded_positions(changes):
    model = make(**changes)
    alone = model((INPUTS, TARGETS))
    inputs = np.pad(INPUTS, ((0, 0), (0, 4)))
    targets = np.pad(TARGETS, ((0, 0), (0, 3)))
    padded = model((inputs, targets))
    np.testing.assert_allclose(padded[:, :6], alone, atol=2e-5)


@pytest.mark.parametrize("changes", VARIANTS)
@pytest.mark.parametrize("place", [0, 3, 5])
def test_future_targets_do_not_leak(changes, place):
    model = make(**changes)
    changed = TARGETS.copy()
    changed[:, place:] = (changed[:, place:] + 5) % 27 + 3
    before, after = model((INPUTS, TARGETS)), model((INPUTS, changed))
    # The logits at `place` have seen targets before it only.
    np.testing.assert_allclose(
        before[:, : place + 1], after[:, : place + 1], atol=1e-6
    )
    if place < 5:
        assert not np.allclose(before[:, place + 1], after[:, place + 1])


@pytest.mark.parametrize("changes", VARIANTS)
@pytest.mark.parametrize("max_length", [None, 9])
def test_cached_decode_equals_full_decode(changes, max_length):
    model = make(**changes)
    check_cached_decode(model, max_length, tolerance=2e-5)


def test_cached_decode_equals_full_decode_once_places_have_settled():
    targets = np.random.default_rng(1).integers(3, 30, (3, 20)).astype("int32")
    cache = check_cached_decode(make(), None, 2e-5, targets=targets)
    settled, newest = cache["kept"][0]
    # One of the two beams of each position is no one's ancestor, but they
    # never met here: each is its own.
    assert settled[1].shape[2] == 2 * 16
    assert newest[1].shape[2] == 2 * 4


@pytest.mark.parametrize("window", [1, 7])
@pytest.mark.parametrize("max_length", [None, 6])
def test_cached_decode_sees_what_the_window_holds(window, max_length):
    model = make(attention_window=window)
    cache = check_cached_decode(model, max_length, tolerance=2e-5)
    seen = min(window // 2 + 1, TARGETS.shape[1])
    for tensor in tf.nest.flatten([cache["kept"], cache["beams"]]):
        assert tensor.shape[2] == 2 * seen  # of two beams


def test_a_window_over_all_is_full_attention():
    model, restricted = make(), make(attention_window=2 * 7)
    restricted.set_weights(model.get_weights())
    data = INPUTS, TARGETS
    np.testing.assert_allclose(restricted(data), model(data), atol=1e-5)
    narrow = make(attention_window=2)
    narrow.set_weights(model.get_weights())
    assert not np.allclose(narrow(data), model(data), atol=1e-3)


@pytest.mark.parametrize("dtype", ["bfloat16", "mixed_bfloat16"])
def test_cached_decode_is_near_full_decode_in_bfloat16(dtype):
    check_cached_decode(make(dtype=dtype), None, tolerance=0.1)


def check_cached_decode(
    model, max_length, tolerance, inputs=INPUTS, targets=TARGETS
):
    full = model((inputs, targets))
    cache = model.init_cache(inputs, 2, max_length)
    shifted = np.array(shift_right(tf.constant(targets)))
    for step in range(targets.shape[1]):
        tokens = np.repeat(shifted[:, step : step + 1], 2, axis=1)
        logits, cache = model.decode_step(tokens, step, cache)
        for beam in range(2):
            np.testing.assert_allclose(
                logits[:, beam], full[:, step], atol=tolerance
            )
    return cache


@pytest.mark.parametrize("changes", VARIANTS)
def test_config_round_trip_and_weights(changes, tmp_path):
    model = make(**changes)
    again = Transformer.from_config(model.get_config())
    again.build()
    path = str(tmp_path / "model.weights.h5")
    model.save_weights(path)
    again.load_weights(path)
    np.testing.assert_array_equal(
        model((INPUTS, TARGETS)), again((INPUTS, TARGETS))
    )


def test_a_saved_keras_file_loads(tmp_path):
    model = make()
    want = model((INPUTS, TARGETS))
    path = str(tmp_path / "model.keras")
    model.save(path)
    again = keras.saving.load_model(path)
    np.testing.assert_array_equal(again((INPUTS, TARGETS)), want)


@pytest.mark.parametrize("dtype", ["bfloat16", "mixed_bfloat16"])
def test_bfloat16_is_near_float32(dtype):
    model, exact = make(dtype=dtype), make()
    for weight, source in zip(model.weights, exact.weights, strict=True):
        weight.assign(source)
    got, want = model((INPUTS, TARGETS)), exact((INPUTS, TARGETS))
    assert got.dtype == tf.float32
    np.testing.assert_allclose(got, want, atol=0.3)


def test_attention_rows_sum_to_one_over_real_source_tokens():
    model = make()
    inputs = np.pad(INPUTS, ((0, 0), (0, 2)))
    weights = np.array(model.attention_weights(inputs, TARGETS))
    assert weights.shape == (3, 2, 4, 6, 9)
    np.testing.assert_allclose(weights.sum(-1), 1.0, atol=1e-5)
    assert weights[..., 7:].max() == 0.0


def test_plain_compile_and_fit_memorise_eight_sentences():
    keras.utils.set_random_seed(0)
    model = Transformer(**TINY, dropout_rate=0.0, label_smoothing=0.0)
    inputs = RANDOM.integers(3, 30, (8, 6)).astype("int32")
    targets = RANDOM.integers(3, 30, (8, 6)).astype("int32")
    model.compile(optimizer=keras.optimizers.Adam(0.01, 0.9, 0.98, 1e-9))
    data = tf.data.Dataset.from_tensors(((inputs, targets),)).repeat(150)
    history = model.fit(data, verbose=0)
    assert history.history["loss"][-1] < 2.0
    predicted = np.array(model((inputs, targets))).argmax(-1)
    np.testing.assert_array_equal(predicted, targets)


def test_tied_embeddings_need_a_joint_vocabulary():
    with pytest.raises(ValueError, match="Try share_embeddings='target'"):
        Transformer(30, 31)


@pytest.mark.parametrize(
    "change",
    [
        {"normalization": "Pre"},
        {"positions": "learnt"},
        {"share_embeddings": "both"},
        {"num_heads": 3},
        {"model_dim": 15, "num_heads": 5},
    ],
)
def test_a_misspelt_argument_is_refused(change):
    name = next(iter(change))
    with pytest.raises(ConfigError, match=f"`model.{name}` must"):
        make(**change)


def test_a_compiled_model_with_the_papers_schedule_is_loaded(tmp_path):
    model = make()
    rate = LinearDecay(NoamSchedule(16, 10), 50, 100)
    model.compile(optimizer=keras.optimizers.Adam(rate))
    data = tf.data.Dataset.from_tensors(((INPUTS, TARGETS),))
    model.fit(data, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.optimizer.iterations.numpy() == 1
    again.fit(data, verbose=0)


def test_weights_of_samples_act_and_another_loss_is_refused():
    model = make(dropout_rate=0.0)
    model.compile(optimizer=keras.optimizers.SGD(0.0))
    alone = model.train_on_batch((INPUTS[:1], TARGETS[:1]))
    first = np.array([1.0, 0.0, 0.0], "float32")
    batch = (INPUTS, TARGETS)
    told = model.train_on_batch(batch, sample_weight=first)
    assert float(told) == pytest.approx(float(alone), rel=1e-5)
    model.compile(optimizer="sgd", loss="mse")
    with pytest.raises(ValueError, match="`loss` must be left out of `comp"):
        model.train_on_batch(batch)


@pytest.mark.parametrize("weight", [3.0, 0.001, 0.0])
def test_the_loss_is_a_mean_however_small_the_weights(weight):
    model = make(dropout_rate=0.0)
    model.compile(optimizer=keras.optimizers.SGD(0.0))
    batch = (INPUTS, TARGETS)
    plain = model.train_on_batch(batch)
    told = model.train_on_batch(
        batch, sample_weight=np.full(3, weight, "float32")
    )
    want = float(plain) if weight else 0.0
    assert float(told) == pytest.approx(want, rel=1e-5)


def test_metrics_read_the_targets_from_y():
    model = make()
    model.compile(optimizer="sgd", metrics=["accuracy"])
    history = model.fit((INPUTS, TARGETS), TARGETS, verbose=0).history
    assert 0.0 <= history["accuracy"][-1] <= 1.0


def test_keras_exports_it(tmp_path):
    model = Transformer(**TINY)
    want = model((INPUTS, TARGETS))
    model.export(tmp_path / "export", verbose=False)
    loaded = tf.saved_model.load(str(tmp_path / "export"))
    arrays = tuple(tf.cast(ids, "float32") for ids in (INPUTS, TARGETS))
    np.testing.assert_allclose(loaded.serve(arrays), want, atol=1e-5)


# bfloat16 has no odd numbers above 256, and would make 999 an id too many.
LARGE_IDS = np.array([[701, 703, 805, 999, 2]], "int32")


def test_ids_are_exact_in_an_export_of_mixed_precision(tmp_path):
    sizes = {"source_vocab_size": 1000, "target_vocab_size": 1000}
    model = Transformer(**{**TINY, **sizes}, dtype="mixed_bfloat16")
    want = model((LARGE_IDS, LARGE_IDS))
    model.export(tmp_path / "export", verbose=False)
    loaded = tf.saved_model.load(str(tmp_path / "export"))
    ids = tf.cast(LARGE_IDS, "float32")
    np.testing.assert_allclose(loaded.serve((ids, ids)), want, atol=0.05)


@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "bfloat16"])
def test_ids_of_a_float_input_are_exact(dtype):
    model = make(source_vocab_size=1000, target_vocab_size=1000, dtype=dtype)
    want = model((LARGE_IDS, LARGE_IDS))
    pair = [keras.Input((None,)), keras.Input((None,))]
    functional = keras.Model(pair, model(tuple(pair)))
    ids = LARGE_IDS.astype("float32")
    np.testing.assert_allclose(functional([ids, ids]), want, atol=0.05)


def test_dropout_acts_in_training_only():
    model = make(dropout_rate=0.5)
    quiet = [np.array(model((INPUTS, TARGETS))) for _ in range(2)]
    noisy = [
        np.array(model((INPUTS, TARGETS), training=True)) for _ in range(2)
    ]
    np.testing.assert_array_equal(*quiet)
    assert not np.allclose(*noisy)


@pytest.mark.parametrize("window", [0, 3])
def test_maps_show_what_the_model_attends_to(window):
    model = make(attention_window=window)
    inputs = np.array([[5, 6, 7, 8, 2], [5, 2, 0, 0, 0]], "int32")
    targets = np.array([[7, 6, 5, 2], [7, 2, 0, 0]], "int32")
    maps = model.attention_maps(inputs, targets)
    np.testing.assert_allclose(
        maps["cross"], model.attention_weights(inputs, targets), atol=1e-6
    )
    far = np.abs(np.subtract.outer(np.arange(5), np.arange(5))) > 1
    encoder = np.array(maps["encoder"])[0]
    assert bool(encoder[..., far].any()) == (not window)
    np.testing.assert_allclose(encoder.sum(-1), 1.0, atol=1e-5)
    assert not np.triu(np.array(maps["decoder"]), 1).any()
