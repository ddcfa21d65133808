"""Which trained models a run can begin from; told without TensorFlow."""

import pytest

from tfformer.config import override
from tfformer.errors import WorkdirError
from tfformer.tasks.task import get_preset, make_task
from tfformer.training.warm_start import (
    WarmStart,
    has_begun,
    recorded,
    warm_start,
    write_record,
)
from tfformer.training.workdir import Workdir

TINY = "translation/tiny"


def made(folder, preset=TINY, files=("vocabulary.model",)):
    """A workdir that looks trained from outside."""
    workdir = Workdir(folder)
    workdir.configure(preset, [])
    for name in files:
        (folder / name).write_text(name)
    (workdir.checkpoints / "step-00000005").mkdir(parents=True)
    return workdir


@pytest.fixture
def start(tmp_path):
    return WarmStart(str(made(tmp_path / "trained").path))


def test_what_it_learned_from_teachers_it_has(start, tmp_path):
    student = Workdir(start.path)
    student.configure(TINY, ["train.teachers=W", "train.teacher_weight=0.7"])
    taken = start.config()
    assert taken.train.teachers is None
    assert taken.train.teacher_weight == 0.7


def check(start, tmp_path, *assignments, preset=TINY):
    config = override(get_preset(preset), assignments)
    start.check(config, Workdir(tmp_path / "new"))


@pytest.mark.parametrize(
    "change",
    [
        "model.dropout_rate=0.4",
        "model.attention_dropout_rate=0.2",
        "model.ffn_dropout_rate=0.2",
        "model.attention_window=4",
        "model.initializer_gain=0.5",
        "model.dtype=mixed_bfloat16",
        "data.source=text",
        "data.train_split=other",
        "data.max_length=50",
        "optimizer.learning_rate=0.1",
        "train.seed=3",
    ],
)
def test_what_no_weight_depends_on_may_differ(start, tmp_path, change):
    check(start, tmp_path, change)


@pytest.mark.parametrize(
    "change",
    [
        "model.num_layers=2",
        "model.positions=learned",
        "model.normalization=pre",
        "model.dtype=bfloat16",
        "data.vocab_size=500",
    ],
)
def test_what_weights_or_ids_depend_on_may_not(start, tmp_path, change):
    name = change.partition("=")[0]
    with pytest.raises(WorkdirError, match=f"where {name} is .*--set {name}="):
        check(start, tmp_path, change)


def test_rates_of_an_encoder_of_words_and_of_a_chart_are_free(tmp_path):
    preset = "parsing/tiny_chart"
    files = make_task(get_preset(preset), None).vocabulary_files
    start = WarmStart(str(made(tmp_path / "trained", preset, files).path))
    free = ("words.dropout_rate=0.1", "chart.label_weight=0.1")
    check(start, tmp_path, *free, preset=preset)
    other = ("chart.span_dim=12", "words.word_dim=12")
    with pytest.raises(WorkdirError, match="words.word_dim.*chart.span_dim"):
        check(start, tmp_path, *other, preset=preset)


def test_another_task_is_refused(start, tmp_path):
    with pytest.raises(WorkdirError, match="task is translation, for a run of"):
        check(start, tmp_path, preset="parsing/tiny")


def test_what_holds_no_trained_model_is_refused(start, tmp_path):
    with pytest.raises(WorkdirError, match="`--init_from`.*has no config.json"):
        check(WarmStart(str(tmp_path / "none")), tmp_path)
    path = tmp_path / "trained"
    (path / "vocabulary.model").unlink()
    with pytest.raises(WorkdirError, match="must hold its vocabulary"):
        check(start, tmp_path)
    (path / "checkpoints" / "step-00000005").rmdir()
    with pytest.raises(WorkdirError, match="which has no checkpoint"):
        check(start, tmp_path)


def test_a_vocabulary_of_its_own_is_refused_unless_it_is_the_same(
    start, tmp_path
):
    own = tmp_path / "new" / "vocabulary.model"
    own.parent.mkdir()
    own.write_text("vocabulary.model")
    check(start, tmp_path)
    own.write_text("another")
    with pytest.raises(WorkdirError, match="must be the vocabulary of --init"):
        check(start, tmp_path)


def test_a_new_workdir_takes_the_settings_where_there_is_no_preset(
    start, tmp_path
):
    config = Workdir(tmp_path / "new").plan(
        None, ["train.steps=7"], start.config()
    )
    assert config == override(start.config(), ["train.steps=7"])


def test_a_run_has_begun_when_it_has_what_it_needs(tmp_path):
    workdir, start = Workdir(tmp_path / "new"), WarmStart("/w", "last")
    assert not has_begun(workdir, start)
    values = {"workdir": "/w", "checkpoint": "last", "taken": "step 3"}
    write_record(workdir, values)
    assert recorded(workdir) == start
    # A worker with a folder of its own has no checkpoints.
    assert has_begun(workdir, start)
    assert not has_begun(workdir, WarmStart("/w", "best"))
    (workdir.checkpoints / "step-00000000").mkdir(parents=True)
    assert has_begun(workdir, WarmStart("/w", "best"))


def test_a_path_means_the_same_from_anywhere(tmp_path, monkeypatch):
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    first = warm_start("w", "best")
    monkeypatch.chdir(tmp_path / "folder")
    assert warm_start("../w", "best") == first


def test_a_damaged_record_is_named(tmp_path):
    (tmp_path / "init.json").write_text("{")
    with pytest.raises(WorkdirError, match="init.json: damaged.*Remove it"):
        recorded(Workdir(tmp_path))
