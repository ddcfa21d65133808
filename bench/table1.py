"""Measures what the paper's Table 1 claims, one layer at a time.

python -m bench.table1 [--output=table1] [--only=lstm,...]
python -m bench.table1 --output=table1 --redraw

Layers: self-attention, recurrent (Keras's LSTM and GRU), convolutional
(Keras's Conv1D, kernel 3) and restricted self-attention (r = 64), for n of 16
to 4,096 positions and widths d of 64 to 1,024. A point is a process of its own
with one thread: one sequence, forward and backward (gradients of input and
weights), the least processor time of a few runs, which other programs disturb
less than a clock, and the memory that they needed above what 16 positions had
needed. FLOPs are those of the matrix products, by formula. An
exponent of n is the slope of log cost against log n from n = 1,024 on, at
d = 256; one of d is that against log d from d = 256 on, at n = 4,096: where
little is left of fixed costs.
Writes OUTPUT.csv and, where matplotlib is installed, OUTPUT.png. Layers that
--only leaves out are kept as OUTPUT.csv has them.
"""

import argparse
import json
import math
import multiprocessing
import os
import platform
import resource
import statistics
import sys
import time

from bench import environment
from bench.measured_rows import merge, read

LENGTHS = (16, 64, 256, 1024, 4096)
WIDTHS = (64, 128, 256, 512, 1024)
KERNEL = 3
WINDOW = 64
# The paper's head width; that many heads as fit.
HEAD_DIM = 64
# Exponents of n and d that the paper gives.
PAPER = {
    "self_attention": (2, 1),
    "lstm": (1, 2),
    "gru": (1, 2),
    "convolution": (1, 2),
    "restricted": (1, 1),
}
# The exponent of n is drawn at one width, and each from these sizes on.
WIDTH_OF_LENGTHS = 256
LEAST_FITTED = {"n": 1024, "d": 256}
COSTS = {
    "seconds": "processor seconds, forward and backward",
    "megabytes": "MB above those of 16 positions",
    "flops": "FLOPs, forward and backward",
}
# Below this, memory says more about the process than about the layer.
LEAST_MEGABYTES = 1.0


def main() -> None:
    """Measures every point, prints it, and writes the files."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--output", default="table1")
    parser.add_argument("--only", default=",".join(PAPER))
    parser.add_argument(
        "--redraw", action="store_true", help="from OUTPUT.csv, as it is"
    )
    parser.add_argument(
        "--point",
        help="JSON of layer, n and d: measures that one in this process",
    )
    options = parser.parse_args()
    if options.point:
        print(json.dumps(measure(**json.loads(options.point))))
        return
    names = options.only.split(",")
    unknown = sorted(set(names) - set(PAPER))
    if unknown:
        parser.error(
            f"--only takes {', '.join(PAPER)}. Received: {', '.join(unknown)}."
        )
    path = f"{options.output}.csv"
    if not options.redraw:
        write(path, names)
    elif not os.path.isfile(path):
        parser.error(f"--redraw needs {path}, which is not there.")
    rows = read(path, ["layer", "machine"])
    print(table(rows))
    draw(rows, f"{options.output}.png")


def write(path: str, names: list[str]) -> None:
    """Measures every point, and writes the layers that are done after each."""
    environment.prepare(threads=1)
    # Imported once, and not run: every point's process begins as a copy of
    # this one, so that 125 of them need not import it anew.
    import keras  # noqa: F401
    import tensorflow  # noqa: F401

    began, count = time.perf_counter(), 0
    for name in names:
        rows = []
        for d in WIDTHS:
            for n in LENGTHS:
                rows.append(in_its_own_process({"layer": name, "n": n, "d": d}))
                print(json.dumps(rows[-1]), flush=True)
        merge(path, rows, "layer", list(PAPER))
        count += len(rows)
    print(f"{count} points in {time.perf_counter() - began:.0f} s")


def in_its_own_process(point: dict) -> dict:
    """Measures a point in a fork of this process."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(
        target=lambda: sender.send(measure(**point)), daemon=True
    )
    process.start()
    sender.close()
    try:
        return receiver.recv()
    except EOFError as error:
        process.join()
        raise RuntimeError(
            f"The process of {point} ended with {process.exitcode}. Try "
            f"--point='{json.dumps(point)}' to see why."
        ) from error
    finally:
        process.join()


