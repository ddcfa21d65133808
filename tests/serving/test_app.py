"""Paths, statuses and headers of the application, without a network."""

import asyncio
import gzip
import threading

import httpx
import numpy as np
import pytest

from tests.serving.conftest import body, fake_model
from tfformer.serving import app as app_module
from tfformer.serving.app import Service, make_app
from tfformer.serving.batcher import Batcher
from tfformer.serving.limits import Limits
from tfformer.serving.metrics import Metrics
from tfformer.serving.versions import Versions

PREDICT = "/v1/models/tiny:predict"
HELLO = body(instances=["hello"])


def with_client(test, tmp_path, limits=None, run=None):
    """Runs an async test with a client of an application."""
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "saved_model.pb").touch()
    limits = limits or Limits(body_bytes=1000)

    async def main():
        metrics = Metrics()
        versions = Versions(
            tmp_path, lambda path: fake_model(run=run), "tiny", metrics
        )
        await versions.start()
        batcher = Batcher(limits, metrics, batch_seconds=0)
        batcher.start()
        app = make_app(Service(versions, batcher, limits, metrics))
        try:
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(app, raise_app_exceptions=False),
                base_url="http://test",
            ) as client:
                return await test(client)
        finally:
            await batcher.stop()

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        ("POST", PREDICT, HELLO, 200),
        ("POST", "/v1/models/tiny/versions/1:predict", HELLO, 200),
        ("POST", "/v1/models/tiny/versions/2:predict", HELLO, 404),
        ("POST", "/v1/models/tiny/labels/x:predict", HELLO, 404),
        ("POST", "/v1/models/huge:predict", HELLO, 404),
        ("POST", "/v1/models/tiny:classify", HELLO, 400),
        ("POST", PREDICT, b"{", 400),
        ("POST", PREDICT, b" " * 1001, 413),
        ("POST", PREDICT, b" " * 100_000, 413),
        ("GET", PREDICT, b"", 405),
        ("POST", "/v1/models/tiny", b"", 405),
        ("DELETE", "/v1/models/tiny", b"", 405),
        ("GET", "/v1/models/tiny", b"", 200),
        ("GET", "/v1/models/tiny/versions/1", b"", 200),
        ("GET", "/v1/models/tiny/versions/3", b"", 404),
        ("GET", "/v1/models/tiny/metadata", b"", 200),
        ("GET", "/v1/models/huge/metadata", b"", 404),
        ("GET", "/v1/models", b"", 404),
        ("GET", "/v1/models/%2e%2e%2f%2e%2e/metadata", b"", 404),
        ("GET", "/page/..%2f..%2fapp.py", b"", 404),
        ("GET", "/page.py", b"", 404),
        ("GET", "/favicon.ico", b"", 404),
        ("GET", "/healthz", b"", 200),
    ],
)
def test_every_answer_is_json_with_its_status(
    tmp_path, method, path, content, status
):
    async def test(client):
        return await client.request(method, path, content=content)

    answer = with_client(test, tmp_path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert ("error" in answer.json()) == (status != 200)
    if status == 405:
        assert answer.headers["allow"]


@pytest.mark.parametrize(
    ("encoding", "content", "status"),
    [
        ("gzip", gzip.compress(HELLO, mtime=0), 200),
        ("gzip", gzip.compress(HELLO.ljust(1000), mtime=0), 200),
        ("gzip", gzip.compress(HELLO.ljust(1001), mtime=0), 413),
        ("gzip", gzip.compress(b" " * 10**6, mtime=0), 413),
        ("gzip", HELLO, 400),
        ("br", HELLO, 415),
    ],
)
def test_a_packed_body_is_unpacked_within_the_limit(
    tmp_path, encoding, content, status
):
    async def test(client):
        return await client.post(
            PREDICT, content=content, headers={"Content-Encoding": encoding}
        )

    assert with_client(test, tmp_path).status_code == status


PACKED = gzip.compress(HELLO, mtime=0)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "cut short"),
        # The document is whole, but not the check sum after it.
        (PACKED[:-8], "cut short"),
        (PACKED[:-1], "cut short"),
        (PACKED + b"more", "4 bytes after its end"),
        (PACKED + PACKED, f"{len(PACKED)} bytes after its end"),
    ],
)
def test_a_packed_body_is_one_whole_stream(tmp_path, content, said):
    async def test(client):
        return await client.post(
            PREDICT, content=content, headers={"Content-Encoding": "gzip"}
        )

    answer = with_client(test, tmp_path)
    assert answer.status_code == 400
    assert said in answer.json()["error"]


