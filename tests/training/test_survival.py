"""Signals, lost workers, full disks, losses that are no numbers."""

import json
import resource
import signal
import socket
import subprocess
import sys
import time

import pytest

from tests.training import runs

FLAGS = [
    "--preset=translation/tiny",
    *runs.settings(
        train__steps=100_000,
        train__log_every=1,
        train__eval_steps=100_000,
        train__checkpoint_steps=100_000,
        train__eval_sentences=2,
        decode__method="greedy",
    ),
]


@pytest.fixture
def workdir(trained_workdir, tmp_path):
    return runs.with_data_of(trained_workdir, tmp_path / "workdir")


@pytest.fixture(autouse=True)
def nothing_left_running():
    yield
    runs.kill_started()


def started(workdir, workers, flags=FLAGS):
    """A run that has made some steps, and the process ids of its workers."""
    process = runs.start(workdir, flags, workers)
    assert runs.wait_for(lambda: runs.last_step(workdir) >= 3, process), log(
        workdir
    )
    found = runs.children(process.pid) if workers > 1 else [process.pid]
    return process, found


def log(workdir):
    with open(f"{workdir}.log") as file:
        return file.read()


def send(name, pid):
    subprocess.run(["kill", f"-{name}", str(pid)], check=True)


@pytest.mark.parametrize(
    ("workers", "name"),
    [
        (2, "TERM"),
        pytest.param(1, "INT", marks=pytest.mark.slow),
        pytest.param(2, "INT", marks=pytest.mark.slow),
    ],
)
def test_a_signal_to_one_worker_stops_all_at_one_step(workdir, workers, name):
    process, workers_found = started(workdir, workers)
    send(name, workers_found[-1])
    assert process.wait(timeout=240) == 143, log(workdir)
    told = log(workdir)
    steps = [
        line.split("at step ")[1].split(",")[0]
        for line in told.splitlines()
        if "stopped by" in line
    ]
    assert len(steps) == workers and len(set(steps)) == 1, told
    assert f"SIG{name}" in told and "Traceback" not in told
    # That step is saved, and the next start goes on from it.
    saved = sorted((workdir / "checkpoints").glob("step-*"))
    assert [path.name for path in saved] == [f"step-{int(steps[0]):08}"]
    more = runs.settings(train__steps=int(steps[0]) + 2)
    again = runs.run(workdir, FLAGS + more)
    assert f"steps {steps[0]} to {int(steps[0]) + 2}" in again
    runs.losses(workdir)


def test_ctrl_c_ends_a_chief_that_waits_for_the_others(workdir, monkeypatch):
    with socket.socket() as free:
        free.bind(("", 0))
        port = free.getsockname()[1]
    addresses = [f"127.0.0.1:{port}", "127.0.0.1:1"]
    cluster = {
        "cluster": {"worker": addresses},
        "task": {"type": "worker", "index": 0},
    }
    monkeypatch.setenv("TF_CONFIG", json.dumps(cluster))
    process = runs.start(workdir, FLAGS)
    waits = "the chief waits for the other workers"
    assert runs.wait_for(lambda: waits in log(workdir), process), log(workdir)
    # From some moment on TensorFlow lets no thread of Python run.
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=240) == -signal.SIGINT, log(workdir)
    assert "Traceback" not in log(workdir)


def test_a_second_interrupt_ends_at_once(workdir):
    process, _ = started(workdir, 1)
    # The first is obeyed within a step: the second comes as soon as it can.
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        time.sleep(0.005)
    assert process.returncode == 130, log(workdir)


def test_a_killed_worker_is_noticed_and_named(workdir):
    process, workers = started(workdir, 2)
    send("KILL", workers[1])
    # The first failure is that of the worker that was killed.
    assert process.wait(timeout=240) == 137, log(workdir)
    told = log(workdir)
    assert "error: worker 0 lost worker 1 (127.0.0.1:" in told
    assert "did not end by itself" not in told
    assert not any(map(runs.is_alive, workers))


