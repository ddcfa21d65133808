import errno
import subprocess
import sys

import pytest

from tfformer.data.lock import sole_writer
from tfformer.errors import WorkdirError

HOLD = (
    "import sys, time; from tfformer.data.lock import sole_writer\n"
    "with sole_writer(sys.argv[1]): print('held', flush=True); time.sleep(60)"
)


@pytest.fixture
def other(tmp_path):
    """Another process that writes to the folder."""
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"held\n"
    yield process
    process.kill()
    process.wait()


def test_a_second_writer_is_refused(tmp_path, other, capfd):
    with (
        pytest.raises(WorkdirError, match="another run writes there"),
        sole_writer(tmp_path, patience=0),
    ):
        pass
    assert capfd.readouterr().err.count("waiting for the run") == 1


def test_it_goes_on_when_the_first_has_ended_however_it_ended(tmp_path, other):
    other.kill()
    with sole_writer(tmp_path, patience=30):
        pass


def test_a_folder_can_be_written_to_again(tmp_path):
    for _ in range(2):
        with sole_writer(tmp_path / "new", patience=0):
            pass


def test_where_there_are_no_locks_nothing_is_kept_out(tmp_path, monkeypatch):
    def none(*_):
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr("fcntl.flock", none)
    with sole_writer(tmp_path, patience=0), sole_writer(tmp_path, patience=0):
        pass
