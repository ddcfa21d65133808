import pytest

from tests.conftest import run_program


@pytest.mark.slow
def test_both_searches_are_measured(trained_workdir):
    flags = (
        f"--workdir={trained_workdir}",
        "--sentences=1,2",
        "--rounds=2",
    )
    done = run_program("bench.compiled", *flags)
    assert done.returncode == 0, done.stderr.decode()
    lines = done.stdout.decode().splitlines()
    assert [line[:11] for line in lines] == ["1 sentences", "2 sentences"]
    assert all("compiled" in line and "speed" in line for line in lines)


@pytest.mark.parametrize("count", ["0", "1,", "1,two"])
def test_what_is_no_number_of_sentences_is_refused(count):
    flags = ("--workdir=W", f"--sentences={count}")
    done = run_program("bench.compiled", *flags)
    assert done.returncode == 2
    assert b"must be a whole number of 1 or more" in done.stderr
