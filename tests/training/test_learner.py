import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfformer.layers.dropout import Dropout
from tfformer.models.transformer import Transformer
from tfformer.training.evaluation import perplexity
from tfformer.training.learner import LearningTransformer

RANDOM = np.random.default_rng(0)
TINY = {
    "source_vocab_size": 30,
    "target_vocab_size": 30,
    "num_layers": 1,
    "model_dim": 16,
    "ffn_dim": 32,
    "num_heads": 2,
    "dropout_rate": 0.0,
}


def batch(size, length):
    return tuple(
        RANDOM.integers(3, 30, (size, length)).astype("int32") for _ in range(2)
    )


def pad_to(ids, length):
    return np.pad(ids, ((0, 0), (0, length - ids.shape[1])))


def learner(optimizer=None, **settings):
    keras.utils.set_random_seed(0)
    model = LearningTransformer(**{**TINY, **settings})
    model.build()
    model.compile(optimizer=optimizer or keras.optimizers.SGD(0.1))
    return model


def test_a_batch_weighs_its_tokens_and_not_its_rows():
    short, long = batch(2, 3), batch(2, 9)
    together = tuple(
        np.concatenate([pad_to(a, 9), b])
        for a, b in zip(short, long, strict=True)
    )
    losses = [
        float(learner().train_step((b,))["loss"])
        for b in (short, long, together)
    ]
    want = (losses[0] * 6 + losses[1] * 18) / 24
    assert losses[2] == pytest.approx(want, rel=1e-5)


def test_gradient_norm_is_that_of_the_summed_tied_gradient():
    model, data = learner(), batch(3, 5)
    before = [w.numpy() for w in model.trainable_weights]
    logs = model.train_step((data,))
    moved = [
        (old - new.numpy()) / 0.1
        for old, new in zip(before, model.trainable_weights, strict=True)
    ]
    norm = np.sqrt(sum((m.astype("float64") ** 2).sum() for m in moved))
    assert float(logs["gradient_norm"]) == pytest.approx(norm, rel=1e-3)
    assert int(logs["tokens"]) == 30


@pytest.mark.parametrize("parts", [1, 40])
@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "bfloat16"])
def test_bfloat16_sums_many_tokens(dtype, parts):
    """Gradients of 24,000 tokens, of which half are one."""
    random = np.random.default_rng(1)
    data = tuple(random.integers(3, 30, (2000, 12)) for _ in range(2))
    data = tuple(
        np.where(random.random(ids.shape) < 0.5, 5, ids).astype("int32")
        for ids in data
    )
    exact = learner()
    low = learner(dtype=dtype)
    low.accumulate_steps = parts
    for source, weight in zip(exact.weights, low.weights, strict=True):
        rounded = tf.cast(tf.cast(source.value, tf.bfloat16), tf.float32)
        source.assign(rounded)
        weight.assign(tf.cast(rounded, weight.dtype))
    want, _ = exact._sums(data)
    got, _ = low._sums(data)
    variables = low.trainable_weights
    for variable, one, other in zip(variables, got, want, strict=True):
        error = tf.norm(tf.cast(one, tf.float32) - other) / tf.norm(other)
        assert error <= 0.05, (variable.path, float(error))


def test_clipping_bounds_the_update_and_reports_the_norm():
    data = batch(3, 5)
    free, clipped = learner(), learner(clip_norm=0.01)
    before = [w.numpy() for w in clipped.trainable_weights]
    norm = float(free.train_step((data,))["gradient_norm"])
    logs = clipped.train_step((data,))
    assert float(logs["gradient_norm"]) == pytest.approx(norm, rel=1e-5)
    moved = [
        old - new.numpy()
        for old, new in zip(before, clipped.trainable_weights, strict=True)
    ]
    size = np.sqrt(sum((m.astype("float64") ** 2).sum() for m in moved))
    assert size == pytest.approx(0.001, rel=1e-2)


def test_evaluate_is_the_mean_over_tokens():
    model = learner()
    short, long = batch(4, 3), batch(1, 9)
    spec = ((tf.TensorSpec([None, None], tf.int32),) * 2,)
    data = tf.data.Dataset.from_generator(
        lambda: iter([(short,), (long,)]), output_signature=spec
    )
    got = model.evaluate(data, verbose=0, return_dict=True)["loss"]
    sums = [model.part_loss(b, training=False)[:2] for b in (short, long)]
    want = sum(float(s) for s, _ in sums) / sum(float(w) for _, w in sums)
    assert got == pytest.approx(want, rel=1e-5)


