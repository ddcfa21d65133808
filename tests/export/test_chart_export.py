"""A chart parser's export, loaded where nothing of this repository is."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT, export, run_program
from tests.pipelines.test_parsing_programs import ODD_LINES
from tfformer.data.pocket import triples

LINES = [triple.english for triple in triples("test", 93)] + ODD_LINES


@pytest.mark.slow
def test_it_equals_decode_string_by_string(trained_chart_parser, tmp_path):
    exported = export(trained_chart_parser, tmp_path / "parser") / "1"
    text = "".join(f"{line}\n" for line in LINES).encode()
    served = subprocess.run(
        [
            sys.executable,
            str(ROOT / "tools" / "run_saved_model.py"),
            f"--model_dir={exported}",
        ],
        cwd=tmp_path,
        input=text,
        capture_output=True,
        check=True,
    )
    decoded = run_program(
        "pipelines.decode", f"--workdir={trained_chart_parser}", stdin=text
    )
    assert decoded.returncode == 0
    assert served.stdout.decode().split("\n") == decoded.stdout.decode().split(
        "\n"
    )
