import pytest
import tensorflow as tf

from tfformer.config import TrainConfig
from tfformer.errors import ClusterError
from tfformer.training.cluster import Cluster
from tfformer.training.distribution import Distribution, make_distribution

ADDRESSES = ("a:1", "b:2", "c:3")
ABORTED = (
    "Graph execution error:\n\nDetected at node CollectiveReduceV2\n"
    "Collective ops is aborted by: Error reported from /job:worker/task:2: "
    "/job:worker/replica:0/task:2 stopped sending heartbeats\n"
    "\t [[{{node CollectiveReduceV2}}]]"
)


def of_worker(index):
    strategy = tf.distribute.get_strategy()
    return Distribution(strategy, Cluster(ADDRESSES, index))


def test_a_lost_worker_is_named():
    error = tf.errors.UnavailableError(None, None, ABORTED)
    lost = of_worker(0).lost_peer(error)
    assert lost.exit_code == 138
    assert str(lost).startswith("worker 0 lost worker 2 (c:3): it ended")
    assert "TensorFlow says: Collective ops is aborted by" in str(lost)
    # Its own name in an error says nothing of another.
    assert "lost another worker" in str(of_worker(2).lost_peer(error))


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (tf.errors.ResourceExhaustedError, ABORTED),
        (tf.errors.InvalidArgumentError, "Connection of shapes"),
        (tf.errors.InternalError, "a bug of ours"),
    ],
)
def test_other_errors_are_left_alone(error, text):
    assert of_worker(0).lost_peer(error(None, None, text)) is None


def test_one_worker_has_nobody_to_lose_or_to_tell():
    alone = Distribution(tf.distribute.get_strategy())
    error = tf.errors.UnavailableError(None, None, ABORTED)
    assert alone.lost_peer(error) is None
    assert alone.is_chief and alone.num_replicas == 1
    assert alone.gather(b"said") == [b"said"]
    assert alone.from_chief(b"said") == b"said"
    assert alone.any(True) and not alone.any(False)
    assert alone.chief_first(lambda: 3) == 3
    alone.copy_from_chief([])
    alone.part()
    alone.leave(0)


def test_several_workers_need_a_cluster(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(ClusterError, match="needs several workers"):
        make_distribution(TrainConfig(strategy="multi_worker"))
