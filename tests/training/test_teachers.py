import shutil

import numpy as np
import pytest
import tensorflow as tf

from tests.training import runs
from tests.training.test_learner import TINY, batch, learner
from tfformer.config import override
from tfformer.errors import CheckpointError
from tfformer.models.transformer import Transformer
from tfformer.tasks.task import get_preset
from tfformer.training.inference import TrainedModel
from tfformer.training.teachers import (
    Teachers,
    find_teachers,
    load_teachers,
)

DATA = tuple(np.pad(ids, ((0, 0), (0, 2))) for ids in batch(3, 5))


def teacher(seed, **settings):
    tf.keras.utils.set_random_seed(seed)
    model = Transformer(**{**TINY, "dropout_rate": 0.5, **settings})
    model.build()
    return model


def log_probabilities(model):
    """Of the real positions of DATA, `[tokens, vocabulary]`."""
    told = tf.nn.log_softmax(model(DATA)).numpy()
    return told[DATA[1] != 0]


def test_one_teacher_tells_its_own_prediction():
    model = teacher(1)
    told = Teachers([model]).probabilities(DATA)
    assert told.shape == (15, 30)
    want = np.exp(log_probabilities(model))
    np.testing.assert_allclose(told, want, rtol=1e-4)


def test_several_tell_their_geometric_mean():
    models = [teacher(1), teacher(2, model_dim=24, num_layers=2), teacher(3)]
    mean = np.mean([log_probabilities(m) for m in models], axis=0)
    want = np.exp(mean) / np.exp(mean).sum(-1, keepdims=True)
    told = Teachers(models).probabilities(DATA)
    np.testing.assert_allclose(told, want, rtol=1e-4)


@pytest.mark.parametrize("order", [1, -1])
def test_some_may_compute_in_bfloat16(order):
    exact = [teacher(1), teacher(2)]
    mixed = [teacher(1), teacher(2, dtype="mixed_bfloat16")][::order]
    want, got = (
        Teachers(models).probabilities(DATA) for models in (exact, mixed)
    )
    np.testing.assert_allclose(got, want, rtol=0.05, atol=1e-3)


def test_a_student_has_no_weight_of_its_teachers_and_moves_none():
    model = teacher(1)
    before = [w.numpy() for w in model.weights]
    student = learner(teachers=Teachers([model]))
    assert len(student.weights) == len(learner().weights)
    assert "teachers" not in student.get_config()
    student.train_step((DATA,))
    for old, new in zip(before, model.weights, strict=True):
        np.testing.assert_array_equal(old, new)


def test_its_dev_loss_is_that_of_the_targets():
    plain, student = learner(), learner(teachers=Teachers([teacher(1)]))
    told = [model.test_step((DATA,)) for model in (plain, student)]
    assert float(told[0]["loss"]) == float(told[1]["loss"])
    losses = [
        float(model.train_step((DATA,))["loss"]) for model in (plain, student)
    ]
    assert losses[0] != pytest.approx(losses[1], rel=1e-3)


def test_parts_of_a_batch_have_the_update_of_the_whole():
    data = batch(4, 6)
    logs = [
        learner(
            teachers=Teachers([teacher(1)]), accumulate_steps=parts
        ).train_step((data,))
        for parts in (1, 2)
    ]
    for name in ("loss", "gradient_norm"):
        assert float(logs[0][name]) == pytest.approx(
            float(logs[1][name]), rel=1e-4
        )


def test_a_student_comes_to_say_what_its_teacher_says():
    """More than the targets alone would have it, which are random."""
    model = teacher(1, dropout_rate=0.0)
    want = np.exp(log_probabilities(model))
    apart = []
    for weight in (0.0, 0.9):
        student = learner(teachers=Teachers([model]), teacher_weight=weight)
        step = tf.function(student.train_step, autograph=False)
        for _ in range(30):
            step((tuple(map(tf.constant, DATA)),))
        apart.append((want * -log_probabilities(student)).sum())
    assert apart[1] < apart[0]


def configured(*changes):
    return override(get_preset("translation/tiny"), changes)


def test_the_checkpoints_that_are_taken_are_told(
    trained_workdir, tmp_path, capfd
):
    other = tmp_path / "other"
    shutil.copytree(trained_workdir, other)
    config = configured(
        f"train.teachers={trained_workdir},{other}",
        "train.teacher_checkpoint=100",
    )
    told = load_teachers(config).probabilities(DATA)
    assert capfd.readouterr().err.splitlines()[-2:] == [
        f"learns from {trained_workdir}: checkpoint of step 100",
        f"learns from {other}: checkpoint of step 100",
    ]
    # Twice the same is as good as once.
    want = np.exp(log_probabilities(TrainedModel(other, "100").model))
    np.testing.assert_allclose(told, want, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_teachers_compute_as_their_student_does(dtype, trained_workdir):
    config = configured(
        f"train.teachers={trained_workdir}", f"model.dtype={dtype}"
    )
    (model,) = load_teachers(config).models
    assert model.dtype_policy.name == dtype


def test_a_checkpoint_that_is_not_there_is_named(trained_workdir):
    config = configured(
        f"train.teachers={trained_workdir}", "train.teacher_checkpoint=7"
    )
    with pytest.raises(CheckpointError, match="set train.teacher_check.*7"):
        load_teachers(config)


def test_a_copy_is_told_from_another_checkpoint(trained_workdir, tmp_path):
    same = tmp_path / "same"
    shutil.copytree(trained_workdir, same)
    first, copy = (
        find_teachers(
            configured(f"train.teachers={path}", "train.teacher_checkpoint=100")
        )[str(path)]
        for path in (trained_workdir, same)
    )
    assert first.fingerprint == copy.fingerprint
    last = find_teachers(
        configured(f"train.teachers={same}", "train.teacher_checkpoint=last")
    )[str(same)]
    assert last.fingerprint != copy.fingerprint


def test_a_missing_checkpoint_is_told_before_anything_is_written(
    program, trained_workdir, tmp_path
):
    done = program(
        "pipelines.train",
        "--preset=translation/tiny",
        f"--workdir={tmp_path / 'student'}",
        f"--set=train.teachers={trained_workdir}",
        "--set=train.teacher_checkpoint=averaged",
    )
    assert done.returncode == 2
    assert "there is no average yet" in done.stderr.decode()
    assert not (tmp_path / "student").exists()


def test_a_run_learns_from_teachers_of_its_vocabulary(
    trained_workdir, tmp_path
):
    flags = [
        "--preset=translation/tiny",
        f"--set=train.teachers={trained_workdir}",
        *runs.settings(
            train__steps=4,
            train__eval_steps=4,
            train__eval_sentences=2,
            train__batch_tokens=128,
            decode__method="greedy",
        ),
    ]
    told = runs.run(tmp_path / "student", flags)
    assert f"learns from {trained_workdir}: checkpoint of step" in told
    assert "building the vocabulary" not in told
    vocabulary = (tmp_path / "student" / "vocabulary.model").read_bytes()
    assert vocabulary == (trained_workdir / "vocabulary.model").read_bytes()
    # What is there decodes without them.
    TrainedModel(tmp_path / "student")
    alone = runs.settings(train__steps=5, train__teachers="none")
    told = runs.run(tmp_path / "student", alone)
    change = f"train.teachers was '{trained_workdir}' and is None from here on"
    assert change in told
    assert "learns from" not in told
