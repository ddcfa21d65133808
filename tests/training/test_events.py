import pytest
import tensorflow as tf

from tfformer.errors import WorkdirError
from tfformer.training.events import event_writer, write_scalars


def write(directory, first_step, losses):
    writer = event_writer(directory, first_step)
    for step, loss in losses.items():
        write_scalars(writer, {"loss": loss}, step)
    writer.close()


def read(directory):
    """Every scalar of the folder's files, and the files' own records."""
    found, versions = [], 0
    for path in directory.iterdir():
        for event in tf.compat.v1.train.summary_iterator(str(path)):
            versions += bool(event.file_version)
            for value in event.summary.value:
                number = tf.make_ndarray(value.tensor).item()
                found.append((value.tag, event.step, number))
    assert versions == len(list(directory.iterdir()))
    return sorted(found)


def test_scalars_are_written(tmp_path):
    write(tmp_path / "events", 0, {7: 2.5})
    assert read(tmp_path / "events") == [("loss", 7, 2.5)]


def test_what_is_made_again_is_there_once(tmp_path):
    events = tmp_path / "events"
    write(events, 0, {5: 4.0, 10: 3.0, 15: 9.0})
    (before,) = events.iterdir()
    # Killed while it wrote its last record.
    before.write_bytes(before.read_bytes()[:-3])
    write(events, 5, {10: 2.0, 15: 1.0})
    wanted = [("loss", 5, 4.0), ("loss", 10, 2.0), ("loss", 15, 1.0)]
    assert read(events) == wanted
    # Nothing is to be forgotten: no file is touched.
    files = {path: path.stat().st_mtime_ns for path in events.iterdir()}
    write(events, 15, {20: 0.5})
    assert read(events) == [*wanted, ("loss", 20, 0.5)]
    assert {path: path.stat().st_mtime_ns for path in files} == files


def test_what_a_run_said_whose_checkpoints_are_gone_is_kept(tmp_path, capfd):
    events = tmp_path / "events"
    write(events, 0, {5: 4.0})
    write(events, 0, {1: 3.0})
    assert "kept as events.old" in capfd.readouterr().err
    write(events, 0, {2: 2.0})
    assert read(events) == [("loss", 2, 2.0)]
    assert read(tmp_path / "events.old") == [("loss", 5, 4.0)]


def test_a_file_in_the_place_of_the_folder_is_a_users_error(tmp_path):
    (tmp_path / "events").touch()
    with pytest.raises(WorkdirError, match="events: must be a folder"):
        event_writer(tmp_path / "events", 0)
