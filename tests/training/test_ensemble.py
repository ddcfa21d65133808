"""Ensembles of workdirs that were really trained."""

import json
import shutil

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_text  # noqa: F401  The tokenizer's ops.

from tests.conftest import export, run_program, train
from tests.export.served import assert_served_as_decoded
from tfformer.errors import CheckpointError, WorkdirError
from tfformer.training.averaging import average_checkpoints
from tfformer.training.ensemble import TrainedEnsemble
from tfformer.training.inference import TrainedModel
from tfformer.training.members import check_members
from tfformer.training.workdir import Workdir

LINES = ["The dog sleeps.", "A man sees the old house.", ""]


@pytest.fixture(scope="module")
def other_seed(made_once):
    """`trained_workdir` of another seed."""
    more = ("train.seed=1", "train.steps=100")
    folder = made_once(
        "other_seed", lambda folder: train(folder, "translation/tiny", *more)
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


def test_a_member_may_be_of_a_source_without_a_folder(
    trained_workdir, copy, text_dir
):
    path = copy / "config.json"
    config = json.loads(path.read_text())
    config["data"]["source"] = "text"
    path.write_text(json.dumps(config))
    both = TrainedEnsemble(
        [copy, trained_workdir], "last", data_dir=str(text_dir)
    )
    assert outputs(both) == outputs(TrainedModel(trained_workdir, "last"))


def test_of_copies_it_scores_as_one_of_them(trained_workdir, copy):
    def scores(trained):
        return list(trained.scoring().score(zip(LINES, LINES, strict=True)))

    both = scores(TrainedEnsemble([trained_workdir, copy], "last"))
    one = scores(TrainedModel(trained_workdir, "last"))
    np.testing.assert_allclose(both, one, atol=1e-4)


def test_programs_decode_and_export_it(trained_workdir, other_seed, tmp_path):
    """The same text from Python and from a SavedModel."""
    flag = f"--ensemble={other_seed}"
    exported = export(trained_workdir, tmp_path / "model", flag) / "1"
    assert_served_as_decoded(exported, trained_workdir, LINES, tmp_path, flag)
    names = [
        signature for signature in tf.saved_model.load(exported).signatures
    ]
    assert sorted(names) == ["beam_search", "n_best", "serving_default"]


def test_other_vocabularies_are_refused(trained_workdir, copy):
    with (copy / "vocabulary.model").open("ab") as file:
        file.write(b"more")
    with pytest.raises(WorkdirError, match="must have the same vocabulary"):
        TrainedEnsemble([trained_workdir, copy])


@pytest.mark.parametrize(
    ("first", "second", "field"),
    [
        ("translation/tiny", "parsing/tiny", "task parsing"),
        ("parsing/tiny", "parsing/tiny_words", "model.encoder words"),
        ("parsing/tiny_words", "parsing/tiny_chart", "model.parser chart"),
        ("translation/tiny", "translation/tiny fr", "target_language fr"),
    ],
)
def test_what_ids_mean_is_compared(tmp_path, first, second, field):
    folders = tmp_path / "first", tmp_path / "second"
    for folder, name in zip(folders, (first, second), strict=True):
        preset, *language = name.split()
        sets = [f"data.target_language={value}" for value in language]
        Workdir(folder).configure(preset, sets)
    with pytest.raises(WorkdirError, match=f"{field}, where"):
        check_members(folders)


@pytest.mark.parametrize("checkpoint", ["last", "100", "averaged"])
def test_a_checkpoint_is_taken_of_each(trained_workdir, copy, checkpoint):
    again = copy.parent / "again"
    shutil.copytree(copy, again)
    average_checkpoints(copy, 2)
    average_checkpoints(again, 1)
    both = TrainedEnsemble([copy, again], checkpoint)
    for member, path in zip(both.model.members, (copy, again), strict=True):
        want = TrainedModel(path, checkpoint).model.get_weights()
        for got, weight in zip(member.get_weights(), want, strict=True):
            np.testing.assert_array_equal(got, weight)


def test_a_checkpoint_of_one_workdir_is_refused(trained_workdir, copy):
    """It would be read into every member."""
    folder = copy / "checkpoints" / "step-00000100"
    with pytest.raises(CheckpointError, match="a folder is of one of them"):
        TrainedEnsemble([trained_workdir, copy], str(folder))


def test_a_step_that_a_member_lacks_is_told_with_its_workdir(
    trained_workdir, copy
):
    shutil.rmtree(copy / "checkpoints" / "step-00000100")
    with pytest.raises(CheckpointError, match=f"in {copy}"):
        TrainedEnsemble([trained_workdir, copy], "100")


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
