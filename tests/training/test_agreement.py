"""Workers that differ are refused before the first step."""

import os
import shutil
import sys

import pytest

from tests.conftest import ROOT, run_program
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
def test_workers_of_different_teachers_are_refused(trained_workdir, tmp_path):
    """The same path, where each machine has another copy."""
    script = (
        "import json, os, sys\n"
        "index = json.loads(os.environ['TF_CONFIG'])['task']['index']\n"
        "os.chdir(sys.argv[1 + index])\n"
        "os.execv(sys.executable, [sys.executable, '-m', 'pipelines.train',"
        " *sys.argv[3:]])\n"
    )
    for name, step in (("a", "step-00000100"), ("b", "step-00000200")):
        (tmp_path / name).mkdir()
        copy = tmp_path / name / "teacher"
        shutil.copytree(trained_workdir, copy)
        for path in (copy / "checkpoints").glob("step-*"):
            if path.name != step:
                shutil.rmtree(path)
    command = [
        *runs.CLUSTER,
        "--workers=2",
        "--",
        sys.executable,
        "-c",
        script,
        str(tmp_path / "a"),
        str(tmp_path / "b"),
        "--preset=translation/tiny",
        f"--workdir={tmp_path / 'w'}",
        "--set=train.teachers=teacher",
        "--set=train.teacher_checkpoint=last",
    ]
    told = runs.output_of(
        command, 2, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert "steps of teacher: [100] on the chief, [200] on worker 1" in told
    assert not (tmp_path / "w").exists()


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
