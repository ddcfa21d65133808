"""Measures how the cost of a training step grows, and draws it.

python -m bench.growth [--output=growth] [--only=length,...] [--steps=3]
python -m bench.growth --output=growth --redraw

Each point is a process of its own with one thread: a model, a batch of random
tokens, the fastest of a few steps, and the memory that they needed above what
was there before the first. One thing is varied at a time: tokens of a batch,
their length at equal tokens, the same with self-attention restricted to a
window of 64, vocabulary, layers, width. An exponent is the slope of log cost
against log size from the middle size on (of two, the smaller), where fixed
costs weigh least. Writes OUTPUT.csv and, where matplotlib is installed,
OUTPUT.png. What --only leaves out is kept as OUTPUT.csv has it.
"""

import argparse
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import time

from bench import environment
from bench.arguments import positive
from bench.measured_rows import merge, read

BASE = {"tokens": 1024, "length": 32, "vocab": 8000, "layers": 2, "width": 256}
LENGTHS = (32, 64, 128, 256, 512, 1024, 2048)
SIZES = {
    "tokens": (256, 512, 1024, 2048, 4096, 8192),
    "length": LENGTHS,
    # Lengths too, and drawn beside them.
    "restricted": LENGTHS,
    "vocab": (4000, 8000, 16_000, 32_000, 64_000),
    "layers": (1, 2, 4, 8),
    "width": (64, 128, 256, 512, 1024),
}
# At equal tokens, so many that the longest sentence fits twice.
TOKENS_OF_LENGTH = 4096
WINDOW = 64


def main() -> None:
    """Measures every point, prints it, and writes the files."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--output", default="growth")
    parser.add_argument("--only", default=",".join(SIZES))
    parser.add_argument(
        "--steps", type=positive, default=3, help="timed, a point"
    )
    parser.add_argument(
        "--redraw", action="store_true", help="from OUTPUT.csv, as it is"
    )
    parser.add_argument(
        "--point",
        help="JSON of tokens, length, vocab, layers, width, window and "
        "recompute: measures that one in this process",
    )
    options = parser.parse_args()
    if options.point:
        point = {**BASE, **json.loads(options.point)}
        print(json.dumps(measure(point, options.steps)))
        return
    path = f"{options.output}.csv"
    names = options.only.split(",")
    unknown = sorted(set(names) - set(SIZES))
    if unknown:
        parser.error(
            f"--only takes {', '.join(SIZES)}. Received: {', '.join(unknown)}."
        )
    if not options.redraw:
        write(path, names, options.steps)
    elif not os.path.isfile(path):
        parser.error(f"--redraw needs {path}, which is not there.")
    rows = read(path, ["varied"])
    for name in dict.fromkeys(row["varied"] for row in rows):
        of_name = [row for row in rows if row["varied"] == name]
        print(
            f"{name}: seconds ~ size^{exponent(of_name, 'seconds'):.2f}, "
            f"memory ~ size^{exponent(of_name, 'megabytes'):.2f}"
        )
    draw(rows, f"{options.output}.png")


def write(path: str, names: list[str], steps: int) -> None:
    """Measures every point, and writes what has been measured."""
    for name in names:
        rows = []
        for size in SIZES[name]:
            result = run(point_of(name, size), steps)
            rows.append({"varied": name, "size": size, **result})
            print(json.dumps(rows[-1]), flush=True)
        merge(path, rows, "varied", list(SIZES))


def point_of(name: str, size: int) -> dict[str, int]:
    """Returns what `measure` takes where one thing has a size of its own."""
    if name == "restricted":
        return {**point_of("length", size), "window": WINDOW}
    if name == "length":
        return {**BASE, "tokens": TOKENS_OF_LENGTH, "length": size}
    return {**BASE, name: size}


def run(point: dict[str, int], steps: int) -> dict[str, float]:
    """Measures a point in a process of its own."""
    command = [sys.executable, "-m", "bench.growth", f"--steps={steps}"]
    done = subprocess.run(
        [*command, f"--point={json.dumps(point)}"],
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def measure(point: dict[str, int], steps: int) -> dict[str, float]:
    """Times steps of one model on one batch, on one thread."""
    environment.prepare(threads=1)
    import numpy as np
    import tensorflow as tf

    from tfformer.training.adam import FusedAdam
    from tfformer.training.build import compile_for_fit
    from tfformer.training.learner import LearningTransformer

    model = LearningTransformer(
        source_vocab_size=point["vocab"],
        target_vocab_size=point["vocab"],
        num_layers=point["layers"],
        model_dim=point["width"],
        ffn_dim=4 * point["width"],
        num_heads=max(1, point["width"] // 64),
        attention_window=point.get("window", 0),
        recompute=bool(point.get("recompute")),
    )
    model.build()
    compile_for_fit(model, FusedAdam(1e-4))
    shape = (max(1, point["tokens"] // point["length"]), point["length"])
    random = np.random.default_rng(0)
    batch = tuple(
        random.integers(3, point["vocab"], shape).astype("int32")
        for _ in range(2)
    )
    step = tf.function(model.train_step)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    times = []
    for _ in range(steps + 1):
        start = time.perf_counter()
        float(step((batch,))["loss"])
        times.append(time.perf_counter() - start)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # The first step is traced.
    return {
        "seconds": min(times[1:]),
        "megabytes": (after - before) / 1024,
        "process_megabytes": after / 1024,
    }


def exponent(rows: list[dict], name: str) -> float:
    """Least squares of log cost on log size, from the middle size on."""
    upper = rows[(len(rows) - 1) // 2 :]
    x = [math.log(row["size"]) for row in upper]
    y = [math.log(max(row[name], 1e-9)) for row in upper]
    return statistics.linear_regression(x, y).slope


def draw(rows: list[dict], path: str) -> None:
    """Draws seconds and memory against each size, log-log."""
    try:
        import matplotlib
    except ImportError:
        print(f"no {path}: matplotlib is not installed", file=sys.stderr)
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot, ticker

    columns = [
        name
        for name in dict.fromkeys(row["varied"] for row in rows)
        if name != "restricted"
    ]
    figure, axes = pyplot.subplots(
        2, len(columns), figsize=(3.2 * len(columns), 6), squeeze=False
    )
    units = {"seconds": "seconds a step", "megabytes": "MB above the start"}
    for column, name in enumerate(columns):
        curves = [name, "restricted"] if name == "length" else [name]
        for line, (cost, label) in enumerate(units.items()):
            axis, titles = axes[line][column], []
            for curve in curves:
                points = [row for row in rows if row["varied"] == curve]
                if not points:
                    continue
                sizes = [int(row["size"]) for row in points]
                costs = [row[cost] for row in points]
                axis.loglog(sizes, costs, "o-", label=curve)
                titles.append(f"size^{exponent(points, cost):.2f}")
            axis.set_xlabel(name)
            axis.xaxis.set_minor_locator(ticker.NullLocator())
            axis.set_xticks(sizes, labels=map(str, sizes), rotation=45)
            axis.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 3, 5)))
            axis.yaxis.set_minor_locator(ticker.NullLocator())
            axis.yaxis.set_major_formatter(ticker.FormatStrFormatter("%g"))
            axis.set_title(", restricted ".join(titles))
            axis.grid(True, which="both", alpha=0.3)
            if len(titles) > 1:
                axis.legend(["full", f"restricted, r = {WINDOW}"], fontsize=8)
            if column == 0:
                axis.set_ylabel(label)
    figure.suptitle("A training step, one thing varied at a time")
    figure.tight_layout()
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
