import pytest

from tests.conftest import run_program

pytest.importorskip("matplotlib")


def test_the_curves_of_a_run_become_a_picture(trained_workdir, tmp_path):
    flags = (f"--workdir={trained_workdir}", f"--output={tmp_path / 'c.svg'}")
    done = run_program("tools.plot_run", *flags, "--only=loss,dev_bleu")
    assert done.returncode == 0, done.stderr.decode()
    assert b"c.svg: 2 curves up to step 200" in done.stdout
    assert "<svg" in (tmp_path / "c.svg").read_text()
    done = run_program("tools.plot_run", *flags, "--only=nothing")
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
