import errno
import json
import shutil

import pytest
import tensorflow as tf

from tfformer.errors import CheckpointError
from tfformer.training.checkpoint import CheckpointStore, restore_folder


@pytest.fixture
def saved(tmp_path):
    """A store of three checkpoints whose variable equals their step."""
    variable = tf.Variable(0.0)
    checkpoint = tf.train.Checkpoint(variable=variable)
    store = CheckpointStore(tmp_path / "checkpoints", keep=3)
    for step in (10, 20, 30):
        variable.assign(step)
        store.save(checkpoint, step)
    return store, checkpoint, variable


def restore_newest(store, checkpoint):
    """As the trainer does."""
    step = store.newest()
    store.restore(checkpoint, step)
    return step


def data_file(store, step):
    return next(store.path(step).glob("checkpoint.data*"))


def test_the_newest_is_restored(saved):
    store, checkpoint, variable = saved
    variable.assign(0.0)
    assert restore_newest(store, checkpoint) == 30
    assert float(variable) == 30


def test_an_empty_store_starts_at_zero(tmp_path):
    assert CheckpointStore(tmp_path / "none").newest() == 0


def truncate(store, step):
    path = data_file(store, step)
    path.write_bytes(path.read_bytes()[:-3])


def flip_a_bit(store, step):
    path = data_file(store, step)
    content = bytearray(path.read_bytes())
    content[0] ^= 1
    path.write_bytes(bytes(content))


def remove(store, step):
    data_file(store, step).unlink()


def break_manifest(store, step):
    (store.path(step) / "manifest.json").write_text("{")


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (truncate, "bytes of"),
        (flip_a_bit, "checksum"),
        (remove, "is missing"),
        (break_manifest, "manifest.json is missing or none of one"),
    ],
)
def test_a_damaged_checkpoint_is_named_and_the_one_before_used(
    saved, capsys, harm, words
):
    store, checkpoint, variable = saved
    harm(store, 30)
    assert store.select("last") == 20
    variable.assign(0.0)
    assert restore_newest(store, checkpoint) == 20
    assert float(variable) == 20
    told = capsys.readouterr().err
    assert "step-00000030" in told and words in told
    # It is kept under another name, and the next start does not meet it.
    assert (store.directory / "damaged-00000030").is_dir()
    assert store.steps() == [10, 20]


def test_a_damaged_best_is_best_no_more(saved):
    store, checkpoint, _ = saved
    store.mark_best(30, 40.0)
    truncate(store, 30)
    assert store.select("best") == 20
    assert restore_newest(store, checkpoint) == 20
    assert store.best_step() is None
    assert store.best_score() is None


def test_a_folder_of_another_name_is_left_alone(saved):
    store, _, _ = saved
    (store.directory / "step-00000010-copy").mkdir()
    assert store.steps() == [10, 20, 30]


def test_a_damaged_step_that_was_asked_for_is_refused(saved):
    store, _, _ = saved
    truncate(store, 20)
    with pytest.raises(CheckpointError, match="step-00000020: damaged"):
        store.select("20")


def test_a_damaged_best_is_told_of_once(saved, capfd):
    store, _, _ = saved
    store.mark_best(30, 1.0)
    truncate(store, 30)
    assert store.select("best") == 20
    told = capfd.readouterr().err.splitlines()
    assert [line for line in told if "step-00000030: damaged" in line] == told[
        :1
    ]


def test_none_whole_is_an_error_that_loses_nothing(saved):
    store, checkpoint, _ = saved
    for step in (10, 20, 30):
        truncate(store, step)
    # Not at the second try either: it would train from the beginning.
    for _ in range(2):
        with pytest.raises(CheckpointError, match="none of its 3 checkpoints"):
            restore_newest(store, checkpoint)
    assert store.steps() == [10, 20, 30]
    assert not list(store.directory.glob("damaged-*"))


def test_a_checkpoint_that_goes_away_meanwhile_is_an_error(saved):
    store, checkpoint, _ = saved
    path = store.find("20").folder
    shutil.rmtree(path)
    with pytest.raises(CheckpointError, match="is gone since it was chosen"):
        restore_folder(checkpoint, path)


def test_the_newest_and_the_best_are_kept(saved):
    store, checkpoint, _ = saved
    store.mark_best(10, 33.5)
    for step in (40, 50):
        store.save(checkpoint, step)
    assert store.steps() == [10, 30, 40, 50]
    assert (store.best_step(), store.best_score()) == (10, 33.5)


def test_one_that_cannot_be_removed_ends_nothing(saved, monkeypatch, capfd):
    store, checkpoint, _ = saved

    def refuse(path):
        raise OSError(errno.ENOTEMPTY, "Directory not empty", str(path))

    with monkeypatch.context() as patch:
        patch.setattr("shutil.rmtree", refuse)
        store.save(checkpoint, 40)
    assert "cannot be removed (Directory not empty)" in capfd.readouterr().err
    store.save(checkpoint, 50)
    assert store.steps() == [30, 40, 50]


def test_a_training_leaves_an_average_that_is_being_made(saved):
    store, checkpoint, _ = saved
    names = (".step-00000040.tmp-1-a", ".best.json.tmp-1-b", ".averaged.tmp-2")
    for name in names:
        (store.directory / name).mkdir()
    store.remove_remains()
    (left,) = store.directory.glob(".*")
    assert left.name == ".averaged.tmp-2"
    store.save_averaged(checkpoint, [20, 30])
    assert not list(store.directory.glob(".*"))


def test_selection(saved):
    store, _, _ = saved
    assert store.select("best") == 30
    store.mark_best(20, 1.0)
    assert [store.select(n) for n in ("best", "last", "10")] == [20, 30, 10]
    with pytest.raises(CheckpointError, match="'7'. Steps there are: 10, 20"):
        store.select("7")
    with pytest.raises(CheckpointError, match="no whole checkpoint"):
        CheckpointStore(store.directory / "none").select("best")


def test_a_checkpoint_is_never_half_there(saved, monkeypatch):
    store, checkpoint, _ = saved

    def fail(*args, **kwargs):
        raise OSError("No space left on device")

    monkeypatch.setattr(json, "dumps", fail)
    with pytest.raises(
        CheckpointError, match="step-00000040.*No space.*Step 30 is whole"
    ):
        store.save(checkpoint, 40)
    assert [p.name for p in sorted(store.directory.iterdir())] == [
        "step-00000010",
        "step-00000020",
        "step-00000030",
    ]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"step": 1, "score": "x"}'])
def test_a_damaged_mark_of_the_best_is_an_error_at_once(saved, text):
    store, checkpoint, _ = saved
    store.mark_best(20, 1.0)
    (store.directory / "best.json").write_text(text)
    # Not after hours, and not as if there were none: it would be removed.
    for use in (
        lambda: restore_newest(store, checkpoint),
        lambda: store.select("best"),
        lambda: store.save(checkpoint, 40),
    ):
        with pytest.raises(CheckpointError, match="best.json: damaged"):
            use()


@pytest.mark.parametrize(
    "manifest",
    [
        {"files": {}},
        {"step": 1, "files": []},
        {"step": 1, "files": {"a": [3, 4]}},
        [],
    ],
)
def test_what_is_no_checkpoint_is_refused(saved, manifest):
    store, _, _ = saved
    path = store.path(30)
    (path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(CheckpointError, match="manifest.json is missing or"):
        store.find(str(path))
