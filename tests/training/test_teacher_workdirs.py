"""Which trained models a run can learn from; told without TensorFlow."""

import shutil

import pytest

from tfformer.config import override
from tfformer.errors import WorkdirError
from tfformer.tasks.task import get_preset
from tfformer.training.teacher_workdirs import check_teachers, take_vocabulary
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
    assert "must be different" in twice


@pytest.mark.parametrize(
    "change", ["data.target_language=fr", "data.vocab_size=300"]
)
def test_what_decides_the_ids_must_be_the_same(
    change, trained_workdir, tmp_path
):
    told = refused(trained_workdir, tmp_path, change)
    assert f"where {change.partition('=')[0]} is" in told


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
