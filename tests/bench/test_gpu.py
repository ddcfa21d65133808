import importlib.util
import json
import types

import pytest

from bench import gpu
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
    found = json.loads(done.stdout)
    assert found["tfformer (Keras on JAX)"]["seconds"] > 0


def test_what_lacks_memory_or_a_package_is_left_out(monkeypatch, capsys):
    def lacking(error):
        def make(options):
            raise error

        return make

    arguments = ["gpu", "--model=tiny", "--steps=1", "--json"]
    monkeypatch.setattr("sys.argv", arguments)
    full = RuntimeError("RESOURCE_EXHAUSTED: Out of memory\nand more")
    monkeypatch.setattr(gpu, "tfformer_step", lacking(full))
    monkeypatch.setattr(gpu, "torch_step", lacking(ImportError("no torch")))
    monkeypatch.setattr(gpu, "marian_step", lambda options: lambda: None)
    monkeypatch.setattr(gpu, "torch_peak", lambda options: 1e12)
    gpu.main()
    told = capsys.readouterr()
    assert list(json.loads(told.out)) == ["HF Marian"]
    assert told.err.splitlines() == [
        "tfformer (Keras on JAX): left out (RESOURCE_EXHAUSTED: Out of memory)",
        "nn.Transformer: left out (no torch)",
    ]
    monkeypatch.setattr(gpu, "marian_step", lacking(RuntimeError("a shape")))
    with pytest.raises(RuntimeError, match="a shape"):
        gpu.main()
