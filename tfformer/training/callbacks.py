"""Keras callbacks: the log, checkpoints and evaluations, by step.

They count updates, not Keras epochs: a run that was cut short goes on at the
step where it stopped, whatever an epoch is.
"""

import json
import pathlib
import time
from collections.abc import Callable

import keras
import tensorflow as tf

from tfformer.data.atomic import written_aside
from tfformer.progress import Progress
from tfformer.training.checkpoint import CheckpointStore


class MetricsFile:
    """`metrics.jsonl`: one JSON object a line, each with its "step".

    Args:
        path: the file.
        first_step: lines of later steps are dropped: they belong to a run
            that was cut short after its last checkpoint and is repeated now.
    """

    def __init__(self, path: pathlib.Path, first_step: int) -> None:
        self.path = path
        if path.is_file():
            lines = path.read_text().splitlines()
            kept = [line for line in lines if _step(line) <= first_step]
            with written_aside(path) as aside:
                aside.write_text("".join(f"{line}\n" for line in kept))

    def last_step_with(self, name: str) -> int:
        """Returns the last step that has a value of that name, or 0."""
        if not self.path.is_file():
            return 0
        lines = map(json.loads, self.path.read_text().splitlines())
        return max((v["step"] for v in lines if name in v), default=0)

    def write(self, values: dict[str, float | int]) -> None:
        """Appends one object."""
        with open(self.path, "a") as file:
            file.write(json.dumps(values) + "\n")


def _step(line: str) -> float:
    """The step of a line; a line that was cut short belongs to no step."""
    try:
        return json.loads(line)["step"]
    except (ValueError, KeyError):
        return float("inf")


class StepCallback(keras.callbacks.Callback):
    """Calls `on_step(step, logs)` after each update.

    Args:
        first_step: updates made before this run.
    """

    def __init__(self, first_step: int) -> None:
        super().__init__()
        self.step = first_step

    def on_train_batch_end(self, batch, logs=None):
        self.step += 1
        self.on_step(self.step, logs or {})

    def on_step(self, step: int, logs: dict) -> None:
        """To be overridden.

        Args:
            step: updates made so far, this one counted.
            logs: what `train_step` returned.
        """


class TrainingLog(StepCallback):
    """Progress line, `metrics.jsonl` and TensorBoard.

    "loss" is the mean over the steps since the line before; "tokens_per_second"
    counts real tokens of both sides over the same steps, evaluations not timed.

    Args:
        first_step: updates made before this run.
        last_step: where training will end.
        every: steps between two lines of the file.
        metrics: the file.
        writer: TensorBoard's.
    """

    def __init__(
        self,
        first_step: int,
        last_step: int,
        every: int,
        metrics: MetricsFile,
        writer: tf.summary.SummaryWriter,
    ) -> None:
        super().__init__(first_step)
        self._every, self._metrics, self._writer = every, metrics, writer
        self.progress = Progress(
            "training", total=last_step, initial=first_step, unit="steps"
        )
        self._start_interval()

    def _start_interval(self) -> None:
        self._tokens = 0.0
        self._losses: list[float] = []
        self._began, self._paused = time.monotonic(), 0.0

    def pause(self, seconds: float) -> None:
        """Leaves time that was not spent on training out of the rate."""
        self._paused += seconds

    def on_step(self, step, logs):
        self._tokens += float(logs["tokens"])
        self._losses.append(float(logs["loss"]))
        # One batch's loss says little: batches differ in sentence length.
        loss = sum(self._losses) / len(self._losses)
        rate = self._tokens_per_second()
        learning_rate = self._learning_rate(step)
        self.progress.update(
            1,
            {
                "loss": f"{loss:.3f}",
                "lr": f"{learning_rate:.2e}",
                "tokens/s": f"{rate:.0f}",
            },
        )
        if step % self._every == 0:
            values = {
                "loss": loss,
                "learning_rate": learning_rate,
                "gradient_norm": float(logs["gradient_norm"]),
                "tokens_per_second": rate,
            }
            self._metrics.write({"step": step, **values})
            write_scalars(self._writer, values, step)
            self._start_interval()

    def on_train_end(self, logs=None):
        self.progress.__exit__()
        self._writer.flush()

    def _tokens_per_second(self) -> float:
        elapsed = time.monotonic() - self._began - self._paused
        return self._tokens / max(elapsed, 1e-9)

    def _learning_rate(self, step: int) -> float:
        """The rate that this update was made with; Keras counts from 0."""
        schedule = self.model.optimizer._learning_rate
        return float(schedule(step - 1))