@pytest.mark.slow
def test_a_cluster_starts_again_by_itself(workdir):
    flags = [
        *FLAGS,
        *runs.settings(train__steps=20, train__checkpoint_steps=5),
    ]
    process = runs.start(workdir, flags, workers=2, restarts=1)
    saved = workdir / "checkpoints" / "step-00000005"
    assert runs.wait_for(saved.is_dir, process), log(workdir)
    send("KILL", runs.children(process.pid)[0])
    assert process.wait(timeout=240) == 0, log(workdir)
    assert "starting all again, 0 restarts left" in log(workdir)
    assert len(runs.losses(workdir)) == 20


@pytest.mark.slow
def test_no_worker_survives_the_program_that_started_it(workdir):
    process, workers = started(workdir, 2)
    send("KILL", process.pid)
    process.wait()
    deadline = time.monotonic() + 240
    while any(map(runs.is_alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(runs.is_alive, workers))


def test_a_loss_that_is_no_number_is_reported_and_ends_in_an_error(workdir):
    # A first step of that length leaves weights whose products overflow.
    flags = [
        *FLAGS,
        *runs.settings(optimizer__learning_rate=1e36, train__max_bad_steps=3),
    ]
    told = runs.run(workdir, flags, code=3)
    assert "3 steps in a row was no finite number" in told
    assert "Traceback" not in told
    bad = [
        json.loads(line)
        for line in (workdir / "bad_steps.jsonl").read_text().splitlines()
    ]
    assert [b["step"] for b in bad] == list(
        range(bad[0]["step"], bad[0]["step"] + 3)
    )
    assert all(b["examples"] for b in bad)


@pytest.mark.slow
def test_a_full_disk_stops_the_run_and_harms_no_checkpoint(workdir):
    """No file may pass a size, as none can grow on a full disk."""
    flags = FLAGS
    runs.run(workdir, flags + runs.settings(train__steps=2))
    limit = 20_000
    biggest = max(
        path.stat().st_size for path in (workdir / "checkpoints").rglob("*")
    )
    assert biggest > limit
    told = runs.output_of(
        runs.command(workdir, flags + runs.settings(train__steps=4)),
        code=2,
        preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_FSIZE, (limit, limit)
        ),
    )
    assert "step-00000004: the checkpoint cannot be written" in told
    assert "Step 2 is whole" in told and "Traceback" not in told
    names = {path.name for path in (workdir / "checkpoints").iterdir()}
    assert names == {"step-00000002", "best.json"}
    # With room again, it goes on.
    more = runs.run(workdir, flags + runs.settings(train__steps=4))
    assert "steps 2 to 4" in more


@pytest.mark.slow
def test_workers_that_would_train_alone_are_refused(tmp_path):
    flags = [*FLAGS, "--set=train.strategy=one_device"]
    told = runs.run(tmp_path / "workdir", flags, workers=2, code=2)
    assert "`train.strategy` must be auto or multi_worker" in told


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("{'cluster'", "`TF_CONFIG` must be JSON"),
        pytest.param(
            '{"cluster": {"worker": ["127.0.0.1:PORT", "127.0.0.1:1"]}, '
            '"task": {"type": "worker", "index": 0}}',
            "worker 0 cannot listen on its port",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_wrong_cluster_is_a_users_error(tmp_path, monkeypatch, config, words):
    with socket.socket() as taken:
        taken.bind(("", 0))
        taken.listen()
        monkeypatch.setenv(
            "TF_CONFIG", config.replace("PORT", str(taken.getsockname()[1]))
        )
        told = runs.run(tmp_path / "workdir", FLAGS, code=2)
    assert f"error: {words}" in told and "Traceback" not in told


@pytest.mark.slow
def test_a_worker_may_come_late(tmp_path):
    script = (
        "import json, os, sys, time\n"
        "index = json.loads(os.environ['TF_CONFIG'])['task']['index']\n"
        "time.sleep(15 * (index == 0))\n"
        "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    )
    flags = runs.settings(train__steps=2, train__eval_sentences=2)
    train = runs.command(tmp_path / "workdir", FLAGS + flags)[1:]
    late = [sys.executable, "-c", script, *train]
    runs.output_of([*runs.CLUSTER, "--workers=2", "--", *late])
    assert runs.last_step(tmp_path / "workdir") == 2
