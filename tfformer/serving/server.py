"""Runs the application until a signal, and finishes what is in flight."""

import asyncio
import contextlib
import math
import os
import re
import signal
import socket
from collections.abc import Callable, Iterator, Mapping

import uvicorn

from tfformer.errors import ConfigError
from tfformer.leaving import leave
from tfformer.model_dir import check_model_dir
from tfformer.serving.app import Service, make_app
from tfformer.serving.batcher import Batcher
from tfformer.serving.limits import Limits
from tfformer.serving.metrics import Metrics
from tfformer.serving.saved_version import SavedVersion
from tfformer.serving.versions import Versions

# In a name, what no request could reach it by.
_UNREACHABLE = re.compile(r"[\s/:?#%]")
# Beyond the limits, for answers to be read.
_GRACE_SECONDS = 10


class _Server(uvicorn.Server):
    """Leaves signals to `serve`: uvicorn would end the process by them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def open_socket(host: str, port: int) -> socket.socket:
    """Listens.

    Args:
        host: name or address of this machine.
        port: 0 takes any that is free.

    Raises:
        ConfigError: if it cannot.
    """
    try:
        family = socket.getaddrinfo(host, port)[0][0]
        return socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise ConfigError(
            f"`--host` and `--port` must be free to listen on. Received: "
            f"{host}:{port} ({why}). Try another --port, or --port=0 for any."
        ) from error


def address(listener: socket.socket) -> str:
    """Returns "host:port" as an URL has it."""
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def open_versions(
    model_dir: str,
    name: str | None,
    num_versions: int,
    labels: Mapping[str, int],
    metrics: Metrics,
) -> Versions:
    """Returns the versions of an export's folder, not loaded yet.

    Args:
        model_dir: folder of the versions.
        name: of the model; None takes the folder's.
        num_versions: how many of the newest are served; 0 is all.
        labels: names of versions.
        metrics: what is counted.

    Raises:
        DataError: if there is no such folder, or it is a version itself.
    """
    folder = check_model_dir(model_dir)
    name = name or folder.name
    if _UNREACHABLE.search(name):
        raise ConfigError(
            "`--model_name` (by default the folder's) must be one part of an "
            f"address, without spaces and / : ? # %. Received: {name!r}. Try "
            "--model_name=model."
        )
    return Versions(
        folder,
        SavedVersion,
        name,
        metrics,
        num_versions,
        labels,
    )


def stop(
    server: uvicorn.Server,
    number: int,
    leave: Callable[[int], object] = os._exit,
) -> None:
    """Does what a signal asks for.

    Args:
        server: finishes what is in flight, at the first.
        number: of the signal.
        leave: ends the process, at the second; Python's own end would wait
            for the searches that threads are in.
    """
    if server.should_exit:
        leave(128 + number)
    server.handle_exit(number, None)


async def serve(
    listener: socket.socket,
    versions: Versions,
    batcher: Batcher,
    limits: Limits,
    metrics: Metrics,
    poll_seconds: float,
    started: Callable[[], None],
    leave: Callable[[int], object] = leave,
) -> None:
    """Serves until SIGTERM or SIGINT.

    Then no connection is taken any more, what has been asked is answered, and
    it returns; a second signal ends it at once.

    Args:
        listener: from `open_socket`.
        versions: loaded here.
        batcher: started here.
        limits: of requests.
        metrics: what is counted.
        poll_seconds: between two looks at the versions' folder.
        started: called once it is ready.
        leave: ends the process if a thread still computes a batch that all
            have given up.

    Raises:
        DataError: if no version can be loaded.
    """
    server = _Server(
        uvicorn.Config(
            make_app(Service(versions, batcher, limits, metrics)),
            log_level="warning",
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_keep_alive=75,
            # A body may only begin to arrive when the signal comes.
            timeout_graceful_shutdown=math.ceil(
                limits.read_seconds + limits.deadline_seconds + _GRACE_SECONDS
            ),
        )
    )
    await versions.start()
    batcher.start()
    polling = asyncio.ensure_future(versions.poll(poll_seconds))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(
            number, stop, server, number
        )
    try:
        asyncio.get_running_loop().call_soon(started)
        await server.serve(sockets=[listener])
    finally:
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)
        free = await batcher.stop()
    if not free:
        leave(0)