def measure(layer: str, n: int, d: int) -> dict:
    """Times one layer on one sequence, on one thread."""
    environment.prepare(threads=1)
    import tensorflow as tf

    call = make(layer, d)
    work = tf.function(
        lambda x: gradients(call, x),
        input_signature=[tf.TensorSpec([1, None, d], tf.float32)],
    )

    def seconds(x):
        start = time.process_time()
        for gradient in work(x):
            gradient[..., :1].numpy()
        return time.process_time() - start

    # Traced here, and threads and buffers of the process are made.
    seconds(tf.random.normal((1, LENGTHS[0], d)))
    x = tf.random.normal((1, n, d))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    times = [seconds(x)]
    while len(times) < 5 and sum(times) < 0.5:
        times.append(seconds(x))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "layer": layer,
        "n": n,
        "d": d,
        "seconds": min(times),
        "megabytes": (after - before) / 1024,
        "flops": 3 * sum(products(layer, n, d)),
        "flops_without_projections": 3 * products(layer, n, d)[0],
        "path": path_length(layer, n),
        "machine": machine(),
    }


def gradients(call, x):
    """Gradients of a number that depends on all of the output."""
    import tensorflow as tf

    layer, function = call
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
        # Not a plain sum, whose gradient would be ones without memory.
        loss = tf.reduce_sum(y * y)
    return tape.gradient(loss, [x, *layer.trainable_weights])


def make(name: str, d: int):
    """Makes a layer of width d, and the function that calls it."""
    import keras

    from tfformer.layers.attention import MultiHeadAttention
    from tfformer.layers.restricted_attention import RestrictedSelfAttention

    head = min(d, HEAD_DIM)
    sizes = {
        "num_heads": d // head,
        "model_dim": d,
        "key_dim": head,
        "value_dim": head,
    }
    layer = {
        "self_attention": lambda: MultiHeadAttention(**sizes),
        "lstm": lambda: keras.layers.LSTM(d, return_sequences=True),
        "gru": lambda: keras.layers.GRU(d, return_sequences=True),
        "convolution": lambda: keras.layers.Conv1D(d, KERNEL, padding="same"),
        "restricted": lambda: RestrictedSelfAttention(**sizes, window=WINDOW),
    }[name]()
    layer.build((1, None, d))
    if name == "self_attention":
        return layer, lambda x: layer(x, x)[0]
    return layer, layer


def products(layer: str, n: int, d: int) -> tuple[int, int]:
    """FLOPs of a layer's matrix products forward; backward has twice as many.

    Args:
        layer: a key of `PAPER`.
        n: positions.
        d: width.

    Returns:
        Those that the paper counts, and those of attention's projections,
        which it leaves out; a multiplication and an addition are two.
    """
    if layer in ("lstm", "gru"):
        gates = 4 if layer == "lstm" else 3
        return 2 * gates * n * d * (d + d), 0
    if layer == "convolution":
        return 2 * KERNEL * n * d * d, 0
    rows, seen = n, n
    if layer == "restricted":
        from tfformer.layers.restricted_attention import (
            block_sizes,
            keys_of_a_query,
        )

        rows = math.prod(block_sizes(n, WINDOW))
        seen = keys_of_a_query(n, WINDOW, causal=False)
    return 4 * rows * seen * d, 4 * 2 * rows * d * d


def path_length(layer: str, n: int) -> int:
    """Steps or layers through which the first position reaches the last."""
    if layer == "self_attention":
        return 1
    if layer in ("lstm", "gru"):
        return n - 1
    reach = (KERNEL if layer == "convolution" else WINDOW) // 2
    return math.ceil((n - 1) / reach)


def dilated_path_length(n: int) -> int:
    """The same for convolutions whose dilation is k, k^2, ... (the paper's)."""
    layers = 1
    while (KERNEL**layers - 1) // 2 < n - 1:
        layers += 1
    return layers


def machine() -> str:
    """Names the processor, as far as the system tells."""
    try:
        with open("/proc/cpuinfo") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def of_n(rows: list[dict], layer: str) -> list[dict]:
    """The rows from which the exponent of n is drawn, and smaller n."""
    return [
        row
        for row in rows
        if row["layer"] == layer and row["d"] == WIDTH_OF_LENGTHS
    ]


def of_d(rows: list[dict], layer: str) -> list[dict]:
    """The rows from which the exponent of d is drawn, and smaller d."""
    long = max(row["n"] for row in rows)
    return [r for r in rows if r["layer"] == layer and r["n"] == long]


