"""Ensembles of workdirs that were really trained."""

import json
import shutil

import pytest

from tests.conftest import export, run_program, train
from tests.export.served import assert_served_as_decoded
from tfformer.errors import WorkdirError
from tfformer.training.ensemble import TrainedEnsemble
from tfformer.training.inference import TrainedModel

LINES = ["The dog sleeps.", "A man sees the old house.", ""]


@pytest.fixture(scope="module")
def other_seed(made_once):
    """`trained_workdir` of another seed."""
    folder = made_once(
        "other_seed",
        lambda folder: train(folder, "translation/tiny", "train.seed=1"),
    )
    return folder / "workdir"


@pytest.fixture
def copy(trained_workdir, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(trained_workdir, folder)
    return folder


def outputs(trained):
    return [best[0].text for best in trained.inference().decode(LINES)]


def test_of_copies_it_decodes_as_one_of_them(trained_workdir, copy):
    both = TrainedEnsemble([trained_workdir, copy], "last")
    assert outputs(both) == outputs(TrainedModel(trained_workdir, "last"))
    step = TrainedModel(trained_workdir, "last").described
    assert both.described == f"ensemble of 2: {step}; {step}"


def test_programs_decode_and_export_it(trained_workdir, other_seed, tmp_path):
    """The same text from Python and from a SavedModel, and one checkpoint."""
    flag = f"--ensemble={other_seed}"
    done = run_program(
        "pipelines.evaluate",
        f"--workdir={trained_workdir}",
        flag,
        "--split=test",
    )
    assert done.returncode == 0, done.stderr.decode()
    values = json.loads(done.stdout.decode().splitlines()[-1])
    assert values["checkpoint"].startswith("ensemble of 2: checkpoint of step")
    exported = export(trained_workdir, tmp_path / "model", flag) / "1"
    assert_served_as_decoded(exported, trained_workdir, LINES, tmp_path, flag)


def test_other_vocabularies_are_refused(trained_workdir, copy):
    with (copy / "vocabulary.model").open("ab") as file:
        file.write(b"more")
    with pytest.raises(WorkdirError, match="must have the same vocabulary"):
        TrainedEnsemble([trained_workdir, copy])


def test_other_tasks_are_refused(trained_workdir, trained_parser):
    with pytest.raises(WorkdirError, match="same task, model.encoder"):
        TrainedEnsemble([trained_workdir, trained_parser])


def test_a_workdir_counts_once(trained_workdir):
    with pytest.raises(WorkdirError, match="must be different"):
        TrainedEnsemble([trained_workdir, trained_workdir / "."])


def test_a_workdir_that_is_none_is_told_at_once(trained_workdir, tmp_path):
    done = run_program(
        "pipelines.decode",
        f"--workdir={trained_workdir}",
        f"--ensemble={tmp_path / 'none'}",
    )
    assert done.returncode == 2
    assert f"{tmp_path / 'none'}".encode() in done.stderr
    assert b"Traceback" not in done.stderr
