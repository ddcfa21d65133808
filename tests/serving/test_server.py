"""tools.serve as a user runs it: a process, a socket, a real export."""

import concurrent.futures
import shutil
import socket
import threading
import time

import pytest
import requests
import tensorflow as tf

from bench import serving_load
from tests.conftest import run_program
from tests.serving.conftest import Server, saved_model_answers
from tfformer.data.pocket import triples

# Minutes of processes that start and stop; the rest of this room is quick.
pytestmark = pytest.mark.slow
TEXTS = [triple.english for triple in triples("test", 12)] + ["", "é \u2581"]


def post(url, **fields):
    return requests.post(url, json=fields, timeout=60)


def test_answers_are_those_of_the_saved_model(server, exported_translator):
    wanted = saved_model_answers(exported_translator / "1", TEXTS)
    rows = post(server.predict_url, instances=[{"text": t} for t in TEXTS])
    assert [row["outputs"] for row in rows.json()["predictions"]] == wanted
    columns = post(server.predict_url, inputs=TEXTS)
    assert columns.json()["outputs"]["outputs"] == wanted
    # Concurrent requests share batches and still get their own.
    with concurrent.futures.ThreadPoolExecutor(len(TEXTS)) as threads:
        single = threads.map(
            lambda text: post(server.predict_url, instances=[text]), TEXTS
        )
        outputs = [r.json()["predictions"][0]["outputs"] for r in single]
    assert outputs == wanted


def test_other_signatures_answer_too(server):
    text = TEXTS[0]
    found = post(
        server.predict_url,
        signature_name="n_best",
        inputs={"text": [text], "beam_size": 3},
    ).json()["outputs"]
    assert len(found["outputs"][0]) == 3
    assert found["scores"][0] == sorted(found["scores"][0], reverse=True)
    rows = post(
        server.predict_url, signature_name="attention", instances=[text]
    ).json()["predictions"]
    weights = rows[0]["attention"][0][0]
    assert len(weights) == len(rows[0]["target_pieces"])
    assert sum(weights[0]) == pytest.approx(1, abs=1e-4)


def test_a_client_of_tensorflow_serving_reads_what_it_knows(server):
    from google.protobuf import json_format
    from tensorflow_serving.apis import (
        get_model_metadata_pb2,
        get_model_status_pb2,
        predict_pb2,
    )

    base = f"{server.url}/v1/models/{server.name}"
    status = json_format.Parse(
        requests.get(f"{base}/labels/stable", timeout=60).text,
        get_model_status_pb2.GetModelStatusResponse(),
    )
    (version,) = status.model_version_status
    assert version.version == 1
    assert version.state == get_model_status_pb2.ModelVersionStatus.AVAILABLE
    metadata = requests.get(f"{base}/metadata", timeout=60).json()
    spec = metadata["model_spec"]
    assert (spec["name"], spec["version"]) == (server.name, "1")
    signatures = json_format.ParseDict(
        metadata["metadata"]["signature_def"],
        get_model_metadata_pb2.SignatureDefMap(),
    ).signature_def
    # A request as its types have it, written as its REST API has it.
    request = predict_pb2.PredictRequest()
    request.model_spec.name = server.name
    request.model_spec.signature_name = "beam_search"
    request.inputs["text"].CopyFrom(tf.make_tensor_proto(TEXTS[:2]))
    request.inputs["beam_size"].CopyFrom(tf.make_tensor_proto(2))
    signature = signatures[request.model_spec.signature_name]
    inputs = {}
    for name, proto in request.inputs.items():
        assert signature.inputs[name].dtype == proto.dtype
        values = tf.make_ndarray(proto)
        inputs[name] = (
            [value.decode() for value in values]
            if values.dtype == object
            else values.tolist()
        )
    answer = post(
        f"{server.url}/v1/models/{request.model_spec.name}:predict",
        signature_name=request.model_spec.signature_name,
        inputs=inputs,
    ).json()["outputs"]
    assert answer.keys() == signature.outputs.keys()
    assert tf.make_tensor_proto(answer["scores"]).tensor_shape.dim[0].size == 2


def test_a_load_with_wrong_requests_loses_none(server):
    options = serving_load.read_options(
        [f"--port={server.port}", "--clients=8", "--seconds=2", "--quiet"]
    )
    found = serving_load.load(options)
    assert found["lost"] == [] and found["unexpected"] == []
    assert {"200", "400"} <= set(found["statuses"])


def test_noise_on_the_socket_does_no_harm(server):
    for noise in (b"\x16\x03\x01\x00", b"GET / HTTP/9\r\n\r\n", b"\x00" * 99):
        with socket.create_connection(("127.0.0.1", server.port), 10) as s:
            s.sendall(noise)
    health = requests.get(f"{server.url}/healthz", timeout=60)
    assert health.json()["status"] == "ok"


def test_versions_come_and_go_and_sigterm_ends_with_all_answered(
    exported_translator, tmp_path
):
    folder = tmp_path / "tiny"
    shutil.copytree(exported_translator / "1", folder / "1")
    # Requests wait for company, so that SIGTERM finds them in flight.
    server = Server(
        folder,
        "--poll_seconds=0.1",
        "--batch_milliseconds=2000",
        "--limit=deadline_seconds=120",
    )
    try:
        shutil.copytree(exported_translator / "1", tmp_path / "aside")
        (tmp_path / "aside").rename(folder / "2")
        until(lambda: served(server) == ["2"])
        shutil.rmtree(folder / "1")
        answers = []
        threads = [
            threading.Thread(
                target=lambda: answers.append(
                    post(server.predict_url, inputs=TEXTS[:2])
                )
            )
            for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        # All must have come: what comes after SIGTERM is refused.
        until(lambda: in_flight(server) == 3)
        server.terminate()
        for thread in threads:
            thread.join()
        assert [answer.status_code for answer in answers] == [200] * 3
        # A second signal, as of `stop`, would end it at once.
        assert server.process.wait(timeout=240) == 0
    finally:
        server.stop()
    assert not [line for line in server.errors if "Traceback" in line]


def served(server):
    return requests.get(f"{server.url}/healthz", timeout=60).json()["versions"]


def in_flight(server):
    text = requests.get(f"{server.url}/metrics", timeout=60).text
    (line,) = [
        line
        for line in text.splitlines()
        if line.startswith("tfformer_requests_in_flight ")
    ]
    return float(line.split()[1])


def until(condition, seconds=60):
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--model_dir=nowhere"], b"`--model_dir` must be a folder"),
        (["--model_dir=tests"], b"must hold a version"),
        (["--model_dir=tests", "--limit=x=1"], b"must name one of body_bytes"),
        (["--model_dir=tests", "--label=x"], b"must be NAME=VALUE"),
    ],
)
def test_a_wrong_flag_is_one_line(flags, said):
    done = run_program("tools.serve", "--port=0", *flags)
    assert done.returncode == 2
    assert said in done.stderr and b"Traceback" not in done.stderr


@pytest.mark.slow
def test_64_clients_for_a_minute(server):
    found = serving_load.load(
        serving_load.read_options(
            [f"--port={server.port}", "--clients=64", "--seconds=60"]
        )
    )
    assert found["lost"] == [] and found["unexpected"] == []
    # Once warm, memory is flat: the last half of the minute adds nothing.
    memory = found["memory_megabytes"]
    assert memory[-1] < memory[len(memory) // 2] * 1.05
