"""Workers that differ are refused before the first step."""

import sys

import pytest

from tests.conftest import run_program
from tests.training import runs

SCRIPT = """
import json, os, sys
index = json.loads(os.environ["TF_CONFIG"])["task"]["index"]
os.execv(sys.executable, [sys.executable, "-m", "pipelines.train",
    *sys.argv[1].split(","), *sys.argv[2 + index].split(",")])
"""


def run_differently(common, first, second, code=2):
    """Runs two workers with flags of their own."""
    told = runs.output_of(
        [
            *runs.CLUSTER,
            "--workers=2",
            "--",
            sys.executable,
            "-c",
            SCRIPT,
            ",".join(common),
            ",".join(first),
            ",".join(second),
        ],
        code,
    )
    assert "Traceback" not in told
    return told


def test_workers_of_different_settings_are_refused(tmp_path):
    told = run_differently(
        [f"--workdir={tmp_path / 'w'}", "--preset=translation/tiny"],
        ["--set=model.num_layers=1"],
        ["--set=model.num_layers=2"],
    )
    assert "model.num_layers: 1 on the chief, 2 on worker 1" in told
    assert not (tmp_path / "w").exists()


@pytest.mark.slow
def test_workers_of_different_vocabularies_are_refused(tmp_path):
    for name, size in (("a", 400), ("b", 390)):
        run_program(
            "pipelines.build_vocabulary",
            "--preset=translation/tiny",
            f"--set=data.vocab_size={size}",
            f"--workdir={tmp_path / name}",
        ).check_returncode()
        (tmp_path / name / "config.json").unlink()
    told = run_differently(
        ["--preset=translation/tiny", "--set=data.vocab_size=400"],
        [f"--workdir={tmp_path / 'a'}"],
        [f"--workdir={tmp_path / 'b'}"],
    )
    assert "source vocabulary" in told and "on worker 1" in told
    assert not (tmp_path / "a" / "checkpoints").exists()


@pytest.mark.slow
def test_workers_need_not_share_a_folder(tmp_path):
    flags = runs.settings(train__steps=3, train__eval_sentences=2)
    run_differently(
        ["--preset=translation/tiny", *flags],
        [f"--workdir={tmp_path / 'a'}"],
        [f"--workdir={tmp_path / 'b'}"],
        code=0,
    )
    assert (tmp_path / "a" / "checkpoints").is_dir()
    assert not (tmp_path / "b" / "checkpoints").exists()
    assert not (tmp_path / "b" / "metrics.jsonl").exists()