class Checkpoints(StepCallback):
    """Saves every so often and at the end.

    Args:
        first_step: updates made before this run.
        every: steps between two checkpoints.
        store: where they go.
        checkpoint: what is saved.
    """

    def __init__(
        self,
        first_step: int,
        every: int,
        store: CheckpointStore,
        checkpoint: tf.train.Checkpoint,
    ) -> None:
        super().__init__(first_step)
        self._every, self._store = every, store
        self._checkpoint = checkpoint

    def on_step(self, step, logs):
        if step % self._every == 0:
            self.save()

    def on_train_end(self, logs=None):
        self.save()

    def save(self) -> None:
        """Saves now, unless this step is saved already."""
        self._store.save(self._checkpoint, self.step)


class Evaluations(StepCallback):
    """Scores the dev split every so often and at the end; marks the best.

    Must come after `Checkpoints` in the list, so that the checkpoint that it
    marks is of this step.

    Args:
        first_step: updates made before this run.
        every: steps between two evaluations.
        score: returns the dev loss and scores, such as {"dev_loss": 2.1,
            "dev_bleu": 31.0}.
        primary: the name of the score to choose the best by.
        checkpoints: saves a step before it is marked best.
        store: where the best is marked.
        log: shows and writes the scores.
        metrics: the file.
        writer: TensorBoard's.
    """

    def __init__(
        self,
        first_step: int,
        every: int,
        score: Callable[[], dict[str, float]],
        primary: str,
        checkpoints: Checkpoints,
        store: CheckpointStore,
        log: TrainingLog,
        metrics: MetricsFile,
        writer: tf.summary.SummaryWriter,
    ) -> None:
        super().__init__(first_step)
        self._every, self._score, self._primary = every, score, primary
        self._checkpoints, self._store = checkpoints, store
        self._log, self._metrics, self._writer = log, metrics, writer
        self._evaluated = metrics.last_step_with(primary)

    def catch_up(self, finished: bool) -> None:
        """Makes the evaluation that an earlier run was killed in.

        Args:
            finished: whether that run had made its last step.
        """
        due = finished or self.step % self._every == 0
        if due and self._evaluated < self.step:
            self._evaluate()

    def on_step(self, step, logs):
        if step % self._every == 0:
            self._evaluate()

    def on_train_end(self, logs=None):
        if self._evaluated != self.step:
            self._evaluate()

    def _evaluate(self) -> None:
        began = time.monotonic()
        scores = self._score()
        self._evaluated = self.step
        self._metrics.write({"step": self.step, **scores})
        write_scalars(self._writer, scores, self.step)
        best = self._store.best_score()
        value = scores[self._primary]
        better = best is None or value > best
        if better:
            self._checkpoints.save()
            self._store.mark_best(self.step, value)
        told = ("dev_loss", self._primary, "dev_errors", "dev_skips")
        shown = ", ".join(f"{k} {scores[k]:.3f}" for k in told if k in scores)
        self._log.progress.message(
            f"step {self.step}: {shown}" + (" (best so far)" if better else "")
        )
        self._log.pause(time.monotonic() - began)


def write_scalars(
    writer: tf.summary.SummaryWriter, values: dict[str, float], step: int
) -> None:
    """Writes scalars for TensorBoard."""
    with writer.as_default(step=step):
        for name, value in values.items():
            tf.summary.scalar(name, value)