def test_evaluate_tells_the_cross_entropy_without_smoothing():
    """Perplexity must not depend on how a model was trained."""
    inputs, targets = batch(3, 5)
    model = learner(label_smoothing=0.3)
    data = tf.data.Dataset.from_tensors(((inputs, targets),))
    got = model.evaluate(data, verbose=0, return_dict=True)
    logits = model((inputs, targets)).numpy().astype("float64")
    log_sums = np.log(np.exp(logits).sum(-1))
    at_targets = np.take_along_axis(logits, targets[..., None], -1)[..., 0]
    want = (log_sums - at_targets).mean()
    assert got["cross_entropy"] == pytest.approx(want, rel=1e-5)
    assert got["loss"] != got["cross_entropy"]
    assert perplexity(got["cross_entropy"]) == pytest.approx(np.exp(want))


@pytest.mark.parametrize(
    "dtype",
    [
        "float32",
        pytest.param("mixed_bfloat16", marks=pytest.mark.slow),
        pytest.param("bfloat16", marks=pytest.mark.slow),
    ],
)
def test_fit_memorises_eight_sentences(dtype):
    model = learner(
        keras.optimizers.Adam(0.01, 0.9, 0.98, 1e-9),
        dtype=dtype,
        label_smoothing=0.0,
    )
    data = batch(8, 6)
    model.fit(tf.data.Dataset.from_tensors((data,)).repeat(200), verbose=0)
    predicted = np.array(model(data)).argmax(-1)
    assert (predicted == data[1]).mean() > 0.95


def test_its_weights_are_a_transformers():
    model, plain = learner(), Transformer(**TINY)
    plain.build()
    plain.set_weights(model.get_weights())
    data = batch(2, 4)
    np.testing.assert_array_equal(model(data), plain(data))
    again = LearningTransformer.from_config(model.get_config())
    assert again.get_config() == model.get_config()


@pytest.mark.parametrize(
    "dtype",
    ["float32", pytest.param("mixed_bfloat16", marks=pytest.mark.slow)],
)
def test_recomputing_changes_no_update(dtype):
    check_recomputing(dtype=dtype)


def check_recomputing(**settings):
    data = batch(4, 6)
    norms, weights = [], []
    for recompute in (False, True):
        model = learner(recompute=recompute, num_layers=2, **settings)
        norms.append(
            float(tf.function(model.train_step)((data,))["gradient_norm"])
        )
        weights.append([w.numpy() for w in model.trainable_weights])
    assert norms[1] == pytest.approx(norms[0], rel=1e-5)
    for one, other in zip(*weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


DROPOUTS = {
    "num_layers": 2,
    "dropout_rate": 0.3,
    "attention_dropout_rate": 0.2,
    "ffn_dropout_rate": 0.2,
}


def watch_dropouts(model, given=None):
    """Lists the masks that each dropout draws, or gives it its first ones."""
    layers = [x for x in model._flatten_layers() if isinstance(x, Dropout)]
    masks = [[] for _ in layers]
    for place, layer in enumerate(layers):

        def call(x, training=False, place=place, draw=layer.call):
            mask = draw(tf.ones_like(x), training=training)
            masks[place].append(mask.numpy())
            return x * (given[place][0] if given else mask)

        layer.call = call
    return masks


def test_recomputing_draws_the_same_masks_again():
    """So its gradients are those of the layers that kept all they computed."""
    data = batch(6, 8)
    model = learner(recompute=True, **DROPOUTS)
    masks = watch_dropouts(model)
    gradients, _ = model._sums_of_part(data, 0)
    again = [drawn for drawn in masks if len(drawn) > 1]
    assert len(again) == 2 * (4 + 6)
    for first, second in again:
        np.testing.assert_array_equal(first, second)
    for one, other in itertools.combinations(again, 2):
        assert not np.array_equal(one[0], other[0])

    plain = learner(**DROPOUTS)
    watch_dropouts(plain, given=masks)
    wanted, _ = plain._sums_of_part(data, 0)
    for told, want in zip(gradients, wanted, strict=True):
        np.testing.assert_allclose(told, want, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("lengths", [(8, 1024), (1024, 8)])
def test_a_window_leaves_no_tensor_of_the_length_squared(lengths):
    """Either side may be long; both are in encoder-decoder attention."""
    model = learner(attention_window=16)
    specs = tuple(tf.TensorSpec([1, n], tf.int32) for n in lengths)
    graph = tf.function(model.train_step).get_concrete_function((specs,)).graph
    sizes = [
        tensor.shape.num_elements()
        for operation in graph.get_operations()
        for tensor in operation.outputs
        if tensor.shape.is_fully_defined()
    ]
    assert 2 * 1024 * 64 <= max(sizes) < 1024**2


@pytest.mark.slow
def test_recomputing_with_a_window_changes_no_update():
    check_recomputing(attention_window=4)
