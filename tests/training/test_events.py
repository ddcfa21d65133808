import pytest
import tensorflow as tf

from tfformer.errors import WorkdirError
from tfformer.training.events import event_writer, write_scalars


def test_scalars_are_written(tmp_path):
    writer = event_writer(tmp_path / "events")
    write_scalars(writer, {"loss": 2.5}, 7)
    writer.close()
    (path,) = (tmp_path / "events").iterdir()
    found = [
        (value.tag, event.step, tf.make_ndarray(value.tensor).item())
        for event in tf.compat.v1.train.summary_iterator(str(path))
        for value in event.summary.value
    ]
    assert found == [("loss", 7, 2.5)]


def test_a_file_in_the_place_of_the_folder_is_a_users_error(tmp_path):
    (tmp_path / "events").touch()
    with pytest.raises(WorkdirError, match="events: must be a folder"):
        event_writer(tmp_path / "events")
