import json

import pytest

from tests.conftest import run_program
from tfformer.data.pocket import triples
from tfformer.data.trees import read_trees


@pytest.mark.slow
def test_its_trees_are_trained_on(trained_parser, tmp_path):
    raw = tmp_path / "raw.txt"
    lines = [triple.english for triple in triples("dev", 12)]
    raw.write_text("".join(f"{line}\n" for line in [*lines, "", "x " * 400]))
    flags = (
        f"--workdir={trained_parser}",
        f"--agree_workdir={trained_parser}",
        f"--input={raw}",
        f"--output_dir={tmp_path / 'extra'}",
    )
    none = run_program("tools.make_extra_trees", *flags, "--confidence=1")
    assert none.returncode == 2
    assert b"no tree was kept of 14 lines" in none.stderr
    assert not (tmp_path / "extra" / "train.mrg").exists()
    done = run_program("tools.make_extra_trees", *flags, "--confidence=0")
    assert done.returncode == 0, done.stderr.decode()
    counts = json.loads(done.stdout.splitlines()[-1])
    assert (counts["lines"], counts["kept"]) == (14, 12)
    assert (counts["blank"], counts["too_long"]) == (1, 1)
    trees = list(read_trees(tmp_path / "extra" / "train.mrg"))
    assert [tree.label() for tree in trees] == ["TOP"] * 12
    data = tmp_path / "data"
    data.mkdir()
    for split, count in (("train", 200), ("dev", 10)):
        bank = (f"{triple.tree}\n" for triple in triples(split, count))
        (data / f"{split}.mrg").write_text("".join(bank))
    trained = run_program(
        "pipelines.train",
        "--preset=parsing/tiny",
        "--set=data.source=text",
        f"--data_dir={data}",
        f"--workdir={tmp_path / 'w'}",
        f"--set=data.extra_data_dir={tmp_path / 'extra'}",
        "--set=data.extra_weight=1",
        "--set=train.steps=1",
    )
    assert trained.returncode == 0, trained.stderr.decode()
    # The treebank's own, and these.
    assert b"train: 212 of 212 pairs" in trained.stderr


def test_a_translator_is_no_parser(trained_workdir, tmp_path):
    raw = tmp_path / "raw.txt"
    raw.write_text("Hi.\n")
    done = run_program(
        "tools.make_extra_trees",
        f"--workdir={trained_workdir}",
        f"--input={raw}",
        f"--output_dir={tmp_path}",
    )
    assert done.returncode == 2
    assert b"must be the workdir of a parser" in done.stderr