def exponent(rows: list[dict], size: str, cost: str) -> float:
    """Least squares of log cost on log size; nan if too few are known."""
    least = LEAST_MEGABYTES if cost == "megabytes" else 0.0
    upper = [
        r for r in rows if r[size] >= LEAST_FITTED[size] and r[cost] > least
    ]
    if len(upper) < 2:
        return math.nan
    x = [math.log(row[size]) for row in upper]
    y = [math.log(row[cost]) for row in upper]
    return statistics.linear_regression(x, y).slope


def table(rows: list[dict]) -> str:
    """The exponents of every layer as a table in Markdown."""
    costs = ["flops_without_projections", "flops", "seconds", "megabytes"]
    lines = [
        "| layer | paper | FLOPs without projections | FLOPs | seconds "
        "| memory | path at n = 4,096 |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for layer in dict.fromkeys(row["layer"] for row in rows):
        cells = ["n^{} d^{}".format(*PAPER[layer])]
        for cost in costs:
            n = exponent(of_n(rows, layer), "n", cost)
            d = exponent(of_d(rows, layer), "d", cost)
            cells.append(f"{power('n', n)} {power('d', d)}")
        longest = max(row["path"] for row in of_n(rows, layer))
        cells.append(f"{longest:,.0f}")
        lines.append(f"| {layer} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def power(size: str, exponent: float) -> str:
    """Writes a power, or that nothing could be told from nothing."""
    return f"{size}^?" if math.isnan(exponent) else f"{size}^{exponent:.2f}"


def draw(rows: list[dict], path: str) -> None:
    """Draws every cost against n and against d, log-log."""
    try:
        import matplotlib
    except ImportError:
        print(f"no {path}: matplotlib is not installed", file=sys.stderr)
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(4, 2, figsize=(11, 17))
    for line, (cost, label) in enumerate(COSTS.items()):
        axes[line][0].set_ylabel(label)
        draw_costs(axes[line][0], rows, "n", cost)
        draw_costs(axes[line][1], rows, "d", cost)
    axes[3][0].set_ylabel("path between the ends")
    draw_paths(axes[3][0])
    axes[3][1].axis("off")
    figure.suptitle(
        "One layer, one sequence, forward and backward (paper, Table 1)\n"
        f"{rows[0]['machine']}, one thread"
    )
    figure.tight_layout(rect=(0, 0, 1, 0.98))
    figure.savefig(path, dpi=90)


def draw_costs(axis, rows: list[dict], size: str, cost: str) -> None:
    """Draws one cost of every layer, with exponents beside the paper's."""
    for layer in dict.fromkeys(row["layer"] for row in rows):
        points = (of_n if size == "n" else of_d)(rows, layer)
        # A logarithm has no place for what cannot be told from nothing.
        least = LEAST_MEGABYTES if cost == "megabytes" else 0.0
        shown = [row for row in points if row[cost] > least]
        paper = PAPER[layer][0 if size == "n" else 1]
        axis.loglog(
            [row[size] for row in shown],
            [row[cost] for row in shown],
            "o-",
            label=f"{layer} {power(size, exponent(points, size, cost))}"
            + (f" (paper {paper})" if cost != "megabytes" else ""),
        )
    other = "d" if size == "n" else "n"
    fixed = next(iter((of_n if size == "n" else of_d)(rows, layer)))[other]
    axis.set_title(f"{other} = {fixed:.0f}")
    _finish(axis, size, LENGTHS if size == "n" else WIDTHS)


def draw_paths(axis) -> None:
    """Draws the maximum path lengths, which need no measurement."""
    for layer in ("self_attention", "lstm", "convolution", "restricted"):
        name = "lstm, gru" if layer == "lstm" else layer
        axis.loglog(
            LENGTHS, [path_length(layer, n) for n in LENGTHS], "o-", label=name
        )
    axis.loglog(
        LENGTHS,
        [dilated_path_length(n) for n in LENGTHS],
        "o-",
        label="dilated convolution",
    )
    axis.set_title("maximum path length, by construction")
    _finish(axis, "n", LENGTHS)


def _finish(axis, size: str, ticks) -> None:
    from matplotlib import ticker

    axis.set_xlabel(size)
    axis.xaxis.set_minor_locator(ticker.NullLocator())
    axis.set_xticks(ticks, labels=map(str, ticks))
    axis.grid(True, which="both", alpha=0.3)
    axis.legend(fontsize=8)


if __name__ == "__main__":
    main()
