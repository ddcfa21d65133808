"""TensorFlow Serving's REST API, and a page, as an ASGI application."""

import asyncio
import dataclasses
import importlib.resources
import json
import re
import time
import zlib

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from tfformer.serving.batcher import Batcher, Job
from tfformer.serving.limits import Limits
from tfformer.serving.metrics import Metrics
from tfformer.serving.predict import encode_predict, parse_predict
from tfformer.serving.rest_error import RestError, invalid, late
from tfformer.serving.versions import Versions

_PATH = re.compile(
    r"/v1/models/(?P<name>[^/:]+)"
    r"(?:/versions/(?P<version>\d+)|/labels/(?P<label>[^/:]+))?"
    r"(?P<verb>:predict|:classify|:regress|/metadata)?",
    re.ASCII,
)
# The only files there are to send: read once, by names written here.
_PAGE = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
}
_PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        "connect-src 'self'; img-src data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}
# How much of a body that is too large is read and thrown away, so that the
# sender comes to read the answer.
_DRAINED = 8
# Values of an answer that are written in a thread, off the event loop.
_MANY_VALUES = 2000


@dataclasses.dataclass(frozen=True)
class Service:
    """What the handlers need.

    Args:
        versions: of the model.
        batcher: started before the first request.
        limits: of requests.
        metrics: what is counted.
    """

    versions: Versions
    batcher: Batcher
    limits: Limits
    metrics: Metrics


def make_app(service: Service) -> Starlette:
    """Returns the application."""

    async def models(request: Request) -> Response:
        return await _models(service, request)

    async def healthz(request: Request) -> Response:
        served = service.versions.available()
        answer = {
            "status": "ok" if served else "no version is served",
            "model": service.versions.name,
            "versions": [str(number) for number in served],
        }
        return _json(answer, 200 if served else 503)

    async def metrics(request: Request) -> Response:
        return Response(
            service.metrics.exposition(),
            media_type="text/plain; version=0.0.4; charset=utf-8",
        )

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/metrics", metrics),
            Route("/v1/{rest:path}", models, methods=["GET", "POST"]),
            *(_page_route(path, *file) for path, file in _PAGE.items()),
        ],
        exception_handlers={
            HTTPException: _http_error,
            Exception: _unexpected_error,
        },
    )


def _page_route(path, name, media_type):
    folder = importlib.resources.files("tfformer.serving")
    content = (folder / "page" / name).read_bytes()

    async def page(request: Request) -> Response:
        return Response(content, media_type=media_type, headers=_PAGE_HEADERS)

    return Route(path, page)


async def _http_error(request, error):
    """What Starlette itself refuses: unknown paths and methods."""
    message = f"Malformed request: {request.method} {request.url.path}"
    return _json({"error": message}, error.status_code, error.headers)


async def _unexpected_error(request, error):
    """A bug of ours; Starlette logs its traceback."""
    return _json({"error": "Internal error; the log says more."}, 500)


def _json(answer, status=200, headers=None):
    # Half of a surrogate pair may come in a name; ASCII can hold it.
    return Response(
        json.dumps(answer).encode(),
        status,
        headers={"X-Content-Type-Options": "nosniff", **(headers or {})},
        media_type="application/json",
    )


async def _models(service, request):
    """Anything below /v1."""
    endpoint, signature = "other", ""
    try:
        match = _PATH.fullmatch(request.url.path)
        endpoint = _endpoint(match, request)
        if endpoint == "predict":
            with service.metrics.in_flight.track_inprogress():
                response, signature = await _predict(service, request, match)
        else:
            _require_name(service, match)
            describe = _status if endpoint == "status" else _metadata
            response = _json(describe(service, match))
    except RestError as error:
        response = _json({"error": error.message}, error.status, error.headers)
    except ClientDisconnect:
        # Nobody reads it; 499 is what the log of nginx calls this.
        response = _json({"error": "The client went away."}, 499)
    service.metrics.requests.labels(
        endpoint, signature, str(response.status_code)
    ).inc()
    return response


def _endpoint(match, request):
    """Which of the API's functions a path and a method name."""
    if match is None:
        raise RestError(
            404, f"Malformed request: {request.method} {request.url.path}"
        )
    verb = match["verb"] or ""
    if verb in (":classify", ":regress"):
        raise invalid(f"No signature has the method {verb[1:]}. Try :predict.")
    wanted = "POST" if verb == ":predict" else "GET"
    if request.method != wanted:
        raise RestError(
            405,
            f"Malformed request: {request.method} {request.url.path}. Try "
            f"{wanted}.",
            {"Allow": wanted},
        )
    return verb[1:] or "status"


def _require_name(service, match):
    if match["name"] != service.versions.name:
        raise RestError(
            404,
            f"Servable not found for request: Latest({match['name'][:80]}). "
            f"The model is {service.versions.name}.",
        )


