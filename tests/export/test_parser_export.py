"""A parser's export, loaded where nothing of this repository is."""

import pytest

from tests.conftest import export, run_program, train
from tests.export.served import assert_served_as_decoded
from tests.pipelines.test_parsing_programs import ODD_LINES
from tfformer.data.pocket import triples

LINES = [triple.english for triple in triples("test", 193)] + ODD_LINES


def test_it_equals_decode_string_by_string(
    exported_parser, trained_parser, tmp_path
):
    folder = exported_parser / "1"
    assert_served_as_decoded(folder, trained_parser, LINES, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["parsing/tiny_words", "parsing/tiny_chart"])
def test_parsers_over_words_are_served_as_decoded(preset, tmp_path):
    workdir = train(tmp_path, preset)
    exported = export(workdir, tmp_path / "parser") / "1"
    lines = [*LINES[:93], *ODD_LINES]
    assert_served_as_decoded(exported, workdir, lines, tmp_path)


def test_an_unconstrained_export_is_refused(trained_parser, tmp_path):
    done = run_program(
        "tools.export_saved_model",
        f"--workdir={trained_parser}",
        f"--output_dir={tmp_path / 'e'}",
        "--set=decode.constrained=false",
    )
    assert done.returncode == 2
    assert b"`decode.constrained` must be true" in done.stderr
