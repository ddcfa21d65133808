import pytest

from tests.conftest import run_program


@pytest.mark.slow
def test_a_parser_over_words_is_measured_too(trained_chart_parser):
    flags = (f"--workdir={trained_chart_parser}", "--steps=1", "--rounds=1")
    done = run_program("bench.input_bound", *flags)
    assert done.returncode == 0, done.stderr.decode()
    assert b"1 steps, 1 rounds" in done.stdout
