import pytest

from tests.conftest import run_program


@pytest.mark.parametrize("port", ["-1", "65536", "22222222"])
def test_a_port_that_cannot_be_is_refused_as_flags_are(port):
    done = run_program("tools.serve", "--model_dir=tests", f"--port={port}")
    said = done.stderr.decode()
    assert done.returncode == 1
    assert f"{port} is not an integer in the range [0, 65535]" in said
    assert "Traceback" not in said
