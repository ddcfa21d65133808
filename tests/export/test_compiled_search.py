"""XLA changes how long a search takes, and nothing else."""

import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from tests.conftest import ROOT, export
from tests.export.test_saved_model import LINES, ODD_LINES
from tfformer.export.compiled_search import CompiledSearch
from tfformer.export.serving import ServingModule
from tfformer.training.inference import TrainedModel


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


def unsearched(ids, static):
    raise AssertionError(f"{ids} were searched, static={static}")


@pytest.mark.parametrize(
    ("most", "sizes", "compiled"),
    [(1, [1], {1}), (3, [1, 2, 3], {1, 2, 4}), (8, [1, 2, 4, 8], {1, 2, 4, 8})],
)
def test_sizes_come_to_every_size_that_is_compiled(most, sizes, compiled):
    search = CompiledSearch(unsearched, most)
    assert search.sizes() == sizes
    for told in (sizes, range(1, most + 1)):
        assert {
            int(search.padded_shape(tf.constant([n, 5]))[0]) for n in told
        } == compiled


@pytest.mark.parametrize(
    ("rows", "padded"), [(2, 16), (16, 16), (17, 32), (40, 48)]
)
def test_a_step_of_the_length_is_of_tokens_and_not_of_their_ids(rows, padded):
    search = CompiledSearch(unsearched, 1, row_width=21)
    shape = search.padded_shape(tf.constant([1, rows * 21]))
    assert shape.numpy().tolist() == [1, padded * 21]


def served(workdir, most):
    """A module that searches with a beam of 2, and its encoder of texts."""
    trained = TrainedModel(workdir, assignments=("decode.beam_size=2",))
    parts = trained.model, trained.vocabularies, trained.task
    module = ServingModule(*parts, trained.config.decode, most)
    return module, trained.vocabularies[0].encode


@pytest.mark.parametrize("kind", ["trained_workdir", "trained_parser"])
def test_texts_of_a_warm_up_come_to_every_shape(kind, request):
    module, encode = served(request.getfixturevalue(kind), 6)
    batches = module.compiled_batches(40)
    assert [len(batch) for batch in batches] == [1] * 3 + [2] * 3 + [3] * 3
    lengths = [len(encode([batch[0]])[0]) for batch in batches]
    assert [-(-length // 16) for length in lengths] == [1, 2, 3] * 3
    assert max(lengths) <= 40
    assert module.compiled_batches(1) == []


def test_without_the_compiler_there_is_nothing_to_warm_up(trained_workdir):
    module, _ = served(trained_workdir, 0)
    assert module.compiled_batches(40) == []


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
