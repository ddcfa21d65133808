"""The sweep's program, run as a user runs it."""

import json
import signal
import subprocess
import sys
import time

import pytest

from tests.conftest import ROOT, run_program


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--presets=no/*",), b"`--presets` must be patterns of parsing/wsj"),
        (("--presets=parsing/tiny", "--grid=a.b=1"), b"unknown field 'a.b'"),
        (
            ("--presets=parsing/tiny", "--init_checkpoint=last"),
            b"`--init_checkpoint` says nothing with no --init_from",
        ),
        (
            ("--presets=parsing/tiny", "--init_from=/none"),
            b"`--init_from` must be the workdir of a trained model",
        ),
    ],
)
def test_mistakes_are_one_line_and_make_no_workdir(tmp_path, flags, message):
    done = run_program("pipelines.sweep", f"--workdir={tmp_path / 'w'}", *flags)
    assert done.returncode == 2
    assert message in done.stderr and b"Traceback" not in done.stderr
    assert not (tmp_path / "w").exists()


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["translation/tiny", "parsing/tiny"])
def test_a_sweep_that_is_stopped_goes_on(tmp_path, preset):
    flags = (
        f"--presets={preset}",
        "--grid=model.num_layers=1,2",
        f"--workdir={tmp_path}",
        "--steps=40",
        "--set=train.log_every=1",
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "pipelines.sweep", *flags],
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    second = tmp_path / preset / "model.num_layers=2"
    metrics = second / "metrics.jsonl"
    while not metrics.is_file() or metrics.read_bytes().count(b"\n") < 3:
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    told = process.communicate()[1].decode()
    assert process.returncode == 143, told
    assert "stopped by SIGTERM in row 2 of 2" in told
    done = run_program("pipelines.sweep", *flags)
    told = done.stderr.decode()
    assert done.returncode == 0, told
    assert "row 1 of 2" in told and "finished before" in told
    assert "steps 0 to 40" not in told and " to 40" in told
    metric = "BLEU" if preset.startswith("translation") else "F1"
    table = (tmp_path / "table.md").read_text()
    assert f"| {metric} (dev) |" in table and f"Best dev {metric}" in table
    lines = [json.loads(line) for line in metrics.read_text().splitlines()]
    steps = [line["step"] for line in lines if "loss" in line]
    assert steps == list(range(1, 41))


@pytest.mark.slow
def test_rates_of_fine_tuning_are_compared(tmp_path, trained_workdir):
    done = run_program(
        "pipelines.sweep",
        f"--presets={trained_workdir / 'config.json'}",
        f"--init_from={trained_workdir}",
        "--init_checkpoint=last",
        "--grid=optimizer.learning_rate=0.01,0.1",
        f"--workdir={tmp_path}",
        "--steps=4",
        "--set=train.log_every=1",
    )
    told = done.stderr.decode()
    assert done.returncode == 0, told
    assert told.count(f"began from {trained_workdir}") == 2
    (folder,) = tmp_path.glob("*config.json")
    losses = []
    for row in sorted(folder.iterdir()):
        lines = (row / "metrics.jsonl").read_text().splitlines()
        losses.append(
            [v["loss"] for v in map(json.loads, lines) if "loss" in v]
        )
    # The first loss is that of the trained model, before either rate tells.
    assert losses[0][0] == losses[1][0] and losses[0][-1] != losses[1][-1]
