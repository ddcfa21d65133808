import json
import subprocess
import sys

import pytest

from tests.conftest import ROOT


@pytest.mark.slow
def test_the_demo_reaches_its_goal(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "tools.demo", f"--output_dir={tmp_path / 'd'}"],
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert done.returncode == 0
    scores = json.loads(done.stdout.splitlines()[-1])
    assert scores["bleu"] >= 90 and scores["f1"] >= 99


def test_a_folder_that_is_not_the_demos_is_refused(program, tmp_path):
    (tmp_path / "precious").write_text("mine")
    done = program("tools.demo", f"--output_dir={tmp_path}")
    assert done.returncode == 2
    assert b"from an earlier demo" in done.stderr
    assert (tmp_path / "precious").read_text() == "mine"
