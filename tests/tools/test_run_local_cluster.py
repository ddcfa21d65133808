import json
import os
import signal
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.training import runs

TOOL = (sys.executable, "-m", "tools.run_local_cluster")


def run(script, *flags):
    return subprocess.run(
        [*TOOL, *flags, "--", "bash", "-c", script],
        capture_output=True,
        cwd=ROOT,
        timeout=240,
        text=True,
    )


def test_each_worker_has_its_number_and_its_port():
    done = run('echo "$TF_CONFIG"', "--workers=3")
    assert done.returncode == 0
    told = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert sorted(told) == ["[0]", "[1]", "[2]"]
    configs = [json.loads(told[f"[{i}]"]) for i in range(3)]
    assert [c["task"]["index"] for c in configs] == [0, 1, 2]
    (addresses,) = {tuple(c["cluster"]["worker"]) for c in configs}
    assert len(set(addresses)) == 3


def test_the_exit_code_is_that_of_the_first_failure(tmp_path):
    path = tmp_path / "first"
    # The second waits until the first is no process any more.
    script = (
        f'case "$TF_CONFIG" in *"index\\": 1"*) echo $$ > {path}; exit 7;; '
        "esac; "
        f"until test -s {path}; do sleep 0.01; done; "
        f"while test -e /proc/$(cat {path}); do sleep 0.01; done; exit 9"
    )
    assert run(script).returncode == 7
    assert run("kill -9 $$").returncode == 137


def test_children_of_a_worker_end_with_it():
    done = run("sleep 600 & echo $!", "--workers=1")
    assert done.returncode == 0
    assert not runs.is_alive(done.stdout.split()[-1])


def test_restarts_are_for_failures_that_may_pass(tmp_path):
    count = tmp_path / "count"
    assert run(f"echo >> {count}; exit 138", "--restarts=2").returncode == 138
    assert len(count.read_text().splitlines()) == 2 * 3
    count.unlink()
    assert run(f"echo >> {count}; exit 2", "--restarts=2").returncode == 2
    assert len(count.read_text().splitlines()) == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_reach_every_worker_once(number):
    script = (
        "trap 'echo term; exit 143' TERM; trap 'echo int; exit 130' INT; "
        "echo ready; while true; do :; done"
    )
    process = subprocess.Popen(
        [*TOOL, "--restarts=5", "--", "bash", "-c", script],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
    )
    assert {process.stdout.readline() for _ in range(2)} == {
        "[0] ready\n",
        "[1] ready\n",
    }
    os.kill(process.pid, number)
    told, _ = process.communicate(timeout=240)
    name = {signal.SIGTERM: "term", signal.SIGINT: "int"}[number]
    assert sorted(told.splitlines()) == [f"[0] {name}", f"[1] {name}"]
    assert process.returncode == {"term": 143, "int": 130}[name]


def test_a_signal_reaches_what_a_shell_began():
    # Not the last command, so that the shell waits for it and has no trap.
    saves = "trap 'sleep 0.5; echo saved; exit 143' TERM; echo ready; "
    script = f'bash -c "{saves} while true; do :; done"; true'
    process = subprocess.Popen(
        [*TOOL, "--workers=1", "--", "bash", "-c", script],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
    )
    assert process.stdout.readline() == "[0] ready\n"
    process.terminate()
    told, _ = process.communicate(timeout=240)
    assert (told, process.returncode) == ("[0] saved\n", 143)


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--workers=0", "--", "true"], "--workers must be 1 or more"),
        (["--", "no-such-program"], "no program 'no-such-program'"),
    ],
)
def test_mistakes_are_told(flags, words):
    done = subprocess.run(
        [*TOOL, *flags], capture_output=True, cwd=ROOT, text=True
    )
    assert done.returncode == 2
    assert words in done.stderr and "Traceback" not in done.stderr
