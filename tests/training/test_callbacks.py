import json

import pytest
import tensorflow as tf

from tfformer.errors import DivergedError
from tfformer.training.callbacks import (
    BadSteps,
    Checkpoints,
    Evaluations,
    TrainingLog,
)
from tfformer.training.checkpoint import CheckpointStore
from tfformer.training.metrics_file import MetricsFile
from tfformer.training.patience import Patience

GOOD = {"kept": 1.0, "loss": 1.0, "gradient_norm": 1.0}
BAD = {"kept": 0.0, "loss": float("nan"), "gradient_norm": float("inf")}


@pytest.mark.parametrize(
    ("minutes", "saved"), [(1e-9, [1, 2, 3]), (0, []), (60, [])]
)
def test_checkpoints_come_by_the_clock_too(tmp_path, minutes, saved):
    store = CheckpointStore(tmp_path)
    checkpoint = tf.train.Checkpoint(variable=tf.Variable(1.0))
    callback = Checkpoints(0, 1000, 1000, minutes, store, checkpoint)
    for batch in range(3):
        callback.on_train_batch_end(batch, GOOD)
    assert store.steps() == saved


def test_a_run_of_bad_steps_pushes_out_no_good_checkpoint(tmp_path):
    store = CheckpointStore(tmp_path, keep=2)
    checkpoint = tf.train.Checkpoint(variable=tf.Variable(1.0))
    callback = Checkpoints(0, 1000, 2, 0, store, checkpoint)
    for batch, logs in enumerate([GOOD] * 4 + [BAD] * 7):
        callback.on_train_batch_end(batch, logs)
    assert store.steps() == [2, 4]
    # What was due comes with the next update that is made.
    callback.on_train_batch_end(11, GOOD)
    callback.on_train_batch_end(12, GOOD)
    assert store.steps() == [4, 12]


def test_scores_by_other_settings_are_not_compared(tmp_path, capfd):
    store = CheckpointStore(tmp_path)
    checkpoint = tf.train.Checkpoint(variable=tf.Variable(1.0))

    def mark(step, score, **measure):
        callback = Checkpoints(step, 1000, 2, 0, store, checkpoint, measure)
        return callback.mark_best(score)

    assert mark(1, 40.0, sentences=100)
    assert not mark(2, 39.0, sentences=100)
    assert "was the best" not in capfd.readouterr().err
    assert mark(3, 35.0, sentences=0)
    assert "step 1 was the best before a change of sentences, across" in (
        capfd.readouterr().err
    )
    assert not mark(4, 34.0, sentences=0)
    assert store.best_step() == 3


def test_the_last_step_is_saved_before_it_is_scored(tmp_path):
    store = CheckpointStore(tmp_path)
    checkpoint = tf.train.Checkpoint(variable=tf.Variable(1.0))
    callback = Checkpoints(0, 3, 1000, 0, store, checkpoint)
    for batch in range(3):
        assert not store.steps()
        callback.on_train_batch_end(batch, GOOD)
    assert store.steps() == [3]


def test_a_worker_that_is_not_the_chief_saves_nothing(tmp_path):
    checkpoint = tf.train.Checkpoint(variable=tf.Variable(1.0))
    callback = Checkpoints(0, 1000, 1, 0, None, checkpoint)
    callback.on_train_batch_end(0, GOOD)
    callback.on_train_end()
    assert callback.mark_best(1.0) is False


def test_only_bad_steps_in_a_row_end_training(tmp_path):
    path = tmp_path / "bad_steps.jsonl"
    callback = BadSteps(0, 2, path, lambda step: [step, 7])
    for batch, logs in enumerate([BAD, GOOD, BAD, GOOD, BAD]):
        callback.on_train_batch_end(batch, logs)
    with pytest.raises(DivergedError, match="step 6: .* 2 steps in a row"):
        callback.on_train_batch_end(5, BAD)
    told = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["step"] for line in told] == [1, 3, 5, 6]
    assert told[0]["examples"] == [0, 7]
    assert (told[0]["loss"], told[0]["gradient_norm"]) == ("nan", "inf")


def test_bad_steps_that_are_repeated_are_listed_once(tmp_path):
    path = tmp_path / "bad_steps.jsonl"
    first = BadSteps(0, 9, path, lambda step: [])
    for batch in range(4):
        first.on_train_batch_end(batch, BAD)
    again = BadSteps(2, 9, path, lambda step: [])
    again.on_train_batch_end(0, BAD)
    steps = [json.loads(s)["step"] for s in path.read_text().splitlines()]
    assert steps == [1, 2, 3]


def test_a_score_that_cannot_be_written_down_is_marked_and_made_again(tmp_path):
    class FullDisk(MetricsFile):
        def write(self, values):
            raise OSError("no space")

    store = CheckpointStore(tmp_path / "checkpoints")
    checkpoint = tf.train.Checkpoint(variable=tf.Variable(1.0))
    checkpoints = Checkpoints(4, 1000, 1, 0, store, checkpoint)

    def evaluations(kind):
        metrics = kind(tmp_path / "metrics.jsonl", 4)
        return Evaluations(
            4,
            max(metrics.steps_with("dev_bleu"), default=0),
            2,
            lambda step: {"dev_bleu": 7.0},
            "dev_bleu",
            checkpoints,
            Patience(0, 0, bool),
            None,
            TrainingLog(4, 4, 1, metrics, tf.summary.create_noop_writer()),
            metrics,
            tf.summary.create_noop_writer(),
        )

    with pytest.raises(OSError, match="no space"):
        evaluations(FullDisk).evaluate()
    assert (store.best_step(), store.best_score()) == (4, 7.0)
    again = evaluations(MetricsFile)
    assert again.is_due(finished=True)
    again.evaluate()
    assert not evaluations(MetricsFile).is_due(finished=True)
