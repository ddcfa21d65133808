"""A run that begins from a trained model, really trained."""

import json
import shutil

import numpy as np
import pytest
import tensorflow as tf

from tests.training import runs
from tests.training.averaged import save_average
from tfformer.errors import CheckpointError
from tfformer.tasks.task import make_task
from tfformer.training.averaging import average_checkpoints
from tfformer.training.distribution import Distribution
from tfformer.training.inference import TrainedModel
from tfformer.training.initial_weights import InitialWeights
from tfformer.training.trainer import TrainingRun
from tfformer.training.warm_start import WarmStart
from tfformer.training.workdir import Workdir

PRESET = "translation/tiny"
CHANGES = (
    "model.dropout_rate=0.3",
    "train.ema_decay=0.9",
    "train.seed=5",
    "optimizer.warmup_steps=20",
)
FLAGS = [
    f"--preset={PRESET}",
    *(f"--set={change}" for change in CHANGES),
    *runs.settings(
        train__log_every=1,
        train__batch_tokens=128,
        train__eval_sentences=2,
        train__eval_steps=1000,
        decode__method="greedy",
    ),
]


@pytest.fixture
def trained(trained_workdir, tmp_path):
    folder = tmp_path / "trained"
    shutil.copytree(trained_workdir, folder)
    return folder


def alone():
    return Distribution(tf.distribute.get_strategy())


def begun(path, trained, checkpoint="best", *changes):
    """A workdir as a run leaves it that is killed as soon as it has begun."""
    workdir = Workdir(path)
    config = workdir.plan(PRESET, [*CHANGES, *changes])
    start = WarmStart(str(trained), checkpoint)
    initial = InitialWeights(start, config, workdir, alone())
    workdir.write(config)
    initial.take()
    return workdir


def opened(workdir):
    """The model and optimizer that this workdir's next run trains."""
    config = workdir.read_config()
    task = make_task(config, None)
    vocabularies = task.vocabularies(workdir.path)
    return TrainingRun(config, workdir, task, vocabularies, alone())


def check_equal(got, want):
    for one, other in zip(got, want, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_it_begins_with_the_weights_and_nothing_else(trained, tmp_path, dtype):
    workdir = begun(tmp_path / "new", trained, "100", f"model.dtype={dtype}")
    want = TrainedModel(trained, "100").model.get_weights()
    shutil.rmtree(trained)
    run = opened(workdir)
    assert run.first_step == 0
    check_equal(run.model.get_weights(), want)
    check_equal(run.model.moving_average.averages, want)
    # The count of updates, and both moments of every weight.
    state = run.model.optimizer.variables
    assert len(state) == 1 + 2 * len(run.model.trainable_weights)
    assert not any(np.any(variable.numpy()) for variable in state)


def test_vocabularies_are_the_same_byte_for_byte(trained, tmp_path):
    workdir = begun(tmp_path / "new", trained)
    copied = (workdir.path / "vocabulary.model").read_bytes()
    assert copied == (trained / "vocabulary.model").read_bytes()


def test_what_it_began_from_is_recorded_and_told(trained, tmp_path, capfd):
    workdir = begun(tmp_path / "new", trained, "100")
    assert json.loads(workdir.init.read_text()) == {
        "workdir": str(trained),
        "checkpoint": "100",
        "steps": [100],
        "taken": "checkpoint of step 100",
    }
    told = f"new: began from {trained}: checkpoint of step 100\n"
    assert capfd.readouterr().err.endswith(told)


def test_a_moving_average_is_what_it_begins_from(trained, tmp_path):
    _, average = save_average(trained, 210)
    workdir = begun(tmp_path / "new", trained, "last")
    check_equal(opened(workdir).model.get_weights(), average.averages)
    assert "its moving average" in workdir.init.read_text()


def test_a_checkpoint_that_is_not_there_makes_no_workdir(trained, tmp_path):
    with pytest.raises(CheckpointError, match="`--init_checkpoint` must be.*7"):
        begun(tmp_path / "new", trained, "7")
    assert not (tmp_path / "new").exists()


def test_killed_before_it_has_the_weights_it_takes_them_again(
    trained, tmp_path
):
    workdir = begun(tmp_path / "new", trained, "100")
    shutil.rmtree(workdir.checkpoints)
    # Without the flag too, from what it was told first.
    initial = InitialWeights(None, workdir.read_config(), workdir, alone())
    initial.take()
    check_equal(
        opened(workdir).model.get_weights(),
        TrainedModel(trained, "100").model.get_weights(),
    )


def test_a_run_with_checkpoints_goes_on_with_its_own(trained, tmp_path):
    workdir = Workdir(trained)
    start = WarmStart(str(tmp_path / "gone"))
    InitialWeights(start, workdir.read_config(), workdir, alone()).take()
    assert not workdir.init.exists()
    assert opened(workdir).first_step == 200


def test_an_average_leaves_out_what_the_run_began_from(trained, tmp_path):
    workdir = begun(tmp_path / "new", trained)
    with pytest.raises(CheckpointError, match=r"is 0 \(steps none\)"):
        average_checkpoints(workdir.path, 1)


def test_interrupted_it_resumes_without_the_trained_model(trained, tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    flags = [*FLAGS, f"--init_from={trained}", "--init_checkpoint=100"]
    steps = [runs.settings(train__steps=count) for count in (3, 6)]
    told = runs.run(whole, flags + steps[1])
    assert f"began from {trained}: checkpoint of step 100" in told
    begun(killed, trained, "100")
    shutil.rmtree(trained)
    runs.run(killed, flags + steps[0])
    told = runs.run(killed, flags + steps[1])
    assert "has begun; --init_from is not read again" in told
    assert "steps 3 to 6" in told and "building the vocabulary" not in told
    np.testing.assert_array_equal(runs.losses(killed), runs.losses(whole))
    want, got = runs.state(whole), runs.state(killed)
    assert len(got) == len(want) > 20
    for name, value in want.items():
        np.testing.assert_array_equal(got[name], value, err_msg=name)


@pytest.mark.slow
def test_all_workers_begin_with_the_same_weights(trained, tmp_path):
    flags = [*FLAGS, f"--init_from={trained}"]
    flags += runs.settings(model__dropout_rate=0, train__steps=6)
    runs.run(tmp_path / "one", flags)
    runs.run(tmp_path / "two", flags, workers=2)
    np.testing.assert_allclose(
        runs.losses(tmp_path / "two"),
        runs.losses(tmp_path / "one"),
        rtol=1e-6,
        atol=0,
    )
