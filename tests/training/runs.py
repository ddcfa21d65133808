"""Real training runs in processes of their own, and what they left."""

import functools
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import tensorflow as tf

from tests.conftest import ROOT
from tfformer.config import override
from tfformer.tasks.task import get_preset

TRAIN = (sys.executable, "-m", "pipelines.train")
CLUSTER = (sys.executable, "-m", "tools.run_local_cluster")
_started: list[subprocess.Popen] = []


def with_data_of(source, workdir):
    """Makes a workdir that has another's vocabularies and encoded data."""
    trained = shutil.ignore_patterns(
        "checkpoints", "events", "config.json", "*.jsonl"
    )
    return shutil.copytree(source, workdir, ignore=trained)


def settings(**values):
    """Flags of `--set`, dots written as two underscores."""
    return [
        f"--set={name.replace('__', '.')}={value}"
        for name, value in values.items()
    ]


def overridden(preset, flags):
    """The configuration of a preset and flags of `--set`."""
    return override(
        get_preset(preset), [flag.removeprefix("--set=") for flag in flags]
    )


def is_alive(pid):
    """Whether a process runs still; a zombie does not."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def command(workdir, flags, workers=1, restarts=0):
    """The command line of a run with one worker or several."""
    train = [*TRAIN, f"--workdir={workdir}", *flags]
    if workers == 1:
        return train
    return [
        *CLUSTER,
        f"--workers={workers}",
        f"--restarts={restarts}",
        "--",
        *train,
    ]


def run(workdir, flags, workers=1, restarts=0, code=0):
    """Runs to the end and returns what was printed."""
    return output_of(command(workdir, flags, workers, restarts), code)


def output_of(command_line, code=0, **more):
    """Runs any command to the end and returns what it printed.

    Args:
        command_line: program and arguments.
        code: the exit code that it must have.
        **more: arguments of `subprocess.run`.
    """
    done = subprocess.run(
        command_line,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=ROOT,
        timeout=600,
        **more,
    )
    text = done.stdout.decode()
    assert done.returncode == code, text
    return text


def start(workdir, flags, workers=1, restarts=0):
    """Starts a run and returns its process; its output goes to a file.

    A test that may fail while it runs must end with `kill_started`.
    """
    with open(f"{workdir}.log", "ab") as log:
        process = subprocess.Popen(
            command(workdir, flags, workers, restarts),
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
        )
    _started.append(process)
    return process


def kill_started():
    """Ends what `start` started and is running still, with its workers."""
    while _started:
        process = _started.pop()
        if process.poll() is None:
            for pid in (*children(process.pid), process.pid):
                os.kill(pid, signal.SIGKILL)
            process.wait()


def children(pid):
    """Process ids of a process's children."""
    path = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()]


def lines(workdir):
    """What `metrics.jsonl` says, a line that is half written left out."""
    path = pathlib.Path(workdir) / "metrics.jsonl"
    found = []
    for line in path.read_text().splitlines() if path.is_file() else ():
        try:
            found.append(json.loads(line))
        except ValueError:
            break
    return found


def last_step(workdir):
    """The last step that the run has told of."""
    return max((line["step"] for line in lines(workdir)), default=0)


def losses(workdir):
    """Loss and gradient norm of every step, `[steps, 2]`."""
    told = [line for line in lines(workdir) if "loss" in line]
    assert [line["step"] for line in told] == list(range(1, len(told) + 1))
    return np.array([(v["loss"], v["gradient_norm"]) for v in told])


def state(workdir):
    """Every tensor of the newest checkpoint, by name."""
    newest = sorted(pathlib.Path(workdir).glob("checkpoints/step-*"))[-1]
    reader = tf.train.load_checkpoint(str(newest / "checkpoint"))
    return {
        name: reader.get_tensor(name)
        for name in reader.get_variable_to_shape_map()
        if name.startswith(("model/", "optimizer/", "moving_average/"))
    }


def wait_for(condition, process, seconds=300):
    """Waits until a condition holds; False if the process ended before."""
    end = time.monotonic() + seconds
    while not condition():
        if process.poll() is not None:
            return False
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.0005)
    return True


def is_saving(workdir):
    """Whether a checkpoint is being written right now."""
    return any(pathlib.Path(workdir).glob("checkpoints/.step-*"))


def kill_again_and_again(workdir, flags, kills, every, seed, workers=1):
    """Runs until the end, killed on the way.

    Args:
        workdir: of the run.
        flags: of pipelines.train.
        kills: how often; every other one comes while a checkpoint is written.
        every: steps between two checkpoints.
        seed: of the moments.
        workers: processes; one of them, or all, are killed.

    Returns:
        How many kills hit a checkpoint in the making.
    """
    chance, hits = random.Random(seed), 0
    for number in range(kills):
        began = time.time()
        process = start(workdir, flags, workers)
        step = number * every
        condition = _saves_after
        if number % 2 == 0:
            step += chance.randint(1, every)
            condition = _has_passed
        met = wait_for(
            functools.partial(condition, workdir, step, began), process
        )
        assert met, "it ended before it was killed"
        if number % 2 == 0:
            time.sleep(chance.random() * 0.05)
        _kill(process, workers, chance, hurry=number % 2)
        hits += is_saving(workdir)
    run(workdir, flags, workers)
    return hits


def _has_passed(workdir, step, began):
    """Whether the run that began then has; what was told before is old."""
    metrics = pathlib.Path(workdir) / "metrics.jsonl"
    return (
        metrics.is_file()
        and metrics.stat().st_mtime > began
        and last_step(workdir) >= step
    )


def _saves_after(workdir, step, began):
    # What ends soonest is looked for first, and last.
    return (
        is_saving(workdir)
        and _has_passed(workdir, step, began)
        and is_saving(workdir)
    )


def _kill(process, workers, chance, hurry):
    """Kills one worker or all; in a hurry the chief first, which saves."""
    if workers > 1:
        victims = children(process.pid)
        if not hurry and chance.random() < 0.7:
            victims = [chance.choice(victims)]
        for victim in victims:
            os.kill(victim, signal.SIGKILL)
        process.wait(timeout=240)
    else:
        process.send_signal(signal.SIGKILL)
        process.wait()
