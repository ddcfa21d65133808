import os
import subprocess

import pytest

from tests.training import runs
from tfformer.errors import ClusterError
from tfformer.training.slurm import from_slurm


@pytest.fixture
def slurm(monkeypatch):
    """Sets what srun would set for one task."""

    def set_environment(**values):
        for name, value in values.items():
            monkeypatch.setenv(f"SLURM_{name}", str(value))

    set_environment(JOB_ID=40_012, PROCID=1, STEP_NUM_TASKS=3)
    set_environment(STEP_NODELIST="node[2,10-11]", STEP_TASKS_PER_NODE="1(x3)")
    return set_environment


def test_tasks_are_numbered_as_slurm_numbers_nodes(slurm):
    cluster = from_slurm()
    assert cluster.index == 1
    assert cluster.addresses == ("node2:20012", "node10:20012", "node11:20012")


def test_tasks_of_one_node_have_ports_of_their_own(slurm):
    slurm(STEP_NODELIST="gpu07,gpu08", STEP_TASKS_PER_NODE="2,1")
    addresses = from_slurm().addresses
    assert addresses == ("gpu07:20024", "gpu07:20025", "gpu08:20024")
    slurm(JOB_ID=40_013)
    assert not set(addresses) & set(from_slurm().addresses)


def test_another_order_of_tasks_is_refused(slurm, monkeypatch):
    monkeypatch.setenv("SLURMD_NODENAME", "node2")
    with pytest.raises(ClusterError, match="--distribution=block"):
        from_slurm()


def test_half_an_environment_is_refused(slurm, monkeypatch):
    monkeypatch.delenv("SLURM_STEP_NODELIST")
    with pytest.raises(ClusterError, match="STEP_NODELIST.*srun"):
        from_slurm()


@pytest.mark.slow
def test_two_tasks_of_one_machine_train_together(tmp_path):
    """Real processes; only what srun would set is made up."""
    flags = [
        "--preset=translation/tiny",
        *runs.settings(train__steps=2, train__eval_sentences=2),
    ]
    environment = {
        "SLURM_JOB_ID": str(os.getpid()),
        "SLURM_STEP_NUM_TASKS": "2",
        "SLURM_STEP_NODELIST": "localhost",
        "SLURM_STEP_TASKS_PER_NODE": "2",
    }
    tasks = [
        subprocess.Popen(
            runs.command(tmp_path / "workdir", flags),
            env={**os.environ, **environment, "SLURM_PROCID": str(task)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=runs.ROOT,
        )
        for task in range(2)
    ]
    told = [task.communicate(timeout=240)[0].decode() for task in tasks]
    assert [task.returncode for task in tasks] == [0, 0], told
    assert "2 devices of 2 workers" in told[0]
    assert told[1] == ""
