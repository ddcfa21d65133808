"""Loads a running server and tells what came back.

python -m tools.serve --model_dir=E --port=8501 &
python -m bench.serving_load --port=8501 --clients=64 --seconds=60

Each client is a thread that asks for one to four sentences at a time, over a
connection that it keeps, as fast as it is answered. A tenth of the requests
(--malformed) are wrong, in every way below, and must be answered by the error
that belongs to them. Ends with 1 if a request was lost or an answer was not the
expected one. A full queue (503) and a missed deadline (504) are answers too.
"""

import argparse
import collections
import dataclasses
import http.client
import json
import random
import re
import sys
import threading
import time

from tfformer.data.pocket import triples


@dataclasses.dataclass
class Tally:
    """What one client saw.

    Attributes:
        seconds: of each answer to a right request.
        statuses: answers by status.
        unexpected: answers whose status was not the one expected.
        lost: requests without an answer.
        sentences: answered.
    """

    seconds: list = dataclasses.field(default_factory=list)
    statuses: collections.Counter = dataclasses.field(
        default_factory=collections.Counter
    )
    unexpected: list = dataclasses.field(default_factory=list)
    lost: list = dataclasses.field(default_factory=list)
    sentences: int = 0


def sentences(path) -> list:
    """What is asked for."""
    if path is None:
        return [triple.english for triple in triples("test", 500)]
    with open(path, encoding="utf-8") as file:
        return [line.strip() for line in file if line.strip()]


def right(draw: random.Random, lines: list) -> tuple[bytes, int]:
    """Draws a right request: body and sentences."""
    texts = draw.choices(lines, k=draw.randint(1, 4))
    body: dict = {"instances": [{"text": t} for t in texts]}
    kind = draw.random()
    if kind < 0.2:
        body = {"inputs": {"text": texts}}
    elif kind < 0.3:
        body = {
            "signature_name": "n_best",
            "inputs": {"text": texts, "beam_size": draw.randint(1, 4)},
        }
    elif kind < 0.35:
        body["signature_name"] = "attention"
    return json.dumps(body).encode(), len(texts)


def wrong(draw: random.Random) -> tuple[str, str, bytes, int]:
    """Draws a wrong request: method, verb, body and the status it must get."""

    def body(**fields):
        return json.dumps(fields).encode()

    return draw.choice(
        [
            ("POST", ":predict", b"", 400),
            ("POST", ":predict", b'{"instances": [', 400),
            ("POST", ":predict", b"\xff\xfe", 400),
            ("POST", ":predict", b"[" * 20000, 400),
            ("POST", ":predict", body(instances=[1, None]), 400),
            ("POST", ":predict", body(instances=["a", ["b"]]), 400),
            ("POST", ":predict", body(inputs={"words": ["a"]}), 400),
            ("POST", ":predict", body(instances=["a\x00"]), 400),
            ("POST", ":predict", b'{"instances": ["\\ud800"]}', 400),
            ("POST", ":predict", body(instances=[{"b64": "???"}]), 400),
            ("POST", ":predict", body(instances=["a"] * 5000), 400),
            ("POST", ":predict", body(instances=["a" * 100000]), 400),
            ("POST", ":predict", b" " * (1 << 21), 413),
            (
                "POST",
                ":predict",
                body(signature_name="no", instances=["a"]),
                400,
            ),
            ("POST", "/versions/999:predict", body(instances=["a"]), 404),
            ("POST", "/../../etc/passwd", b"", 404),
            ("DELETE", "", b"", 405),
            ("GET", ":predict", b"", 405),
        ]
    )


