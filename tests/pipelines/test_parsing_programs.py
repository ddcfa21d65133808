"""The programs with a parser, each in a process of its own."""

import json

import pytest

from tests.conftest import run_program
from tfformer.data.pocket import triples
from tfformer.data.trees import parse_trees, read_trees
from tfformer.metrics.evalb import corpus_stats, read_parameters

GOLD = [triple.tree for triple in triples("dev", 30)]
ODD_LINES = [
    "The dog (the old one) sleeps.",
    "",
    "word\twith\u00a0spaces \U0001f600",
    "x" * 300,
    "word " * 400,
    "[ { ) (",
    "nul \x00 end",
]


@pytest.fixture(scope="module")
def gold_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("gold") / "gold.mrg"
    path.write_text("".join(f"{tree}\n" for tree in GOLD))
    return path


@pytest.mark.parametrize("constrained", ["true", "false"])
def test_evaluate_prints_evalb_and_json(
    trained_parser, gold_file, tmp_path, constrained
):
    output, gold = tmp_path / "trees.mrg", tmp_path / "gold.mrg"
    done = run_program(
        "pipelines.evaluate",
        f"--workdir={trained_parser}",
        f"--gold={gold_file}",
        f"--output={output}",
        f"--reference_output={gold}",
        f"--set=decode.constrained={constrained}",
    )
    assert done.returncode == 0, done.stderr.decode()
    told = done.stdout.decode().splitlines()
    assert "Bracketing FMeasure" in done.stdout.decode()
    scores = json.loads(told[-1])
    assert {"f1", "precision", "recall", "complete", "errors", "skips"} <= set(
        scores
    )
    assert scores["errors"] == scores["skips"] == 0
    repaired = b"were malformed and repaired" in done.stderr
    assert repaired == (constrained == "false") == (scores["repaired"] > 0)
    assert {"fallbacks", "settled"} <= set(scores)
    again = corpus_stats(
        GOLD, output.read_text().splitlines(), read_parameters("COLLINS")
    )
    assert again.compute()["f1"] == pytest.approx(scores["f1"])
    assert gold.read_text().splitlines() == GOLD


def test_the_baseline_needs_no_checkpoint(trained_parser, tmp_path, gold_file):
    (tmp_path / "config.json").write_bytes(
        (trained_parser / "config.json").read_bytes()
    )
    done = run_program(
        "pipelines.evaluate",
        f"--workdir={tmp_path}",
        f"--gold={gold_file}",
        "--baseline=right_branching",
    )
    assert done.returncode == 0, done.stderr.decode()
    scores = json.loads(done.stdout.splitlines()[-1])
    assert 10 < scores["f1"] < 60 and scores["errors"] == 0
    assert scores["fallbacks"] == scores["repaired"] == 0


def test_training_writes_down_what_was_mended(trained_parser):
    lines = (trained_parser / "metrics.jsonl").read_text().splitlines()
    scores = [line for line in map(json.loads, lines) if "dev_f1" in line]
    for name in ("fallbacks", "repaired", "settled"):
        assert scores and all(line[f"dev_{name}"] >= 0 for line in scores)


def test_decode_gives_one_tree_a_line(trained_parser):
    text = "".join(f"{line}\n" for line in ODD_LINES).encode()
    done = run_program(
        "pipelines.decode", f"--workdir={trained_parser}", stdin=text
    )
    assert done.returncode == 0, done.stderr.decode()
    outputs = done.stdout.decode().split("\n")
    assert len(outputs) == len(ODD_LINES) + 1
    assert outputs[1] == ""
    for line, output in zip(ODD_LINES, outputs, strict=False):
        if line:
            assert parse_trees(output, "output")[0].label() == "TOP"
    leaves = parse_trees(outputs[0], "output")[0].leaves()
    assert leaves == "The dog -LRB- the old one -RRB- sleeps .".split()
    assert len(parse_trees(outputs[4], "output")[0].leaves()) == 400
    assert b"2 inputs got the task's fallback" in done.stderr


def test_trees_given_as_sentences_are_refused(trained_parser, gold_file):
    done = run_program(
        "pipelines.decode",
        f"--workdir={trained_parser}",
        stdin=gold_file.read_bytes(),
    )
    assert done.returncode == 2
    assert b"error: <stdin>:1: " in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.slow
def test_sentences_given_as_trees_are_refused(trained_parser, tmp_path):
    path = tmp_path / "sentences.mrg"
    path.write_text("The dog sleeps.\n")
    done = run_program(
        "pipelines.evaluate", f"--workdir={trained_parser}", f"--gold={path}"
    )
    assert done.returncode == 2
    assert f"error: {path}:1: ".encode() in done.stderr


def test_training_on_files(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    for split, count in (("train", 200), ("dev", 20)):
        lines = (f"{triple.tree}\n" for triple in triples(split, count))
        (data / f"{split}.mrg").write_text("".join(lines))
    flags = [
        "--preset=parsing/tiny",
        f"--workdir={tmp_path / 'w'}",
        "--set=data.source=text",
        "--set=data.terminals=tags",
        "--set=train.steps=2",
        "--set=decode.method=greedy",
    ]
    done = run_program("pipelines.train", *flags, f"--data_dir={data}")
    assert done.returncode == 0, done.stderr.decode()
    assert b"train: 200 of 200 pairs" in done.stderr
    assert list(read_trees(data / "dev.mrg"))
