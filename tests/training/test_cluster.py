import json
import socket

import pytest

from tfformer.errors import ClusterError
from tfformer.training.cluster import (
    Cluster,
    check_port_is_free,
    from_tf_config,
    has_others,
    is_local,
)


def config(cluster, kind="worker", index=0):
    return json.dumps(
        {"cluster": cluster, "task": {"type": kind, "index": index}}
    )


def test_workers_are_numbered_behind_the_chief():
    text = config({"worker": ["b:1", "c:2"], "chief": ["a:3"]}, index=1)
    assert from_tf_config(text) == Cluster(("a:3", "b:1", "c:2"), 2)
    text = config({"worker": ["b:1"], "master": ["a:3"]}, "master")
    assert from_tf_config(text) == Cluster(("a:3", "b:1"), 0)
    text = config({"worker": ["b:1", "c:2"]}, index=0)
    assert from_tf_config(text) == Cluster(("b:1", "c:2"), 0)


@pytest.mark.parametrize("text", ["{}", config({"worker": ["a:1"]})])
def test_one_process_is_no_cluster(text):
    assert from_tf_config(text) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{'worker'", "must be JSON"),
        ('{"cluster": []}', "must hold a cluster and a task"),
        ('{"clusters": {"worker": ["a:1", "b:1"]}}', "must hold a cluster"),
        ('{"task": {"type": "worker", "index": 1}}', "must hold a cluster"),
        ("[]", "must hold a cluster"),
        ("5", "must hold a cluster"),
        (config({"ps": ["a:1"], "worker": ["b:1"]}), "no parameter servers"),
        (config({"worker": ["a:1", "b:1"]}, "evaluator"), "'evaluator'"),
        (
            config({"worker": ["a:1"], "evaluator": ["e:1"]}, "evaluator"),
            "'evaluator'",
        ),
        (config({"worker": ["a:1", "b:1"]}, index=2), r"index in \[0, 2\)"),
        (config({"worker": ["a:1", "b:1"]}, index="0"), "index '0'"),
        (config({"worker": ["a:1", "a:1"]}), "a:1 twice"),
        (config({"worker": ["a:1", "b"]}), '"host:port"'),
        (config({"worker": ["a:1", "b:65536"]}), '"host:port"'),
    ],
)
def test_a_wrong_description_is_refused(text, words):
    with pytest.raises(ClusterError, match=words) as caught:
        from_tf_config(text)
    # The cure.
    assert "Set it to something like" in str(caught.value)


def test_a_port_in_use_is_named():
    with socket.socket() as taken:
        taken.bind(("", 0))
        taken.listen()
        port = taken.getsockname()[1]
        cluster = Cluster(("elsewhere:1", f"localhost:{port}"), 1)
        with pytest.raises(ClusterError, match=f"port {port} .*same index"):
            check_port_is_free(cluster)
    check_port_is_free(cluster)


def test_the_environment_says_whether_there_are_others():
    assert not has_others({})
    assert not has_others({"SLURM_STEP_NUM_TASKS": "1", "TF_CONFIG": ""})
    assert has_others({"SLURM_STEP_NUM_TASKS": "2"})
    assert has_others({"TF_CONFIG": "{"})


def test_an_address_of_another_machine_is_noticed():
    assert is_local(Cluster(("localhost:1", "127.0.0.1:2"), 0))
    # Set aside for documentation: no machine has it (RFC 5737).
    assert not is_local(Cluster(("192.0.2.1:1", "localhost:2"), 0))


def test_a_name_that_is_not_known_yet_may_be_this_machines(monkeypatch):
    def unknown(host):
        raise socket.gaierror(host)

    monkeypatch.setattr("socket.gethostbyname", unknown)
    assert is_local(Cluster(("new-pod:1", "localhost:2"), 0))
