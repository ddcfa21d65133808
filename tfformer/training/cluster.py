"""Which workers there are, and which of them this process is.

Read from the environment alone, before TensorFlow is asked for anything: what
is wrong there would otherwise end in a hang, or in a message of its transport.
"""

import dataclasses
import json
import os
import socket
from collections.abc import Mapping

from tfformer.errors import ClusterError

_EXAMPLE = (
    '{"cluster": {"worker": ["host0:2222", "host1:2222"]}, '
    '"task": {"type": "worker", "index": 0}}'
)
_JOBS = ("chief", "worker")


@dataclasses.dataclass(frozen=True)
class Cluster:
    """The workers of a run.

    Attributes:
        addresses: "host:port" of every worker, the chief first.
        index: which of them this process is; 0 is the chief.
    """

    addresses: tuple[str, ...]
    index: int


def from_tf_config(text: str) -> Cluster | None:
    """Reads TF_CONFIG, as a Kubernetes TFJob sets it.

    Args:
        text: its value.

    Returns:
        The cluster, or None if there is no other worker in it.

    Raises:
        ClusterError: if it is no JSON, or names no worker that this is.
    """
    try:
        value = json.loads(text)
    except ValueError as error:
        raise _bad("must be JSON", f"{text!r} ({error})") from error
    if value == {}:
        # Some platforms leave it so for a job of one process.
        return None
    # What is no object has neither.
    parts = value if isinstance(value, dict) else {}
    jobs, task = parts.get("cluster"), parts.get("task", {})
    if not isinstance(jobs, dict) or not isinstance(task, dict):
        # Each worker would train alone, and believe that it is one of many.
        raise _bad("must hold a cluster and a task", text)
    # "master" is what old TFJobs call the chief.
    jobs = {"chief" if k == "master" else k: v for k, v in jobs.items()}
    kind = "chief" if task.get("type") == "master" else task.get("type")
    if (
        set(jobs) - {*_JOBS, "evaluator"}
        or kind not in _JOBS
        or kind not in jobs
    ):
        raise _bad(
            "knows the tasks chief and worker (there are no parameter "
            "servers, and every worker takes its share of an evaluation)",
            f"a cluster of {', '.join(map(str, jobs))}, and the task {kind!r}",
        )
    addresses = _addresses(jobs)
    index, size = task.get("index"), len(jobs[kind])
    if not isinstance(index, int) or not 0 <= index < size:
        raise _bad(
            f"needs a task index in [0, {size}), the {kind}s that it lists",
            f"index {index!r}",
        )
    if kind == "worker":
        index += len(jobs.get("chief", ()))
    return Cluster(addresses, index) if len(addresses) > 1 else None


def _addresses(jobs: Mapping[str, object]) -> tuple[str, ...]:
    """Lists "host:port" of chief and workers."""
    found: list[str] = []
    for job in _JOBS:
        hosts = jobs.get(job, [])
        if not isinstance(hosts, list) or not all(map(_is_address, hosts)):
            raise _bad('lists workers as "host:port"', f"{job}: {hosts!r}")
        found += hosts
    twice = sorted({host for host in found if found.count(host) > 1})
    if twice:
        raise _bad("lists each address once", f"{', '.join(twice)} twice")
    return tuple(found)


def _is_address(host: object) -> bool:
    if not isinstance(host, str):
        return False
    port = host.rpartition(":")[2]
    return port.isdecimal() and 0 < int(port) < 65536


def _bad(rule: str, received: str) -> ClusterError:
    return ClusterError(
        f"`TF_CONFIG` {rule}. Received: {received}. Set it to something like "
        f"{_EXAMPLE} with the index of this process, or unset it to train "
        "with one worker."
    )


def has_others(environment: Mapping[str, str]) -> bool:
    """Tells whether this process may be one of several workers.

    Args:
        environment: with TF_CONFIG, or the variables of Slurm's `srun`.
    """
    return bool(environment.get("TF_CONFIG")) or started_by_slurm(environment)


def started_by_slurm(environment: Mapping[str, str]) -> bool:
    """Tells whether `srun` started this process as one of several."""
    return int(environment.get("SLURM_STEP_NUM_TASKS", "1")) > 1


def check_port_is_free(cluster: Cluster) -> None:
    """Fails where another process listens on this worker's port.

    Raises:
        ClusterError: names the address.
    """
    address = cluster.addresses[cluster.index]
    port = int(address.rpartition(":")[2])
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As gRPC does: a port that a dead process left is free at once.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError as error:
            raise ClusterError(
                f"worker {cluster.index} cannot listen on its port {port} "
                f"({os.strerror(error.errno or 0)}). Received: {address}. "
                "Another program uses it, or two workers were started with "
                "the same index; give each its own index and a free port."
            ) from error


def is_local(cluster: Cluster) -> bool:
    """Tells whether this worker's address may be of this machine.

    True also where the name is not known (yet), as a new pod's may be.
    """
    host = cluster.addresses[cluster.index].rpartition(":")[0]
    try:
        address = socket.gethostbyname(host)
    except OSError:
        return True
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True
