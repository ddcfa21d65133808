import json

from tfformer.training.metrics_file import MetricsFile


def test_the_last_evaluated_step_is_known(tmp_path):
    metrics = MetricsFile(tmp_path / "metrics.jsonl", 0)
    assert metrics.steps_with("dev_bleu") == set()
    for step in (5, 10):
        metrics.write({"step": step, "loss": 1.0})
    metrics.write({"step": 10, "dev_bleu": 1.0})
    metrics.write({"step": 15, "loss": 1.0})
    assert metrics.steps_with("dev_bleu") == {10}


def test_lines_after_the_checkpoint_are_dropped(tmp_path):
    path = tmp_path / "metrics.jsonl"
    metrics = MetricsFile(path, 0)
    for step in (5, 10, 15):
        metrics.write({"step": step, "loss": 1.0})
    with open(path, "a", errors="surrogateescape") as file:
        file.write('5\n{"step": null}\n[]\n\udcff\n{"step": 20, "lo')
    # A worker that is not the chief reads it as it is.
    reader = MetricsFile(path, 10, writable=False)
    assert max(reader.steps_with("loss")) == 15
    MetricsFile(path, 10).write({"step": 15, "loss": 2.0})
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(v["step"], v["loss"]) for v in lines] == [
        (5, 1.0),
        (10, 1.0),
        (15, 2.0),
    ]


def test_what_a_run_said_whose_checkpoints_are_gone_is_kept(tmp_path, capfd):
    path = tmp_path / "metrics.jsonl"
    MetricsFile(path, 0).write({"step": 5, "loss": 1.0})
    before = path.read_bytes()
    MetricsFile(path, 0).write({"step": 1, "loss": 2.0})
    assert "kept as metrics.jsonl.old" in capfd.readouterr().err
    MetricsFile(path, 0).write({"step": 2, "loss": 3.0})
    # What came first is the longest, and stays.
    assert (tmp_path / "metrics.jsonl.old").read_bytes() == before
    assert path.read_text().count("\n") == 1
    assert capfd.readouterr().err == ""


def test_what_is_no_number_is_left_out(tmp_path):
    path = tmp_path / "metrics.jsonl"
    nan, infinite = float("nan"), float("inf")
    values = {"step": 5, "loss": 1.0, "dev_loss": nan, "norm": infinite}
    MetricsFile(path, 0).write(values)
    assert json.loads(path.read_text()) == {"step": 5, "loss": 1.0}
