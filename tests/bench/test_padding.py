from tests.conftest import run_program


def test_padding_of_a_parser_over_words_is_counted(trained_chart_parser):
    done = run_program("bench.padding", f"--workdir={trained_chart_parser}")
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.startswith(b"padding: 0.")
