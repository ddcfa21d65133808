"""XLA changes how long a search takes, and nothing else."""

import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from tests.conftest import ROOT, export
from tests.export.test_saved_model import LINES, ODD_LINES
from tfformer.export.compiled_search import CompiledSearch


@pytest.mark.parametrize(
    "batch, length, shape",
    [(3, 5, (4, 16)), (1, 16, (1, 16)), (4, 17, (4, 32)), (0, 2, (1, 16))],
)
def test_shapes_are_few_and_answers_are_cut(batch, length, shape):
    """The search sees the padded shape, its caller the rows that are real."""

    def echo(ids, static):
        assert static
        return ids[:, None] + tf.size(ids), tf.cast(ids[:, :1], "float32")

    compiled = CompiledSearch(echo, 4)
    inputs = np.arange(1, batch * length + 1, dtype="int32")
    inputs = inputs.reshape(batch, length)
    tokens, scores = compiled(tf.constant(inputs), 2)
    size = tokens.numpy()[:, 0] - inputs[:, :2]
    assert tokens.shape == (batch, 1, 2) and scores.shape == (batch, 1)
    assert (size == shape[0] * shape[1]).all()


@pytest.mark.parametrize("batch", [1, 2, 3, 5])
def test_more_sentences_than_pay_are_searched_by_the_plain_graph(batch):
    def told(ids, static):
        rows = tf.zeros_like(ids[:, :1]) + int(static)
        return rows[:, None], tf.cast(rows, "float32")

    search = tf.function(CompiledSearch(told, 2), autograph=False)
    tokens, scores = search(tf.ones([batch, 7], tf.int32), 1)
    assert tokens.shape == (batch, 1, 1) and scores.shape == (batch, 1)
    assert (tokens.numpy() == (batch <= 2)).all()


def serve(model_dir, lines, cwd):
    done = subprocess.run(
        [
            sys.executable,
            str(ROOT / "tools/run_saved_model.py"),
            f"--model_dir={model_dir}",
        ],
        input="\n".join(lines).encode(),
        capture_output=True,
        cwd=cwd,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().split("\n")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["trained_workdir", "trained_parser"])
@pytest.mark.parametrize("most", ["30", "400"])
def test_a_compiled_export_equals_the_plain_one(kind, most, request, tmp_path):
    """Where the last batch alone is compiled, 14 beams of 2, and where all."""
    workdir = request.getfixturevalue(kind)
    plain = export(workdir, tmp_path / "plain") / "1"
    compiled = (
        export(
            workdir,
            tmp_path / "xla",
            "--jit_compile",
            f"--jit_max_hypotheses={most}",
        )
        / "1"
    )
    lines = LINES[:40] + ODD_LINES
    assert serve(compiled, lines, tmp_path) == serve(plain, lines, tmp_path)
