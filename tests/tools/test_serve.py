import pytest

from tests.conftest import run_program


@pytest.mark.parametrize("port", ["-1", "65536", "22222222"])
def test_a_port_that_cannot_be_is_refused_as_flags_are(port):
    done = run_program("tools.serve", "--model_dir=tests", f"--port={port}")
    said = done.stderr.decode()
    assert done.returncode == 1
    assert f"{port} is not an integer in the range [0, 65535]" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "limit", ["deadline_seconds=nan", "sentences=inf", "sentences"]
)
def test_a_limit_that_is_no_number_is_refused(limit):
    done = run_program("tools.serve", "--model_dir=tests", f"--limit={limit}")
    assert done.returncode == 2
    told = done.stderr.decode().splitlines()[-1]
    assert told.startswith("error: `--limit` must be NAME=VALUE, with a finite")