def test_a_body_that_does_not_come_is_not_waited_for(tmp_path):
    limits = Limits(read_seconds=0.05)
    # httpx gathers a body before it sends it to an application in memory, so
    # the application is asked here as a server asks it.
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "saved_model.pb").touch()

    async def main():
        metrics = Metrics()
        versions = Versions(tmp_path, lambda p: fake_model(), "tiny", metrics)
        await versions.start()
        app = make_app(
            Service(versions, Batcher(limits, metrics), limits, metrics)
        )
        sent = []

        async def receive():
            await asyncio.sleep(30)

        async def send(message):
            sent.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "path": PREDICT,
            "headers": [],
            "query_string": b"",
            "scheme": "http",
            "server": ("test", 80),
        }
        await app(scope, receive, send)
        return sent

    start, answer = asyncio.run(main())
    assert start["status"] == 408
    assert b"The body must arrive within 0.05 s" in answer["body"]


def test_a_failing_model_is_not_the_clients_fault(tmp_path):
    def fail(signature, inputs):
        raise RuntimeError("secret path")

    async def test(client):
        return await client.post(PREDICT, content=HELLO)

    answer = with_client(test, tmp_path, run=fail)
    assert answer.status_code == 500
    assert "secret" not in answer.text


def test_busy_and_late_have_their_statuses(tmp_path):
    gate, taken = threading.Event(), threading.Event()

    def blocked(signature, inputs):
        taken.set()
        gate.wait(30)
        return {"outputs": inputs["text"]}

    async def test(client):
        posts = [asyncio.ensure_future(client.post(PREDICT, content=HELLO))]
        while not taken.is_set():
            await asyncio.sleep(0.01)
        # One of these finds a place in the queue, the other none.
        posts += [client.post(PREDICT, content=HELLO) for _ in range(2)]
        answers = await asyncio.gather(*posts)
        gate.set()
        return answers

    limits = Limits(queue_sentences=1, deadline_seconds=0.5)
    answers = with_client(test, tmp_path, limits, blocked)
    answers.sort(key=lambda answer: answer.status_code)
    assert [answer.status_code for answer in answers] == [503, 504, 504]
    assert int(answers[0].headers["Retry-After"]) >= 1


def test_an_answer_has_no_more_values_than_allowed(tmp_path):
    async def test(client):
        return [
            await client.post(PREDICT, content=body(instances=["a"] * rows))
            for rows in (3, 4)
        ]

    # An output and a score for each.
    written, refused = with_client(test, tmp_path, Limits(answer_values=6))
    assert (written.status_code, refused.status_code) == (200, 400)
    said = refused.json()["error"]
    assert "must not exceed 6 (answer_values)" in said and "has 8." in said


def test_the_deadline_holds_for_writing_the_answer_too(tmp_path, monkeypatch):
    gate = threading.Event()

    def slow(outputs, by_row):
        gate.wait(30)
        return b"{}"

    def many(signature, inputs):
        return {"scores": np.zeros([len(inputs["text"]), 3000])}

    async def test(client):
        answer = await client.post(PREDICT, content=HELLO)
        gate.set()
        metrics = (await client.get("/metrics")).text
        return answer, metrics

    monkeypatch.setattr(app_module, "encode_predict", slow)
    limits = Limits(deadline_seconds=0.5)
    answer, metrics = with_client(test, tmp_path, limits, many)
    assert answer.status_code == 504
    assert "no answer within 0.5 s" in answer.json()["error"]
    assert "tfformer_deadline_exceeded_total 1.0" in metrics


def test_what_the_empty_queue_cannot_hold_is_not_to_come_later(tmp_path):
    async def test(client):
        return [
            await client.post(PREDICT, content=body(instances=["a"] * rows))
            for rows in (2, 3)
        ]

    limits = Limits(queue_sentences=2)
    held, refused = with_client(test, tmp_path, limits)
    assert (held.status_code, refused.status_code) == (200, 400)
    said = refused.json()["error"]
    assert "must not exceed 2 (queue_sentences). Received: 3" in said
    assert "Retry-After" not in refused.headers


def test_metrics_take_no_label_from_a_request(tmp_path):
    async def test(client):
        for path in ("/v1/models/a1b2:predict", "/v1/a1b2"):
            await client.post(path, content=HELLO)
        await client.post(
            PREDICT, content=body(signature_name="a1b2", instances=["x"])
        )
        await client.post(PREDICT, content=HELLO)
        return (await client.get("/metrics")).text

    text = with_client(test, tmp_path)
    assert "a1b2" not in text
    assert "tfformer_sentences_total 1.0" in text
    assert 'status="404"' in text


def test_the_page_is_whole_and_needs_no_other_host(tmp_path):
    async def test(client):
        return [
            await client.get(path) for path in ("/", "/page.css", "/page.js")
        ]

    html, css, script = with_client(test, tmp_path)
    policy = html.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    for part in (html.text, css.text, script.text):
        assert "https://" not in part
        assert "innerHTML" not in part