class Client(threading.Thread):
    """Asks until told to stop.

    Args:
        options: of the program.
        name: of the model.
        lines: sentences to ask for.
        seed: of its requests.
        until: when to stop, on the monotonic clock.
    """

    def __init__(self, options, name, lines, seed, until):
        super().__init__(daemon=True)
        self.lines = lines
        self.options, self.model, self.until = options, name, until
        self.draw, self.tally = random.Random(seed), Tally()
        self.connection = None

    def run(self):
        """Asks, and counts what comes."""
        while time.monotonic() < self.until:
            if self.draw.random() < self.options.malformed:
                method, verb, body, status = wrong(self.draw)
                self.ask(method, verb, body, (status,), 0)
            else:
                body, count = right(self.draw, self.lines)
                self.ask("POST", ":predict", body, (200, 503, 504), count)

    def ask(self, method, verb, body, expected, sentences):
        """Sends one request."""
        started = time.monotonic()
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection(
                    self.options.host, self.options.port, timeout=120
                )
            path = f"/v1/models/{self.model}{verb}"
            self.connection.request(method, path, body)
            response = self.connection.getresponse()
            answer = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.tally.lost.append(f"{method} {verb} {body[:40]!r}: {error!r}")
            self.connection.close()
            self.connection = None
            return
        if response.will_close:
            self.connection.close()
            self.connection = None
        self.tally.statuses[response.status] += 1
        if response.status not in expected or (
            (response.status == 200) == ("error" in answer)
        ):
            self.tally.unexpected.append((verb, body[:60], response.status))
        if response.status == 200:
            self.tally.seconds.append(time.monotonic() - started)
            self.tally.sentences += sentences
        if response.status == 503:
            time.sleep(float(response.headers["Retry-After"]))


def get(options, path):
    """Reads one of the server's own pages."""
    connection = http.client.HTTPConnection(
        options.host, options.port, timeout=60
    )
    connection.request("GET", path)
    return connection.getresponse().read().decode()


def resident(options) -> float:
    """Megabytes that the server holds, as it tells Prometheus."""
    found = re.search(
        r"^process_resident_memory_bytes (\S+)$",
        get(options, "/metrics"),
        re.MULTILINE,
    )
    return float(found[1]) / 1e6


def load(options) -> dict:
    """Runs the clients and adds up what they saw."""
    lines = sentences(options.input)
    if not lines:
        sys.exit(f"error: {options.input}: holds no sentence to ask for.")
    name = json.loads(get(options, "/healthz"))["model"]
    memory = [resident(options)]
    started = time.monotonic()
    until = started + options.seconds
    clients = [
        Client(options, name, lines, seed, until)
        for seed in range(options.clients)
    ]
    for client in clients:
        client.start()
    while time.monotonic() < until:
        time.sleep(min(options.seconds / 6, 10))
        memory.append(resident(options))
        if options.progress:
            done = sum(sum(c.tally.statuses.values()) for c in clients)
            print(
                f"{time.monotonic() - started:5.0f} s, {done} answers, "
                f"{memory[-1]:.0f} MB",
                file=sys.stderr,
            )
    for client in clients:
        client.join()
    return summary(clients, time.monotonic() - started, memory)


def summary(clients, seconds, memory) -> dict:
    """What all clients saw."""
    tallies = [client.tally for client in clients]
    statuses = sum((t.statuses for t in tallies), collections.Counter())
    times = sorted(second for t in tallies for second in t.seconds)
    return {
        "requests": sum(statuses.values()) + sum(len(t.lost) for t in tallies),
        "statuses": {str(s): n for s, n in sorted(statuses.items())},
        "lost": [lost for t in tallies for lost in t.lost],
        "unexpected": [repr(u) for t in tallies for u in t.unexpected],
        "sentences_per_second": round(
            sum(t.sentences for t in tallies) / seconds, 1
        ),
        "p50_seconds": round(times[len(times) // 2], 3) if times else None,
        "p99_seconds": (
            round(times[int(len(times) * 0.99)], 3) if times else None
        ),
        "memory_megabytes": [round(m) for m in memory],
    }


def read_options(arguments=None) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--malformed", type=float, default=0.1)
    parser.add_argument(
        "--quiet", dest="progress", action="store_false", help="no progress"
    )
    parser.add_argument(
        "--input", help="sentences, one a line; else those of pocket"
    )
    return parser.parse_args(arguments)


def main() -> None:
    """Reads the command line, loads, prints."""
    try:
        found = load(read_options())
    except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
        sys.exit(f"error: no such server or no such --input: {error!r}")
    print(json.dumps(found, indent=1))
    sys.exit(bool(found["lost"] or found["unexpected"]))


if __name__ == "__main__":
    main()
