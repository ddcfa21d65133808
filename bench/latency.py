"""Measures one sentence alone, plain and by XLA, beside CTranslate2.

python -m bench.latency --ct2_python=VENV/bin/python [--rounds=200]

VENV has ctranslate2; without it tfformer is measured alone. 3 + 3 layers, 256
wide, 8,000 pieces, random weights, float32, one thread each: 32 tokens to
exactly 32, greedy and with a beam of 4. They take turns, a sentence each.
Prints 50th and 99th percentiles in wall-clock milliseconds, and speed beside
the last of them: the median of the ratios of each turn.
"""

import argparse
import pathlib
import statistics
import subprocess
import sys
import time

from bench import environment
from bench.arguments import positive
from bench.rounds import forth_and_back

# Before TensorFlow is imported.
environment.prepare(threads=1)
LENGTH = 32


def main() -> None:
    """Measures and prints both searches."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--ct2_python", help="of a venv with ctranslate2")
    parser.add_argument("--rounds", type=positive, default=200)
    options = parser.parse_args()
    from bench.fixed_length import make_model, make_search

    model = make_model()
    for beam in (1, 4):
        clients = {
            name: ours(
                make_search(model, 1, LENGTH, LENGTH, beam, jit_compile=jit)
            )
            for name, jit in (("--jit_compile", True), ("tfformer", False))
        }
        if options.ct2_python:
            clients["CTranslate2"] = theirs(options.ct2_python, beam)
        report(beam, measure(clients, options.rounds))


def ours(search):
    """Makes a function that translates once and returns its seconds."""

    def timed():
        start = time.perf_counter()
        search()
        return time.perf_counter() - start

    return timed


def theirs(python: str, beam: int):
    """The same, of a worker process."""
    script = pathlib.Path(__file__).with_name("ct2_worker.py")
    worker = subprocess.Popen(
        [python, str(script), str(LENGTH), str(beam)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def timed():
        worker.stdin.write("\n")
        worker.stdin.flush()
        for line in worker.stdout:
            if line.startswith("@ "):
                return float(line[2:])
        sys.exit(f"{script}: it ended with exit code {worker.wait()}.")

    return timed


def measure(clients, rounds: int) -> dict[str, list[float]]:
    """Returns the seconds of every turn, after three that are not timed."""
    seconds = {name: [] for name in clients}
    for name in forth_and_back(clients, rounds + 3):
        seconds[name].append(clients[name]())
    return {name: values[3:] for name, values in seconds.items()}


def report(beam: int, seconds: dict[str, list[float]]) -> None:
    """Prints percentiles, and speed as a share of the last client's."""
    last = list(seconds.values())[-1]
    for name, values in seconds.items():
        cuts = statistics.quantiles(values, n=100, method="inclusive")
        speed = statistics.median(
            b / a for a, b in zip(values, last, strict=True)
        )
        print(
            f"beam {beam}, {name}: p50 {1000 * cuts[49]:.1f} ms, "
            f"p99 {1000 * cuts[98]:.1f} ms, speed {speed:.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
