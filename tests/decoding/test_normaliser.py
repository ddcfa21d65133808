import numpy as np
import pytest

from tfformer.decoding.normaliser import log_normaliser


@pytest.mark.parametrize("scale", [0.0, 1.0, 1e4])
def test_it_is_the_log_of_the_sum_of_the_exponentials(scale):
    random = np.random.default_rng(0)
    logits = random.normal(size=(2, 3, 50)).astype("float32") * scale
    exact = logits.astype("float64")
    largest = exact.max(-1, keepdims=True)
    want = largest + np.log(np.exp(exact - largest).sum(-1, keepdims=True))
    got = np.array(log_normaliser(logits))
    np.testing.assert_allclose(got, want, rtol=1e-6)
