"""Serves an export over HTTP: TensorFlow Serving's REST API, and a page.

python -m tools.serve --model_dir=E [--port=8501]

Then `http://127.0.0.1:8501/` is the page and
`http://127.0.0.1:8501/v1/models/E:predict` the API. docs/serving.md has
examples. Needs the extra [serve]. SIGTERM answers what is in flight and ends.
"""

import importlib.util
import math

from absl import flags

from pipelines import app
from tfformer.errors import ConfigError, UserError

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "model_dir",
    None,
    "Folder of the model's versions, as tools.export_saved_model writes them. "
    "Versions that come are loaded, those that go are unloaded.",
    required=True,
)
flags.DEFINE_string(
    "model_name",
    None,
    "The model's name in URLs; by default that of its folder.",
)
flags.DEFINE_string(
    "host",
    "127.0.0.1",
    "Address to listen on. Only programs of this machine reach the default; "
    "0.0.0.0 is all of its networks. There is no access control.",
)
flags.DEFINE_integer(
    "port",
    8501,
    "Port to listen on; 0 takes any.",
    lower_bound=0,
    upper_bound=65535,
)
flags.DEFINE_integer(
    "num_versions",
    1,
    "How many of the newest versions are served; 0 is all.",
    lower_bound=0,
)
flags.DEFINE_multi_string(
    "label", [], "Names a version, for /labels/NAME: NAME=VERSION."
)
flags.DEFINE_float(
    "poll_seconds",
    2.0,
    "Seconds between two looks at --model_dir.",
    lower_bound=0.05,
)
flags.DEFINE_integer(
    "batch_size", 32, "Most sentences of a batch.", lower_bound=1
)
flags.DEFINE_float(
    "batch_milliseconds",
    2.0,
    "Longest that a request waits for others to share its batch while a "
    "thread is free.",
    lower_bound=0.0,
)
flags.DEFINE_integer(
    "batch_threads", 1, "Batches computed at the same time.", lower_bound=1
)
flags.DEFINE_multi_string(
    "limit",
    [],
    "Replaces a limit: NAME=VALUE, such as sentences=64 or "
    "deadline_seconds=5. An unknown one lists them all. May be repeated.",
)


def check() -> None:
    """Raises for packages that are missing, and flags of a wrong form."""
    for name in ("prometheus_client", "starlette", "uvicorn"):
        if importlib.util.find_spec(name) is None:
            raise UserError(
                f"{name} is not installed. Try pip install 'tfformer[serve]'."
            )
    _limits()
    _pairs("label", int)


def main() -> None:
    """Loads, listens, serves."""
    import asyncio

    from tfformer.serving.batcher import Batcher
    from tfformer.serving.metrics import Metrics
    from tfformer.serving.server import (
        address,
        open_socket,
        open_versions,
        serve,
    )

    limits, metrics = _limits(), Metrics()
    versions = open_versions(
        FLAGS.model_dir,
        FLAGS.model_name,
        FLAGS.num_versions,
        _pairs("label", int),
        metrics,
    )
    listener = open_socket(FLAGS.host, FLAGS.port)
    url = f"http://{address(listener)}"

    async def run() -> None:
        batcher = Batcher(
            limits,
            metrics,
            FLAGS.batch_size,
            FLAGS.batch_milliseconds / 1000,
            FLAGS.batch_threads,
        )
        await serve(
            listener,
            versions,
            batcher,
            limits,
            metrics,
            FLAGS.poll_seconds,
            started=lambda: print(
                f"{versions.name} version {versions.available()[0]} at "
                f"{url}/v1/models/{versions.name}:predict, page at {url}/",
                flush=True,
            ),
        )

    asyncio.run(run())


def _limits():
    """The limits, with what --limit replaces."""
    from tfformer.serving.limits import read_limits

    return read_limits(_pairs("limit", float))


def _pairs(flag, kind):
    """Reads NAME=VALUE."""
    pairs = {}
    for text in FLAGS[flag].value:
        name, _, value = text.partition("=")
        try:
            pairs[name] = kind(value)
            finite = math.isfinite(pairs[name])
        except ValueError:
            finite = False
        if not finite:
            raise ConfigError(
                f"`--{flag}` must be NAME=VALUE, with a finite number. "
                f"Received: {text}."
            )
    return pairs


if __name__ == "__main__":
    app.run(main, check=check)
