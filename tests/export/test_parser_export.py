"""A parser's export, loaded where nothing of this repository is."""

import pytest

from tests.conftest import export, run_program
from tests.export.served import assert_served_as_decoded
from tests.pipelines.test_parsing_programs import ODD_LINES
from tfformer.data.pocket import triples

LINES = [triple.english for triple in triples("test", 193)] + ODD_LINES


@pytest.fixture(scope="module")
def exported(trained_parser, tmp_path_factory):
    output = tmp_path_factory.mktemp("export") / "parser"
    return export(trained_parser, output) / "1"


def test_it_equals_decode_string_by_string(exported, trained_parser, tmp_path):
    assert_served_as_decoded(exported, trained_parser, LINES, tmp_path)


def test_an_unconstrained_export_is_refused(trained_parser, tmp_path):
    done = run_program(
        "tools.export_saved_model",
        f"--workdir={trained_parser}",
        f"--output_dir={tmp_path / 'e'}",
        "--set=decode.constrained=false",
    )
    assert done.returncode == 2
    assert b"`decode.constrained` must be true" in done.stderr
