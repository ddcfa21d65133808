import subprocess
import sys

import pytest

from pipelines.app import errors_reported
from tests.conftest import ROOT

TALK = (
    "from pipelines.app import errors_reported\n"
    "with errors_reported():\n"
    "    for number in range(10**6): print(number)"
)


def test_a_reader_that_leaves_is_no_error_to_tell_of():
    process = subprocess.Popen(
        [sys.executable, "-c", TALK],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout.readline() == b"0\n"
    process.stdout.close()
    assert process.stderr.read() == b""
    # What a shell calls SIGPIPE.
    assert process.wait() == 141
    process.stderr.close()


def test_a_path_of_the_wrong_kind_is_one_line(tmp_path, capsys):
    for use in (
        lambda: open(tmp_path),
        lambda: tmp_path.mkdir(),
        lambda: (tmp_path / "file").touch() or open(tmp_path / "file" / "x"),
    ):
        with pytest.raises(SystemExit) as caught, errors_reported():
            use()
        assert caught.value.code == 2
        told = capsys.readouterr().err
        assert told.startswith(f"error: {tmp_path}")
        assert told.count("\n") == 1


def test_an_error_without_a_path_is_not_the_users():
    with pytest.raises(PermissionError), errors_reported():
        raise PermissionError(1, "not permitted")
