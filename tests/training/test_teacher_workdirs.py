"""Which trained models a run can learn from; told without TensorFlow."""

import json
import shutil

import pytest

from tfformer.config import override
from tfformer.data import prepared
from tfformer.errors import DataError, WorkdirError
from tfformer.tasks.task import get_preset, make_task
from tfformer.training.teacher_workdirs import (
    check_prepared,
    check_teachers,
    take_vocabulary,
)
from tfformer.training.workdir import Workdir

NAME = "vocabulary.model"


def configured(teachers, *changes):
    config = get_preset("translation/tiny")
    return override(config, [f"train.teachers={teachers}", *changes])


def refused(teachers, workdir, *changes):
    with pytest.raises(WorkdirError) as error:
        check_teachers(configured(teachers, *changes), Workdir(workdir))
    return str(error.value)


def test_none_are_fine(tmp_path):
    check_teachers(get_preset("translation/tiny"), Workdir(tmp_path))


def test_a_trained_model_is_fine(trained_workdir, tmp_path):
    check_teachers(configured(trained_workdir), Workdir(tmp_path))


def test_one_that_is_not_trained_is_named(trained_workdir, tmp_path):
    student = tmp_path / "student"
    missing = refused(f"{trained_workdir},nowhere", student)
    assert "Received: 'nowhere', which has no config.json" in missing
    begun = tmp_path / "begun"
    shutil.copytree(
        trained_workdir, begun, ignore=lambda *_: ["checkpoints", "data"]
    )
    assert "begun', which has no checkpoint" in refused(begun, student)
    assert "Received: ''" in refused(f"{trained_workdir},", student)


def test_a_run_is_not_its_own_teacher(trained_workdir):
    told = refused(trained_workdir, trained_workdir)
    assert "which is the workdir of this run" in told


def test_a_teacher_counts_once(trained_workdir, tmp_path):
    twice = refused(f"{trained_workdir},{trained_workdir}", tmp_path)
    assert "workdirs of train.teachers must be different" in twice


@pytest.mark.parametrize(
    "change", ["data.target_language=fr", "data.vocab_size=300"]
)
def test_what_decides_the_ids_must_be_the_same(
    change, trained_workdir, tmp_path
):
    told = refused(trained_workdir, tmp_path, change)
    assert f"where {change.partition('=')[0]} is" in told


def test_a_model_to_begin_from_must_have_it_too(trained_workdir, tmp_path):
    config, new = configured(trained_workdir), Workdir(tmp_path / "new")
    # As when a teacher itself is begun from.
    check_teachers(config, new, str(trained_workdir))
    other = tmp_path / "other"
    other.mkdir()
    (other / NAME).write_bytes(b"another")
    with pytest.raises(WorkdirError, match="other.* must be the vocabulary of"):
        check_teachers(config, new, str(other))


def test_a_teacher_without_its_vocabulary_is_named(trained_workdir, tmp_path):
    teacher = tmp_path / "teacher"
    shutil.copytree(trained_workdir, teacher)
    (teacher / NAME).unlink()
    told = refused(teacher, tmp_path / "student")
    assert "teacher must hold its vocabulary" in told


def test_checkpoints_without_a_vocabulary_are_not_given_one(
    trained_workdir, tmp_path
):
    workdir = Workdir(tmp_path)
    (workdir.checkpoints / "step-00000001").mkdir(parents=True)
    take_vocabulary(configured(trained_workdir), workdir)
    assert not (tmp_path / NAME).exists()


def test_prepared_data_must_have_it(trained_workdir, tmp_path):
    told = {"format": prepared.FORMAT, "version": prepared.VERSION}
    (tmp_path / prepared.MANIFEST_FILE).write_text(json.dumps(told))
    shutil.copy(trained_workdir / NAME, tmp_path / NAME)
    config = configured(trained_workdir, "data.source=prepared")
    task = make_task(config, str(tmp_path))
    check_prepared(config, task)
    (tmp_path / NAME).write_bytes(b"another")
    with pytest.raises(DataError, match="--vocabulary_dir="):
        check_prepared(config, task)


def test_a_run_takes_their_vocabulary_and_keeps_another(
    trained_workdir, tmp_path
):
    workdir = Workdir(tmp_path)
    config = configured(trained_workdir)
    take_vocabulary(config, workdir)
    taken = (tmp_path / NAME).read_bytes()
    assert taken == (trained_workdir / NAME).read_bytes()
    check_teachers(config, workdir)
    (tmp_path / NAME).write_bytes(b"another")
    take_vocabulary(config, workdir)
    assert (tmp_path / NAME).read_bytes() == b"another"
    told = refused(trained_workdir, tmp_path)
    assert "must be the vocabulary of train.teachers" in told
