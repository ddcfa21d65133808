import asyncio
import os
import signal
import threading
import types

import httpx
import pytest

from tests.serving.conftest import body, fake_model
from tfformer.errors import ConfigError
from tfformer.serving import server as server_module
from tfformer.serving.batcher import Batcher
from tfformer.serving.limits import Limits
from tfformer.serving.metrics import Metrics
from tfformer.serving.server import (
    address,
    open_socket,
    open_versions,
    serve,
    stop,
)
from tfformer.serving.versions import Versions


def test_a_second_signal_ends_at_once():
    codes, told = [], []
    server = types.SimpleNamespace(
        should_exit=False, handle_exit=lambda number, frame: told.append(number)
    )
    stop(server, signal.SIGTERM, codes.append)
    assert (told, codes) == ([signal.SIGTERM], [])
    server.should_exit = True
    stop(server, signal.SIGTERM, codes.append)
    stop(server, signal.SIGINT, codes.append)
    assert codes == [143, 130]


@pytest.mark.parametrize("name", ["a/b", "a:b", "en#de", "en?de", "a b", "%41"])
def test_a_name_that_no_request_reaches_is_refused(tmp_path, name):
    with pytest.raises(ConfigError, match="`--model_name`.*Try --model_name="):
        open_versions(str(tmp_path), name, 1, {}, Metrics())
    (tmp_path / "fine").mkdir()
    found = open_versions(str(tmp_path / "fine"), None, 1, {}, Metrics())
    assert found.name == "fine"


def test_an_address_is_what_an_url_has():
    pair = ("::1", 8501, 0, 0)
    listener = types.SimpleNamespace(getsockname=lambda: pair)
    assert address(listener) == "[::1]:8501"
    listener = types.SimpleNamespace(getsockname=lambda: ("127.0.0.1", 80))
    assert address(listener) == "127.0.0.1:80"


def test_a_host_that_is_no_name_is_refused():
    with pytest.raises(ConfigError, match="`--host` and `--port`"):
        open_socket("x..y", 0)


def serving(test, tmp_path, limits, run=None):
    """Runs an async test, which must end `serve` by a signal, beside it.

    The test is called with a port. Returns what it does, and the codes that
    the process would have been ended with.
    """
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "saved_model.pb").touch()
    codes = []

    async def main():
        metrics = Metrics()
        versions = Versions(
            tmp_path, lambda path: fake_model(run=run), "tiny", metrics
        )
        listener, started = open_socket("127.0.0.1", 0), asyncio.Event()
        ended = asyncio.ensure_future(
            serve(
                listener,
                versions,
                Batcher(limits, metrics, batch_seconds=0),
                limits,
                metrics,
                poll_seconds=60,
                started=started.set,
                leave=codes.append,
            )
        )
        await started.wait()
        found = await test(listener.getsockname()[1])
        await ended
        return found

    return asyncio.run(main()), codes


def test_it_ends_without_a_batch_that_was_given_up(tmp_path):
    gate = threading.Event()

    def blocked(signature, inputs):
        gate.wait(5)
        return {"outputs": inputs["text"]}

    async def test(port):
        url = f"http://127.0.0.1:{port}/v1/models/tiny:predict"
        async with httpx.AsyncClient() as client:
            answer = await client.post(url, content=body(instances=["a"]))
        os.kill(os.getpid(), signal.SIGTERM)
        return answer.status_code

    limits = Limits(deadline_seconds=0.2)
    assert serving(test, tmp_path, limits, blocked) == (504, [0])
    gate.set()


def test_a_body_that_arrives_in_time_is_answered_after_the_signal(
    tmp_path, monkeypatch
):
    content = body(instances=["a"])
    head = (
        "POST /v1/models/tiny:predict HTTP/1.1\r\nHost: x\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )

    async def test(port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head.encode() + content[:5])
        # A server that has read this reads the rest, too.
        await asyncio.sleep(0.3)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0.5)
        writer.write(content[5:])
        answer = await reader.read()
        writer.close()
        return answer.partition(b"\r\n")[0]

    monkeypatch.setattr(server_module, "_GRACE_SECONDS", 0)
    limits = Limits(deadline_seconds=0.2, read_seconds=30)
    assert serving(test, tmp_path, limits) == (b"HTTP/1.1 200 OK", [])
