"""Averages of checkpoints, in a workdir that was really trained."""

import json
import shutil

import numpy as np
import pytest

from tests.conftest import run_program
from tests.training.averaged import save_average
from tfformer.errors import CheckpointError
from tfformer.training.averaging import average_checkpoints
from tfformer.training.checkpoint import CheckpointStore
from tfformer.training.inference import TrainedModel

LINES = ["The dog sleeps.", "A man sees the old house."]


@pytest.fixture
def workdir(trained_workdir, tmp_path):
    folder = tmp_path / "workdir"
    shutil.copytree(trained_workdir, folder)
    return folder


def copy_step(workdir, old, new):
    """Makes a checkpoint of one step that of another."""
    folder = workdir / "checkpoints" / f"step-{new:08}"
    shutil.copytree(workdir / "checkpoints" / f"step-{old:08}", folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "step": new}))


def weights(workdir, name):
    return TrainedModel(workdir, name).model.get_weights()


def test_the_average_is_the_mean_of_the_newest(workdir):
    found = average_checkpoints(workdir, 2)
    assert found.steps == (100, 200)
    assert str(found) == "average of the checkpoints of steps 100, 200"
    for got, first, second in zip(
        *(weights(workdir, name) for name in ("averaged", "100", "200")),
        strict=True,
    ):
        want = (first.astype("float64") + second) / 2
        np.testing.assert_array_equal(got, want.astype("float32"))
        assert not np.array_equal(got, second)
    # Again, of others: it takes the place of the first.
    assert average_checkpoints(workdir, 1).steps == (200,)
    for got, want in zip(
        weights(workdir, "averaged"), weights(workdir, "last"), strict=True
    ):
        np.testing.assert_array_equal(got, want)


def test_of_equal_checkpoints_outputs_are_the_same(workdir):
    for step in (210, 220):
        copy_step(workdir, 200, step)
    assert average_checkpoints(workdir, 3).steps == (200, 210, 220)
    outputs = [
        [best[0] for best in TrainedModel(workdir, n).inference().decode(LINES)]
        for n in ("averaged", "200")
    ]
    assert outputs[0] == outputs[1]


def test_an_old_best_is_none_of_the_newest(workdir):
    """Training keeps five, and the best besides, however old it is."""
    for step in (300, 400, 500, 600):
        copy_step(workdir, 200, step)
    with pytest.raises(
        CheckpointError, match=r"is 5 \(steps 200, 300.*: 6. Try --last=5"
    ):
        average_checkpoints(workdir, 6)


@pytest.fixture
def averaged_model(workdir):
    """The last weights, beside which step 210 has an average 1 above them."""
    return save_average(workdir, 210)[0]


def test_a_program_takes_the_moving_average_unless_it_is_declined(
    workdir, averaged_model, tmp_path
):
    pytest.importorskip("ctranslate2", reason="needs the extra [ctranslate2]")
    # That it is taken otherwise is the test below.
    done = run_program(
        "tools.export_ctranslate2",
        f"--workdir={workdir}",
        f"--output_dir={tmp_path / 'export'}",
        "--checkpoint=last",
        "--noema",
    )
    assert done.returncode == 0, done.stderr.decode()
    assert b"checkpoint of step 210 for CTranslate2" in done.stdout


def test_a_moving_average_is_taken_unless_it_is_declined(
    workdir, averaged_model
):
    taken = TrainedModel(workdir, "last")
    assert str(taken.checkpoint) == "checkpoint of step 210, its moving average"
    declined = TrainedModel(workdir, "last", ema=False)
    assert str(declined.checkpoint) == "checkpoint of step 210"
    for one, other, want in zip(
        taken.model.weights,
        declined.model.weights,
        averaged_model.weights,
        strict=True,
    ):
        np.testing.assert_array_equal(other.numpy(), want.numpy())
        np.testing.assert_array_equal(one.numpy(), want.numpy() + 1)


def test_training_passes_the_average_over(workdir):
    average_checkpoints(workdir, 2)
    store = CheckpointStore(workdir / "checkpoints")
    assert store.steps() == [100, 200] and store.newest() == 200
    assert [store.select(name) for name in ("best", "last")] == [
        store.best_step(),
        200,
    ]


def test_too_few_and_damaged_checkpoints_are_refused(workdir):
    with pytest.raises(
        CheckpointError, match=r"is 2 \(steps 100, 200\).*Try --last=2"
    ):
        average_checkpoints(workdir, 3)
    store = CheckpointStore(workdir / "checkpoints")
    data = next(store.path(100).glob("checkpoint.data*"))
    data.write_bytes(data.read_bytes()[:-3])
    with pytest.raises(CheckpointError, match="step-00000100: damaged"):
        average_checkpoints(workdir, 2)
    assert not store.averaged.exists()
    with pytest.raises(CheckpointError, match="there is no average yet"):
        store.find("averaged")


def test_a_damaged_average_is_refused(workdir):
    average_checkpoints(workdir, 2)
    store = CheckpointStore(workdir / "checkpoints")
    data = next(store.averaged.glob("checkpoint.data*"))
    data.write_bytes(data.read_bytes()[:-3])
    with pytest.raises(CheckpointError, match="averaged: damaged.*bytes of"):
        TrainedModel(workdir, "averaged")


def test_any_checkpoints_folder_is_taken(workdir, trained_parser):
    elsewhere = workdir / "copy"
    shutil.copytree(workdir / "checkpoints" / "step-00000100", elsewhere)
    found = CheckpointStore(workdir / "checkpoints").find(str(elsewhere))
    assert found.steps == (100,)
    with pytest.raises(CheckpointError, match="a step or the folder"):
        TrainedModel(workdir, str(workdir / "none"))
    other = trained_parser / "checkpoints" / "step-00000100"
    with pytest.raises(CheckpointError, match="is of another model"):
        TrainedModel(workdir, str(other))


@pytest.mark.slow
def test_the_programs_make_and_take_an_average(workdir, tmp_path):
    flag = f"--workdir={workdir}"
    done = run_program("tools.average_checkpoints", flag, "--last=2")
    assert done.returncode == 0, done.stderr.decode()
    assert b"average of the checkpoints of steps 100, 200" in done.stdout
    taken = (flag, "--checkpoint=averaged")
    export = (f"--output_dir={tmp_path / 'e'}", "--warmup_text=Hi.")
    runs = [
        ("pipelines.decode", b"Hi.\n", ()),
        ("tools.export_saved_model", b"", export),
    ]
    for module, stdin, more in runs:
        done = run_program(module, *taken, *more, stdin=stdin)
        assert done.returncode == 0, done.stderr.decode()
    assert b"exported the average of" in done.stdout
