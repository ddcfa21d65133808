"""Exports of a really trained workdir, loaded in a really fresh process."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow_serving.apis import prediction_log_pb2

from tests.conftest import ROOT
from tests.export.served import assert_served_as_decoded
from tfformer.config import override
from tfformer.data.encoded import pad_examples
from tfformer.data.pocket import triples
from tfformer.decoding.search import search
from tfformer.decoding.sentence_bleu import sentence_bleu
from tfformer.export.serving import ServingModule
from tfformer.models.transformer import Transformer
from tfformer.training.build import build_transformer
from tfformer.training.inference import TrainedModel

LINES = [triple.english for triple in triples("test", 194)]
ODD_LINES = [
    "",
    "   ",
    "\u3000",
    "emoji \U0001f600 and \u2581",
    "tab\tand nul \x00 end",
    "word " * 60,
]

# What a program that serves the export looks like, with proof that nothing
# of this repository is in the process.
CLIENT = """
import json, sys
import tensorflow as tf, tensorflow_text
loaded = tf.saved_model.load(sys.argv[1])
signatures = loaded.signatures
texts = tf.constant(json.load(sys.stdin))
def lists(answer):
    return {k: [x.decode() for x in v.numpy()] if v.dtype == tf.string and
            v.shape.rank == 1 else v.numpy().tolist()
            for k, v in answer.items()}
answers = {"default": lists(signatures["serving_default"](text=texts))}
few = texts[:3]
answers["beam"] = lists(signatures["beam_search"](
    text=few, beam_size=tf.constant(3), alpha=tf.constant(0.6)))
n_best = signatures["n_best"](
    text=few, beam_size=tf.constant(3), alpha=tf.constant(0.6))
answers["n_best"] = {
    "outputs": [[t.decode() for t in row] for row in n_best["outputs"].numpy()],
    "scores": n_best["scores"].numpy().tolist()}
attention = signatures["attention"](text=few)
answers["attention"] = {
    "shape": attention["attention"].shape.as_list(),
    "sums": tf.reduce_sum(attention["attention"], -1).numpy().ravel().tolist(),
    "source": [[p.decode() for p in row]
               for row in attention["source_pieces"].numpy()],
    "target": [len(row) for row in attention["target_pieces"].numpy()]}
answers["empty"] = signatures["serving_default"](
    text=tf.constant([], tf.string))["outputs"].shape.as_list()
answers["modules"] = sorted(
    {m.split(".")[0] for m in sys.modules} & {"tfformer", "pipelines"})
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def answers(exported_translator, tmp_path_factory):
    done = subprocess.run(
        [sys.executable, "-c", CLIENT, str(exported_translator / "1")],
        input=json.dumps(LINES + ODD_LINES).encode(),
        capture_output=True,
        cwd=tmp_path_factory.mktemp("elsewhere"),
        timeout=300,
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout.splitlines()[-1])


