"""Where training runs: one device, several, or several machines."""

import contextlib
import os
import re
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfformer.config import TrainConfig
from tfformer.errors import ClusterError, PeerLostError
from tfformer.leaving import leave
from tfformer.progress import announce
from tfformer.training.cluster import (
    Cluster,
    check_port_is_free,
    from_tf_config,
    is_local,
    started_by_slurm,
)
from tfformer.training.reduction import sum_over_replicas
from tfformer.training.signals import interruptible
from tfformer.training.slurm import from_slurm

# Seconds between a worker's last meeting with the others and its end.
_LAST_WORDS = 1.0
# What a collective fails with when a worker is gone. Running out of memory is
# of another kind, even where the message names a collective's node.
_OF_PEERS = (
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.InternalError,
    tf.errors.UnavailableError,
    tf.errors.UnknownError,
)
_ABOUT_PEERS = re.compile(
    "[Cc]ollective|heartbeat|coordination|[Cc]onnect|recvmsg|[Ss]ocket"
)
_REASON = re.compile("aborted by|unhealthy|reset by peer|[Ss]ocket closed")


class Distribution:
    """A `tf.distribute` strategy, and what its workers tell one another.

    What is told travels the way gradients do, so a worker needs no open port
    and no shared folder beyond those of training.

    Args:
        strategy: of `tf.distribute`; the default one trains on one device.
        cluster: the workers, if there are several.

    Attributes:
        num_workers: processes that train together.
        worker: which of them this is.
        is_chief: whether this is worker 0, which alone writes.
    """

    def __init__(
        self, strategy: tf.distribute.Strategy, cluster: Cluster | None = None
    ) -> None:
        self.strategy = strategy
        self.num_workers = len(cluster.addresses) if cluster else 1
        self.worker = cluster.index if cluster else 0
        self.is_chief = self.worker == 0
        self._cluster = cluster
        self._gather = tf.function(
            lambda rows: strategy.gather(rows, axis=0), reduce_retracing=True
        )

    @property
    def num_replicas(self) -> int:
        """Devices that train, over all workers."""
        return self.strategy.num_replicas_in_sync

    def gather(self, content: bytes) -> list[bytes]:
        """Tells every worker what each has to say; waits for all of them.

        Args:
            content: this worker's.

        Returns:
            All contents, in the order of the workers.
        """
        if self.num_workers == 1:
            return [content]
        sizes = self._gather_row(np.array([len(content)], np.int32))[:, 0]
        words = -(-int(max(1, sizes.max())) // 4)
        padded = content.ljust(4 * words, b"\0")
        rows = self._gather_row(np.frombuffer(padded, np.int32))
        return [r.tobytes()[:size] for r, size in zip(rows, sizes, strict=True)]

    def _gather_row(self, row: np.ndarray) -> np.ndarray:
        """Stacks one row from each worker, `[num_workers, size]`."""
        signed = np.concatenate([[np.int32(self.worker)], row])[None]
        values = self.strategy.experimental_distribute_values_from_function(
            lambda context: tf.constant(signed)
        )
        rows = self._gather(values).numpy()
        # Each row says whose it is; all replicas of a worker send the same.
        _, firsts = np.unique(rows[:, 0], return_index=True)
        return rows[firsts, 1:]

    def from_chief(self, content: bytes) -> bytes:
        """Tells every worker what the chief has to say."""
        return self.gather(content if self.is_chief else b"")[0]

    def any(self, flag: bool) -> bool:
        """Tells every worker whether one of them says so."""
        return b"1" in self.gather(b"1" if flag else b"0")

    def chief_first(self, work: Callable[[], Any]) -> Any:
        """Runs `work` on the chief, and then on the others.

        Where they share a folder, the others find there what the chief made.
        """
        if self.is_chief:
            result = work()
            self.gather(b"")
            return result
        self.gather(b"")
        return work()

    def copy_from_chief(self, variables: Sequence[tf.Variable]) -> None:
        """Gives every replica of every worker the chief's values."""
        if self.num_workers > 1:
            tf.function(self._copy_from_chief)(variables)

    def _copy_from_chief(self, variables: Sequence[tf.Variable]) -> None:
        def copy() -> None:
            replica = tf.distribute.get_replica_context()
            first = replica.replica_id_in_sync_group == 0
            # A sum in which all but the chief's summands are zero is exact.
            values = [
                tf.where(first, tf.identity(v), tf.zeros_like(v))
                for v in variables
            ]
            sums = sum_over_replicas(values)
            for variable, value in zip(variables, sums, strict=True):
                tf.raw_ops.AssignVariableOp(
                    resource=variable.handle,
                    value=tf.cast(value, variable.dtype),
                )

        self.strategy.run(copy)

    def part(self) -> None:
        """Waits for all workers to have come to their end."""
        # One that is faster may be gone already, and is not missed any more.
        with contextlib.suppress(tf.errors.OpError):
            self.gather(b"")

    def leave(self, exit_code: int) -> None:
        """Ends this process, if it is one of several workers.

        What TensorFlow does at its end waits for workers that may be gone.
        """
        if self.num_workers > 1:
            # Others may still be receiving the last thing that this one said.
            time.sleep(_LAST_WORDS)
            leave(exit_code)

    def lost_peer(self, error: tf.errors.OpError) -> PeerLostError | None:
        """Says which worker an error of a collective blames, if it is one.

        Args:
            error: what TensorFlow raised.
        """
        text = str(error)
        if (
            self._cluster is None
            or not isinstance(error, _OF_PEERS)
            or not _ABOUT_PEERS.search(text)
        ):
            return None
        lines = text.strip().splitlines()
        reasons = [line.strip() for line in lines if _REASON.search(line)]
        named = {
            int(task)
            for task in re.findall(r"/job:worker\S*?/task:(\d+)", text)
        } - {self.worker}
        others = [
            f"worker {index} ({address})"
            for index, address in enumerate(self._cluster.addresses)
            if index in named
        ]
        return PeerLostError(
            f"worker {self.worker} lost "
            + (" or ".join(others) or "another worker")
            + ": it ended, or its machine can no longer be reached. Start "
            "all workers again: they go on from the newest checkpoint. "
            f"TensorFlow says: {(reasons or lines)[0]}"
        )


def make_distribution(config: TrainConfig) -> Distribution:
    """Makes the strategy that `train.strategy` names.

    Must run before TensorFlow has used any device. With several workers it
    waits until all of them are there.

    Args:
        config: its `strategy` and `cpu_devices` count.

    Raises:
        ClusterError: if the environment describes no cluster where one is
            asked for, or a wrong one.
    """
    _split_cpu(config.cpu_devices)
    cluster = _find_cluster()
    name = config.strategy
    if name == "auto":
        name = _choose(cluster)
    if name == "multi_worker":
        return _multi_worker(cluster)
    if cluster is not None:
        raise ClusterError(
            "`train.strategy` must be auto or multi_worker where TF_CONFIG or "
            f"Slurm names several workers. Received: {name}, with which each "
            f"of the {len(cluster.addresses)} would train alone and write the "
            "same workdir. Leave it out, or unset TF_CONFIG."
        )
    if name == "mirrored":
        kind = "GPU" if tf.config.list_physical_devices("GPU") else "CPU"
        devices = [d.name for d in tf.config.list_logical_devices(kind)]
        return Distribution(tf.distribute.MirroredStrategy(devices))
    return Distribution(tf.distribute.get_strategy())


def _choose(cluster: Cluster | None) -> str:
    """Says what "auto" means here."""
    if cluster is not None:
        return "multi_worker"
    gpus = len(tf.config.list_physical_devices("GPU"))
    cpus = tf.config.get_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0]
    )
    return "mirrored" if gpus > 1 or len(cpus or ()) > 1 else "one_device"