def _status(service, match):
    """As TensorFlow Serving's `GetModelStatusResponse`."""
    statuses = service.versions.statuses()
    if match["version"] is not None or match["label"] is not None:
        number = service.versions.number(match["version"], match["label"])
        statuses = {number: statuses[number]}
    return {
        "model_version_status": [
            {
                "version": str(number),
                "state": state,
                "status": {
                    "error_code": "UNKNOWN" if error else "OK",
                    "error_message": error,
                },
            }
            for number, (state, error) in statuses.items()
        ]
    }


def _metadata(service, match):
    """As TensorFlow Serving's `GetModelMetadataResponse`."""
    with service.versions.held(match["version"], match["label"]) as model:
        return {
            "model_spec": {
                "name": service.versions.name,
                "signature_name": "",
                "version": str(model.number),
            },
            "metadata": {"signature_def": {"signature_def": model.metadata}},
        }


async def _predict(service, request, match):
    """Answers a predict request; returns its signature's name too."""
    body = await _body(request, service.limits)
    _require_name(service, match)
    started = time.monotonic()
    with service.versions.held(match["version"], match["label"]) as model:
        parsed = parse_predict(body, model.signatures, service.limits)
        outputs = await service.batcher.submit(_job(model, parsed))
    content = await _encode(service, outputs, parsed.by_row, started)
    name = parsed.signature.name
    service.metrics.seconds.labels(name).observe(time.monotonic() - started)
    service.metrics.sentences.inc(parsed.rows)
    return Response(content, media_type="application/json"), name


async def _encode(service, outputs, by_row, started):
    """Writes an answer, if it is not too large and there is time left."""
    limits = service.limits
    values = sum(array.size for array in outputs.values())
    if values > limits.answer_values:
        raise invalid(
            f"The values of an answer must not exceed {limits.answer_values} "
            f"(answer_values). Received: sentences whose answer has {values}. "
            "Try fewer or shorter ones, or a smaller beam."
        )
    if values <= _MANY_VALUES:
        return encode_predict(outputs, by_row)
    try:
        # A thread cannot be stopped: what it writes too late is thrown away.
        return await asyncio.wait_for(
            asyncio.to_thread(encode_predict, outputs, by_row),
            started + limits.deadline_seconds - time.monotonic(),
        )
    except (asyncio.TimeoutError, TimeoutError):
        service.metrics.late.inc()
        raise late(limits.deadline_seconds) from None


def _job(model, parsed):
    signature = parsed.signature
    batched, shared = {}, {}
    for name, array in parsed.inputs.items():
        of = batched if signature.inputs[name].is_batched else shared
        of[name] = array
    group = (
        model.number,
        signature.name,
        tuple((name, array.shape[1:]) for name, array in batched.items()),
        tuple((name, array.tobytes()) for name, array in shared.items()),
    )
    return Job(
        group if signature.joins else None,
        lambda inputs: model.run(signature.name, inputs),
        batched,
        shared,
        parsed.rows,
        parsed.length,
        parsed.beams,
    )


async def _body(request, limits):
    """The body, if it comes whole, in time and is not too large."""
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding not in ("identity", "gzip"):
        raise RestError(
            415,
            "Content-Encoding must be gzip or identity. Received: "
            f"{encoding[:20]}. Try without it.",
        )
    chunks: list[bytes] = []
    try:
        size = await asyncio.wait_for(
            _receive(request, chunks, limits.body_bytes), limits.read_seconds
        )
    except (asyncio.TimeoutError, TimeoutError):
        raise RestError(
            408,
            f"The body must arrive within {limits.read_seconds:g} s of the "
            "headers. Received: not all of it. Try a Content-Length that is "
            "the body's, or fewer sentences at a time.",
            {"Connection": "close"},
        ) from None
    body = b"".join(chunks)
    if encoding == "gzip" and size <= limits.body_bytes:
        body = _gunzip(body, limits.body_bytes)
        size = len(body)
    if size > limits.body_bytes:
        raise RestError(
            413,
            f"The body must not exceed {limits.body_bytes} bytes. Received: "
            f"{size} or more. Try fewer sentences at a time.",
        )
    return body


def _gunzip(body, most):
    """Unpacks a body, and no more than one byte beyond what is allowed."""
    stream = zlib.decompressobj(wbits=31)
    try:
        content = stream.decompress(body, most + 1)
    except zlib.error as error:
        raise invalid(f"The body is no gzip: {error}.") from None
    # One that is too large is not read to its end, and refused elsewhere.
    if len(content) <= most:
        _require_whole(stream)
    return content


def _require_whole(stream):
    """Refuses what may lack its end, and what would be left unread."""
    if stream.eof and not stream.unused_data:
        return
    received = (
        f"{len(stream.unused_data)} bytes after its end"
        if stream.eof
        else "one that is cut short"
    )
    raise invalid(
        f"The body must be one gzip stream, whole. Received: {received}. Try "
        "to pack it at once, and a Content-Length that is the packed body's."
    )


async def _receive(request, chunks, most):
    """Reads a body; returns its size, of which no more than `most` is kept."""
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= most:
            chunks.append(chunk)
        else:
            chunks.clear()
        if size > _DRAINED * most:
            break
    return size