def decode(program, workdir, lines, *flags):
    text = "".join(f"{line}\n" for line in lines).encode()
    done = program(
        "pipelines.decode", f"--workdir={workdir}", *flags, stdin=text
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().removesuffix("\n").split("\n")


def test_it_equals_decode_string_by_string(program, trained_workdir, answers):
    lines = LINES + ODD_LINES
    assert len(lines) == 200
    rows = decode(program, trained_workdir, lines, "--scores")
    outputs = [row.split("\t", 1)[1] for row in rows]
    assert answers["default"]["outputs"] == outputs
    for row, score in zip(rows, answers["default"]["scores"], strict=True):
        assert float(row.split("\t")[0]) == pytest.approx(score, abs=1e-3)
    assert answers["modules"] == []


def test_beam_size_and_alpha_are_inputs(program, trained_workdir, answers):
    rows = decode(
        program,
        trained_workdir,
        LINES[:3],
        "--set=decode.beam_size=3",
        "--set=decode.length_penalty_alpha=0.6",
        "--n_best=3",
    )
    wanted = [rows[i : i + 3] for i in range(0, 9, 3)]
    assert answers["n_best"]["outputs"] == wanted
    assert answers["beam"]["outputs"] == [row[0] for row in wanted]
    for scores in answers["n_best"]["scores"]:
        assert scores == sorted(scores, reverse=True)


def test_attention_is_that_of_the_best_hypothesis(answers):
    attention = answers["attention"]
    batch, layers, heads, target, source = attention["shape"]
    assert (batch, layers, heads) == (3, 1, 2)
    assert {len(row) for row in attention["source"]} == {source}
    assert set(attention["target"]) == {target}
    assert attention["sums"] == pytest.approx(
        [1.0] * len(attention["sums"]), abs=1e-4
    )
    joined = "".join(attention["source"][0]).replace("\u2581", " ").strip()
    assert joined.removesuffix("</s>") == LINES[0]


def test_no_texts_give_no_outputs(answers):
    assert answers["empty"] == [0]


def test_the_graph_has_no_xla_op(exported_translator):
    graph = _parse(exported_translator / "1").meta_graphs[0].graph_def
    ops = {node.op for node in graph.node} | {
        node.op
        for function in graph.library.function
        for node in function.node_def
    }
    assert "While" in ops or "StatelessWhile" in ops
    assert not [op for op in ops if op.startswith("Xla")]


def _parse(path):
    proto = saved_model_pb2.SavedModel()
    proto.ParseFromString((path / "saved_model.pb").read_bytes())
    return proto


def test_defaults_are_in_the_signatures(exported_translator):
    signatures = _parse(exported_translator / "1").meta_graphs[0].signature_def
    for name in ("beam_search", "n_best"):
        defaults = signatures[name].defaults
        assert list(defaults["beam_size"].int_val) == [2]
        assert defaults["alpha"].float_val[0] == pytest.approx(0.6)


def test_warm_up_requests_can_be_replayed(exported_translator):
    path = exported_translator / "1/assets.extra/tf_serving_warmup_requests"
    batches = []
    for record in tf.data.TFRecordDataset([str(path)]):
        log = prediction_log_pb2.PredictionLog.FromString(record.numpy())
        request = log.predict_log.request
        assert request.model_spec.signature_name == "serving_default"
        assert request.model_spec.name == exported_translator.name
        batches.append(tf.make_ndarray(request.inputs["text"]).tolist())
    assert [len(batch) for batch in batches] == [1, 1, 2]


def test_a_window_is_in_the_export(trained_workdir, tmp_path):
    """The same weights, restricted: the graph says what Python says."""
    trained = TrainedModel(trained_workdir)
    config = override(trained.config, ["model.attention_window=4"])
    model = build_transformer(Transformer, config, trained.vocabularies)
    model.set_weights(trained.model.get_weights())
    module = ServingModule(
        model, trained.vocabularies, trained.task, config.decode
    )
    names = ("n_best", "attention")
    signatures = {name: module.signatures()[name] for name in names}
    tf.saved_model.save(module, str(tmp_path), signatures=signatures)
    loaded = tf.saved_model.load(str(tmp_path)).signatures
    texts = tf.constant(LINES[:4])
    beam = {"beam_size": tf.constant(2), "alpha": tf.constant(0.6)}
    told = loaded["n_best"](text=texts, **beam)
    tokens, scores = search(
        model,
        pad_examples(trained.vocabularies[0].encode(LINES[:4])),
        config.decode,
        2,
    )
    np.testing.assert_allclose(told["scores"], scores, atol=1e-4)
    wanted = trained.vocabularies[1].decode(np.array(tokens)[:, 0].tolist())
    assert [text.decode() for text in told["outputs"][:, 0].numpy()] == wanted
    weights = loaded["attention"](text=texts)["attention"]
    np.testing.assert_allclose(tf.reduce_sum(weights, -1), 1.0, atol=1e-4)


@pytest.mark.parametrize(
    "method", ["greedy", pytest.param("beam", marks=pytest.mark.slow)]
)
def test_a_window_is_compiled_too(trained_workdir, method):
    """Its cache is as long as the shorter of two, one of them not known."""
    trained = TrainedModel(trained_workdir)
    config = override(
        trained.config,
        ["model.attention_window=4", f"decode.method={method}"],
    )
    model = build_transformer(Transformer, config, trained.vocabularies)
    model.set_weights(trained.model.get_weights())
    parts = model, trained.vocabularies, trained.task, config.decode
    texts = tf.constant(LINES[:2])
    told, wanted = (
        ServingModule(*parts, most).signatures()["serving_default"](text=texts)
        for most in (16, 0)
    )
    assert (
        told["outputs"].numpy().tolist() == wanted["outputs"].numpy().tolist()
    )


@pytest.mark.parametrize("most", [0, pytest.param(100, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", ["trained_workdir", "trained_parser"])
def test_reranking_is_in_the_export(request, tmp_path, kind, most):
    settings = ("decode.rerank=mbr", "decode.beam_size=4")
    trained = TrainedModel(request.getfixturevalue(kind), assignments=settings)
    # What the others are not: surely not the likeliest.
    trained.task.utility = lambda vocabularies: (
        lambda tokens, reference: 1.0 - sentence_bleu(tokens, reference)
    )
    module = ServingModule(
        trained.model,
        trained.vocabularies,
        trained.task,
        trained.config.decode,
        most,
    )
    signatures = {"serving_default": module.signatures()["serving_default"]}
    tf.saved_model.save(module, str(tmp_path), signatures=signatures)
    loaded = tf.saved_model.load(str(tmp_path)).signatures["serving_default"]
    lines = [*LINES[:3], "The", "a a a a a", "dog the old"]
    found = list(trained.inference().decode(lines))
    told = loaded(text=tf.constant(lines))["outputs"].numpy()
    outputs = [text.decode() for text in told]
    assert outputs == [best.text for (best,) in found]
    likeliest = TrainedModel(
        request.getfixturevalue(kind), assignments=settings[1:]
    )
    plain = likeliest.inference().decode(lines)
    assert outputs != [best.text for (best,) in plain]
    none = loaded(text=tf.constant([], tf.string))["outputs"]
    assert none.shape == (0,)


def test_sampling_is_in_the_export_and_goes_on(trained_workdir, tmp_path):
    trained = TrainedModel(trained_workdir)
    config = override(trained.config, ["decode.method=sample", "decode.seed=3"])
    module = ServingModule(
        trained.model, trained.vocabularies, trained.task, config.decode
    )
    names = ("serving_default", "attention")
    signatures = {name: module.signatures()[name] for name in names}
    tf.saved_model.save(module, str(tmp_path), signatures=signatures)
    loaded = tf.saved_model.load(str(tmp_path)).signatures["serving_default"]
    texts = tf.constant(LINES[:4] * 4)
    first, second = (loaded(text=texts)["scores"].numpy() for _ in range(2))
    assert np.isfinite(first).all()
    assert (first != second).any()


def test_the_example_client_reads_what_decode_reads(
    exported_translator, trained_workdir, tmp_path
):
    lines = ["\ufeff" + LINES[0], *LINES[1:3], *ODD_LINES]
    version = exported_translator / "1"
    assert_served_as_decoded(version, trained_workdir, lines, tmp_path)


def client(exported, **streams):
    """Starts the example client."""
    program = ROOT / "tools" / "run_saved_model.py"
    return subprocess.Popen(
        [sys.executable, str(program), f"--model_dir={exported / '1'}"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        **streams,
    )


def test_the_example_client_refuses_what_is_not_utf8(exported_translator):
    process = client(exported_translator, stdout=subprocess.PIPE)
    output, error = process.communicate(b"A man.\nA man \xff.\n", timeout=300)
    assert (process.returncode, output) == (1, b"")
    assert error.splitlines()[-1].startswith(b"error: <stdin>:2: not UTF-8. ")


def test_the_example_clients_reader_may_leave(exported_translator):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as broken:
        process = client(exported_translator, stdout=broken)
    _, error = process.communicate(b"A man.\n", timeout=300)
    # What a shell calls SIGPIPE.
    assert process.returncode == 141
    assert b"BrokenPipeError" not in error
