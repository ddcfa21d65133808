"""The workers of a job that Slurm's `srun` started."""

import os
import re
from collections.abc import Mapping

import tensorflow as tf

from tfformer.errors import ClusterError
from tfformer.training.cluster import Cluster

# Jobs that share a machine must not share ports: each task of a node has the
# next one, from a first that is the job's.
_FIRST_PORT, _PORTS = 20_000, 20_000


def from_slurm() -> Cluster:
    """Reads what `srun` says in the environment.

    Tasks are taken to be numbered node by node, as `srun` does unless told
    otherwise. Which GPUs a task sees is left to Slurm.

    Raises:
        ClusterError: if the environment contradicts itself.
    """
    environment = os.environ
    job = int(environment.get("SLURM_JOB_ID", "0"))
    most_tasks = _most_tasks(environment)
    try:
        resolver = tf.distribute.cluster_resolver.SlurmClusterResolver(
            port_base=_FIRST_PORT + job * most_tasks % _PORTS,
            # It cannot do without GPUs, so one of its own is made up for each
            # task; none is set.
            gpus_per_node=most_tasks,
            gpus_per_task=1,
            auto_set_gpu=False,
        )
        addresses = resolver.cluster_spec().as_dict()["worker"]
    except (RuntimeError, ValueError) as error:
        raise ClusterError(
            f"Slurm's environment is not understood: {error}. Start the "
            "workers with srun, or set TF_CONFIG for each."
        ) from error
    # The resolver sorts node10 before node2, which Slurm does not.
    addresses.sort(key=_natural)
    cluster = Cluster(tuple(addresses), int(environment["SLURM_PROCID"]))
    host = addresses[cluster.index].rpartition(":")[0]
    here = environment.get("SLURMD_NODENAME", host)
    if here != host:
        raise ClusterError(
            f"task {cluster.index} is expected on {host}, by the order of "
            f"Slurm's nodes. Received: {here}. Start srun with "
            "--distribution=block."
        )
    return cluster


def _most_tasks(environment: Mapping[str, str]) -> int:
    """Returns the most tasks of any node; "2(x3),1" is 2, 2, 2 and 1."""
    counts = environment.get("SLURM_STEP_TASKS_PER_NODE", "1")
    return max(int(n) for n in re.findall(r"(?:^|,)(\d+)", counts))


def _natural(address: str) -> list[tuple[int, str]]:
    """Orders names by the numbers in them."""
    return [
        (int(part), "") if part.isdigit() else (0, part)
        for part in re.split(r"(\d+)", address)
    ]
