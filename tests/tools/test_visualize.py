import pytest

from tests.conftest import run_program

pytest.importorskip("matplotlib")


def test_a_layer_is_counted_from_1(trained_workdir, tmp_path):
    flags = (f"--workdir={trained_workdir}", "--text=The owl sleeps.")
    done = run_program(
        "tools.visualize", *flags, f"--output={tmp_path / 'a.png'}", "--layer=0"
    )
    assert done.returncode == 2
    told = done.stderr.decode().splitlines()[-1]
    assert told.startswith("error: `--layer` must be from 1 to 1. Received: 0")
    assert not list(tmp_path.iterdir())