def _split_cpu(count: int) -> None:
    """Splits the processor into devices that stand for as many GPUs."""
    if count > 1:
        tf.config.set_logical_device_configuration(
            tf.config.list_physical_devices("CPU")[0],
            [tf.config.LogicalDeviceConfiguration() for _ in range(count)],
        )


def _find_cluster() -> Cluster | None:
    """Reads the environment."""
    if os.environ.get("TF_CONFIG"):
        return from_tf_config(os.environ["TF_CONFIG"])
    return from_slurm() if started_by_slurm(os.environ) else None


def _multi_worker(cluster: Cluster | None) -> Distribution:
    if cluster is None:
        raise ClusterError(
            "`train.strategy=multi_worker` needs several workers. Received: "
            "neither a TF_CONFIG that lists them nor a job of several tasks "
            "from Slurm's srun. Set TF_CONFIG, or try --set "
            "train.strategy=auto."
        )
    check_port_is_free(cluster)
    if cluster.index == 0:
        others = ", ".join(cluster.addresses[1:])
        announce(f"the chief waits for the other workers: {others}")
    if not is_local(cluster):
        announce(
            f"worker {cluster.index} should be at "
            f"{cluster.addresses[cluster.index]}, which is no address of this "
            "machine. If it was given a wrong index, all will wait for ever."
        )
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec({"worker": list(cluster.addresses)}),
        task_type="worker",
        task_id=cluster.index,
        rpc_layer="grpc",
    )
    try:
        with interruptible():
            strategy = tf.distribute.MultiWorkerMirroredStrategy(resolver)
    except (tf.errors.OpError, RuntimeError) as error:
        raise ClusterError(
            f"worker {cluster.index} of {len(cluster.addresses)} could not "
            f"join the others at {', '.join(cluster.addresses)}: {error}. "
            "Check that every worker was started with an index of its own "
            "and that these addresses can be reached."
        ) from error
    return Distribution(strategy, cluster)
