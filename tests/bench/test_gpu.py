import importlib.util
import json
import types

import pytest

from bench.gpu import flops
from tests.conftest import run_program


def test_flops_of_the_base_model():
    """Six per weight of the matrix products and token, and attention's."""
    options = types.SimpleNamespace(model="base", tokens=3200, vocab=37_000)
    # Encoder 12 d^2 = 3.1 M a layer, decoder 16 d^2 = 4.2 M, output V d.
    weights = 6 * 28 * 512**2 + 37_000 * 512
    attention = 6 * 6 * 32 * 512
    assert flops(options) == 6 * 3200 * (weights + attention)


def test_it_runs_on_a_processor():
    if importlib.util.find_spec("jax") is None:
        pytest.skip("JAX is not installed")
    done = run_program(
        "bench.gpu",
        "--model=tiny",
        "--tokens=64",
        "--vocab=100",
        "--steps=1",
        "--json",
    )
    assert done.returncode == 0, done.stderr.decode()
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["tfformer (Keras on JAX)"]["seconds"] > 0
