"""The README's Python runs as it stands there."""

import re

import pytest

from tests.conftest import ROOT

_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
BLOCKS = _BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))


@pytest.fixture
def folder(tmp_path, monkeypatch, trained_workdir, exported_translator):
    """Where `W` is a workdir and `E` an export, as in the README."""
    (tmp_path / "W").symlink_to(trained_workdir)
    (tmp_path / "E").symlink_to(exported_translator)
    monkeypatch.chdir(tmp_path)


def run(name, **names):
    """Runs the one block that has `name`, and returns what it defined."""
    (block,) = (block for block in BLOCKS if name in block)
    exec(compile(block, "README.md", "exec"), names)
    return names


def test_a_workdir_decodes_in_python(folder, capsys):
    inference = run("TrainedModel")["inference"]
    lines = capsys.readouterr().out.splitlines()
    best = next(inference.decode(["Two dogs run."]))[0]
    assert len(lines) == 2
    score, _, text = lines[1].partition(" ")
    assert (float(score), text) == (pytest.approx(best.score, 1e-4), best.text)


def test_a_model_is_fitted():
    assert run("model.fit")["model"].optimizer.iterations == 100


def test_an_export_translates(folder, capsys):
    run("saved_model.load")
    assert capsys.readouterr().out.startswith("tf.Tensor([b")
