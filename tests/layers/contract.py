"""The contract that every layer keeps."""

import tempfile

import keras
import numpy as np


def check_layer(kind, settings, inputs, call=None, dtype_out=True):
    """Config round trip, build, symbolic and eager call, fit, precisions.

    Args:
        kind: the layer's class.
        settings: its arguments.
        inputs: arrays for the layer's positional call arguments.
        call: keyword arguments of the call.
        dtype_out: whether the output has the policy's compute dtype.
    """
    call = call or {}
    layer = kind(**settings)
    again = kind.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    for name, value in settings.items():
        assert layer.get_config()[name] == value
    eager = outputs(layer(*inputs, **call))
    assert layer.built
    symbolic = outputs(
        layer(
            *(
                keras.KerasTensor((None, *x.shape[1:]), str(x.dtype))
                for x in inputs
            ),
            **call,
        )
    )
    for one, other in zip(eager, symbolic, strict=True):
        assert tuple(one.shape)[1:] == tuple(other.shape)[1:]
        assert keras.backend.standardize_dtype(one.dtype) == other.dtype
    check_precision(kind, settings, inputs, call, dtype_out)
    check_saved(layer, inputs, call)
    check_fit(layer, inputs, call)


def check_precision(kind, settings, inputs, call, dtype_out):
    """bfloat16 gives finite outputs of that dtype."""
    layer = kind(**settings, dtype="bfloat16")
    out = outputs(layer(*inputs, **call))[0]
    assert np.isfinite(keras.ops.convert_to_numpy(out).astype("float32")).all()
    if dtype_out:
        assert keras.backend.standardize_dtype(out.dtype) == "bfloat16"
    for weight in layer.weights:
        assert str(weight.dtype) in ("bfloat16", "uint32", "int64", "int32")


def check_saved(layer, inputs, call):
    """A model of it is saved, loaded by Keras alone, and the same."""
    arguments = [
        keras.Input(batch_shape=x.shape, dtype=str(x.dtype)) for x in inputs
    ]
    model = keras.Model(arguments, outputs(layer(*arguments, **call))[0])
    with tempfile.TemporaryDirectory() as folder:
        model.save(f"{folder}/model.keras")
        again = keras.models.load_model(f"{folder}/model.keras")
    np.testing.assert_array_equal(model(inputs), again(inputs))


def check_fit(layer, inputs, call):
    """One step of `fit` changes every trainable weight that matters."""
    if not layer.trainable_weights:
        return

    class Model(keras.Model):
        def __init__(self):
            super().__init__()
            self.layer = layer

        def call(self, arrays):
            return outputs(self.layer(*arrays, **call))[0]

    model = Model()
    model.compile(optimizer=keras.optimizers.SGD(1.0), loss="mse")
    target = np.random.default_rng(1).normal(
        size=keras.ops.shape(model(inputs))
    )
    before = [w.numpy().copy() for w in layer.trainable_weights]
    model.fit(inputs, target, epochs=1, verbose=0, batch_size=len(target))
    changed = [
        not np.array_equal(old, new.numpy())
        for old, new in zip(before, layer.trainable_weights, strict=True)
    ]
    assert all(changed), [
        w.path
        for w, c in zip(layer.trainable_weights, changed, strict=True)
        if not c
    ]


def outputs(value):
    """A layer's outputs as a list."""
    return list(value) if isinstance(value, tuple | list) else [value]
