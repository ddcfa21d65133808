import tensorflow as tf

from tfformer.data.sources import Example
from tfformer.training.samples import COUNT, write_samples


def values_of(folder):
    """Steps and values of a folder's one file of events."""
    (path,) = folder.iterdir()
    events = [
        tf.compat.v1.Event.FromString(record.numpy())
        for record in tf.data.TFRecordDataset(str(path))
    ]
    return [(e.step, v) for e in events for v in e.summary.value]


def test_the_first_outputs_are_written_as_they_are(tmp_path):
    examples = [Example(f"in <b>{i}</b>", f"ref | {i}") for i in range(9)]
    writer = tf.summary.create_file_writer(str(tmp_path))
    write_samples(writer, 7, examples, [f"out *{i}*" for i in range(9)])
    writer.close()
    ((step, value),) = values_of(tmp_path)
    text = value.tensor.string_val[0].decode()
    assert step == 7 and value.tag == "dev_samples"
    for i in range(COUNT):
        for part in (f"in <b>{i}</b>", f"out *{i}*", f"ref | {i}"):
            assert any(
                line.startswith("    ") and line.endswith(part)
                for line in text.splitlines()
            )
    assert "in <b>3</b>" not in text
