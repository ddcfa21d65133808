import keras
import numpy as np

from tfformer.training.adam import FusedAdam


def test_equals_keras_adam():
    random = np.random.default_rng(0)
    start = random.normal(size=(5, 3)).astype("float32")
    weights = []
    for kind in (keras.optimizers.Adam, FusedAdam):
        random = np.random.default_rng(1)
        variable = keras.Variable(start)
        optimizer = kind(1e-2, beta_1=0.9, beta_2=0.98, epsilon=1e-9)
        optimizer.build([variable])
        for _ in range(7):
            gradient = random.normal(size=(5, 3)).astype("float32")
            optimizer.apply([keras.ops.convert_to_tensor(gradient)])
        weights.append(variable.numpy())
    np.testing.assert_allclose(weights[1], weights[0], rtol=1e-5)
    assert not np.array_equal(weights[1], start)
