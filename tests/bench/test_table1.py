import json
import math

import numpy as np
import pytest
import tensorflow as tf

from bench import table1
from tests.conftest import run_program


def test_a_point_is_measured():
    point = {"layer": "restricted", "n": 70, "d": 8}
    done = run_program("bench.table1", f"--point={json.dumps(point)}")
    assert done.returncode == 0, done.stderr.decode()
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["seconds"] > 0 and found["megabytes"] >= 0
    assert found["path"] == 3 and found["machine"]


def test_an_unknown_layer_is_refused():
    done = run_program("bench.table1", "--only=lstm,perceptron")
    assert done.returncode == 2
    assert b"Received: perceptron" in done.stderr


@pytest.mark.parametrize(
    "layer", ["self_attention", "convolution", "restricted"]
)
@pytest.mark.parametrize("n", [32, 200])
def test_flops_are_those_of_tensorflows_profiler(layer, n):
    # Not of the recurrent layers: it counts a loop's body once.
    _, function = table1.make(layer, 8)
    graph = (
        tf.function(function)
        .get_concrete_function(tf.TensorSpec([1, n, 8]))
        .graph
    )
    profiler = tf.compat.v1.profiler
    options = profiler.ProfileOptionBuilder.float_operation()
    options["output"] = "none"
    report = profiler.profile(graph, cmd="op", options=options)
    counted = sum(
        node.total_float_ops - sum(c.total_float_ops for c in node.children)
        for node in nodes(report)
        if node.name in ("MatMul", "BatchMatMulV2", "Conv2D")
    )
    assert sum(table1.products(layer, n, 8)) == counted


def nodes(report):
    """The report's nodes, each inside the one before."""
    yield report
    for child in report.children:
        yield from nodes(child)


def power_law(layer, a, b):
    return [
        {
            "layer": layer,
            "n": n,
            "d": d,
            "seconds": 1e-9 * n**a * d**b,
            "megabytes": n * d / 4e4,
            "flops": n**a * d**b,
            "flops_without_projections": n**a * d**b,
            "path": table1.path_length(layer, n),
            "machine": "a machine",
        }
        for n in table1.LENGTHS
        for d in table1.WIDTHS
    ]


def test_exponents_of_power_laws_are_found_and_drawn(tmp_path):
    rows = [
        row
        for layer, powers in table1.PAPER.items()
        for row in power_law(layer, *powers)
    ]
    lines = table1.table(rows).splitlines()
    assert len(lines) == 2 + len(table1.PAPER)
    assert lines[2].split("|")[2:6] == [
        " n^2 d^1 ",
        " n^2.00 d^1.00 ",
        " n^2.00 d^1.00 ",
        " n^2.00 d^1.00 ",
    ]
    pytest.importorskip("matplotlib")
    table1.draw(rows, str(tmp_path / "table1.png"))
    assert (tmp_path / "table1.png").stat().st_size > 0


def test_what_was_never_measurable_has_no_exponent():
    rows = [{**row, "megabytes": 0.0} for row in power_law("lstm", 1, 2)]
    assert math.isnan(table1.exponent(rows, "n", "megabytes"))


@pytest.mark.parametrize("n", [5, 14, 20])
def test_dilated_paths_reach_as_far_as_they_must(n):
    def reach(layers):
        return sum(
            table1.KERNEL**i * (table1.KERNEL // 2) for i in range(layers)
        )

    layers = table1.dilated_path_length(n)
    assert reach(layers) >= n - 1 > reach(layers - 1)
    assert table1.path_length("convolution", n) == n - 1
    assert np.ceil((n - 1) / 32) == table1.path_length("restricted", n)
