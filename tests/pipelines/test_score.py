"""`pipelines.score`, run as a user runs it."""

import numpy as np
import pytest

from tests.conftest import run_program
from tests.pipelines.test_programs import assert_one_clear_line
from tfformer.data.encoded import pad_examples
from tfformer.data.pocket import triples
from tfformer.training.inference import TrainedModel
from tfformer.training.workdir import Workdir

LINES = [triple.english for triple in triples("dev", 20)]
GREEDY = ("decode.method=greedy",)


def score(*flags, stdin=b"", **environment):
    return run_program("pipelines.score", *flags, stdin=stdin, **environment)


def write(path, lines):
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def columns(output):
    rows = [line.split("\t") for line in output.decode().splitlines()]
    return [float(row[0]) for row in rows], [int(row[1]) for row in rows]


@pytest.fixture(scope="module")
def found(trained_workdir):
    """What the search finds in `LINES`, and whether it splits again so."""
    trained = TrainedModel(trained_workdir, assignments=GREEDY)
    inference = trained.inference()
    hypotheses = [best for (best,) in inference.decode(LINES)]
    source, target = trained.vocabularies
    tokens, _ = inference._search(pad_examples(source.encode(LINES)), 1)
    split = target.encode([hypothesis.text for hypothesis in hypotheses])
    same = [
        ids[ids > 0].tolist() == again
        for ids, again in zip(tokens[:, 0], split, strict=True)
    ]
    return hypotheses, same


def test_what_decode_found_has_the_score_that_it_told(
    trained_workdir, found, tmp_path
):
    """Of texts that split into the tokens of the search, most of them here."""
    hypotheses, same = found
    source = write(tmp_path / "source", [*LINES, "", ""])
    texts = [hypothesis.text for hypothesis in hypotheses]
    targets = "".join(f"{text}\n" for text in [*texts, "", "a"]).encode()
    output = tmp_path / "scores"
    done = score(
        f"--workdir={trained_workdir}",
        f"--source={source}",
        "--target=-",
        f"--output={output}",
        stdin=targets,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout == b""
    assert b"checkpoint of step" in done.stderr
    assert b"1 pairs have no score (-inf): the source is blank" in done.stderr
    scores, tokens = columns(output.read_bytes())
    assert (scores[-2:], tokens[-2:]) == ([0.0, -np.inf], [0, 0])
    assert sum(same) > len(LINES) / 2
    rows = zip(hypotheses, same, scores, tokens, strict=False)
    for hypothesis, is_same, told, count in rows:
        if is_same:
            assert told == pytest.approx(hypothesis.log_probability, abs=2e-4)
            assert count == hypothesis.tokens


def test_files_of_different_length_are_told_before_tensorflow(
    trained_workdir, tmp_path
):
    source = write(tmp_path / "a.en", LINES)
    target = write(tmp_path / "a.de", LINES[1:])
    output = tmp_path / "scores"
    done = without_tensorflow(trained_workdir, tmp_path, source, target, output)
    told = f"{source}:20: source and target must have as many lines. Received: "
    assert_one_clear_line(done, f"{told}20 lines in a.en, 19 in a.de. ")
    assert not output.exists()


def without_tensorflow(workdir, folder, source, target, output, *flags):
    hidden = folder / "hidden"
    hidden.mkdir()
    (hidden / "tensorflow.py").write_text("raise AssertionError")
    return score(
        f"--workdir={workdir}",
        f"--source={source}",
        f"--target={target}",
        f"--output={output}",
        *flags,
        PYTHONPATH=str(hidden),
    )


def test_streams_of_different_length_leave_no_output(trained_workdir, tmp_path):
    target, output = write(tmp_path / "a.de", LINES), tmp_path / "scores"
    done = score(
        f"--workdir={trained_workdir}",
        "--source=-",
        f"--target={target}",
        f"--output={output}",
        stdin=b"a\nb\n",
    )
    assert done.returncode == 2
    told = "<stdin>:3: source and target must have as many lines. Received: 2"
    assert done.stderr.decode().splitlines()[-1].startswith(f"error: {told}")
    assert not list(tmp_path.glob("*scores*"))


@pytest.mark.parametrize(
    ("source", "target", "output", "told"),
    [
        ("-", "-", "new", "must not both be standard input"),
        ("none", "a", "new", "`--source` must be a file"),
        ("a", ".", "new", "which is a folder"),
        ("a", "a", "a", "`--output` must not exist yet"),
    ],
)
def test_files_that_will_not_do_are_named(
    tmp_path, source, target, output, told
):
    Workdir(tmp_path / "W").configure("translation/tiny", [])
    write(tmp_path / "a", LINES)
    paths = [
        name if name == "-" else tmp_path / name
        for name in (source, target, output)
    ]
    done = without_tensorflow(tmp_path / "W", tmp_path, *paths)
    assert_one_clear_line(done, told)


@pytest.mark.parametrize("preset", ["tiny", "tiny_chart", "tiny_words"])
def test_parsers_are_refused(tmp_path, preset):
    Workdir(tmp_path / "W").configure(f"parsing/{preset}", [])
    path = write(tmp_path / "a", LINES)
    done = without_tensorflow(
        tmp_path / "W", tmp_path, path, path, tmp_path / "scores"
    )
    kind = "chart" if preset == "tiny_chart" else "linearized"
    assert_one_clear_line(done, f"Received: parsing with model.parser={kind}")


def test_help_tells_the_form_of_a_line():
    told = score("--help").stdout.decode()
    for words in ("natural logarithm", "end symbol counted", '"-inf"'):
        assert words in " ".join(told.split())
    for flag in "workdir source target output checkpoint ema ensemble".split():
        assert f"--{flag}:" in told or f"--[no]{flag}:" in told
