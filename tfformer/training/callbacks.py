"""Keras callbacks: the log, checkpoints and evaluations, by step.

They count updates, not Keras epochs: a run that was cut short goes on at the
step where it stopped, whatever an epoch is.
"""

import json
import pathlib
import time
from collections.abc import Callable, Mapping

import keras
import tensorflow as tf

from tfformer.errors import DivergedError
from tfformer.progress import Progress, announce
from tfformer.training.checkpoint import CheckpointStore
from tfformer.training.events import write_scalars
from tfformer.training.metrics_file import MetricsFile, forget_after
from tfformer.training.patience import Patience
from tfformer.training.signals import StopSignals


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

    "loss" is the mean over the steps since the line before, or since this run
    began, whose update was kept; "tokens_per_second" counts real tokens of
    both sides over the same steps, evaluations not timed, and "padding" is the
    share of places without one.

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
        self._tokens = self._places = 0.0
        self._losses: list[float] = []
        self._began, self._paused = time.monotonic(), 0.0

    def pause(self, seconds: float) -> None:
        """Leaves time that was not spent on training out of the rate."""
        self._paused += seconds

    def on_step(self, step, logs):
        self._tokens += float(logs["tokens"])
        self._places += float(logs["places"])
        if logs["kept"]:
            self._losses.append(float(logs["loss"]))
            self._gradient_norm = float(logs["gradient_norm"])
        # One batch's loss says little: batches differ in sentence length.
        loss = sum(self._losses) / max(1, len(self._losses))
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
        if step % self._every == 0 and self._losses:
            values = {
                "loss": loss,
                "learning_rate": learning_rate,
                "gradient_norm": self._gradient_norm,
                "tokens_per_second": rate,
                "padding": 1.0 - self._tokens / max(self._places, 1.0),
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


class StopRequests(StepCallback):
    """Ends training at one step on all workers when one got a signal.

    A worker's wish travels with the gradients, so it costs no exchange.

    Args:
        first_step: updates made before this run.
        signals: what this worker was sent.
        request: the model's `stop_request`.

    Attributes:
        stopped: whether training was stopped.
    """

    def __init__(
        self, first_step: int, signals: StopSignals, request: tf.Variable
    ) -> None:
        super().__init__(first_step)
        self.signals, self._request = signals, request
        self.stopped = False

    def tell(self) -> None:
        """Tells the other workers with the next step."""
        if self.signals.received:
            self._request.assign(1.0)

    def stop(self) -> None:
        """Makes this step the last."""
        self.stopped = self.model.stop_training = True

    def on_train_batch_begin(self, batch, logs=None):
        self.tell()

    def on_step(self, step, logs):
        if logs["stop"] > 0:
            self.stop()

    def on_test_batch_begin(self, batch, logs=None):
        self.tell()

    def on_test_batch_end(self, batch, logs=None):
        if (logs or {}).get("stop", 0) > 0:
            self.model.stop_evaluating = True
            self.stop()


class BadSteps(StepCallback):
    """Writes down steps whose update was skipped; ends a run of them.

    Args:
        first_step: updates made before this run.
        most: skipped steps in a row after which training stops.
        path: file of JSON lines, for the chief; None for others.
        examples: returns the numbers of a step's examples, by its count of
            updates before it.
    """

    def __init__(
        self,
        first_step: int,
        most: int,
        path: pathlib.Path | None,
        examples: Callable[[int], list[int]],
    ) -> None:
        super().__init__(first_step)
        self._most, self._path, self._examples = most, path, examples
        self._in_a_row = 0
        if path is not None:
            forget_after(path, first_step)

    def on_step(self, step, logs):
        if logs["kept"]:
            self._in_a_row = 0
            return
        self._in_a_row += 1
        if self._path is not None:
            self._write(self._path, step, logs)
        if self._in_a_row >= self._most:
            raise DivergedError(
                f"training stopped at step {step}: the loss or gradient of "
                f"{self._in_a_row} steps in a row was no finite number, which "
                "is as many as train.max_bad_steps allows. None of their "
                "updates was made, and the newest checkpoint is from before "
                "them. Try a lower --set optimizer.learning_rate, a longer "
                "optimizer.warmup_steps or optimizer.clip_norm=1.0. If that "
                "ends like this at once, an update before them has spoilt the "
                "weights: move the newest folder out of checkpoints/ first."
            )

    def _write(self, path: pathlib.Path, step: int, logs: dict) -> None:
        examples = self._examples(step - 1)
        # JSON has no word for what these may be.
        values = {
            name: str(float(logs[name])) for name in ("loss", "gradient_norm")
        }
        with open(path, "a") as file:
            line = {"step": step, **values, "examples": examples}
            file.write(json.dumps(line) + "\n")
        announce(
            f"step {step}: loss {values['loss']}, gradient norm "
            f"{values['gradient_norm']}; the update is skipped, and {path} "
            f"lists the numbers of its {len(examples)} sentences"
        )


class Checkpoints(StepCallback):
    """Saves every so often and at the end.

    One that is due at a step whose update was skipped waits for the next that
    was kept: what a run of bad steps leaves must not push out the good ones.

    Args:
        first_step: updates made before this run.
        last: the step that training ends with. It is saved before it is scored:
            where there is a score, there is what has it.
        every: steps between two checkpoints.
        minutes: minutes between two checkpoints, besides; 0 for none.
        store: where they go; None saves nothing, on workers that are not the
            chief.
        checkpoint: what is saved.
        measure: what scores depend on, as JSON has it.
    """

    def __init__(
        self,
        first_step: int,
        last: int,
        every: int,
        minutes: float,
        store: CheckpointStore | None,
        checkpoint: tf.train.Checkpoint,
        measure: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(first_step)
        self._last, self._every, self._seconds = last, every, 60 * minutes
        self._store, self._checkpoint = store, checkpoint
        self._measure = dict(measure or {})
        self._saved_at, self._due = time.monotonic(), False

    def on_step(self, step, logs):
        waited = time.monotonic() - self._saved_at
        if step % self._every == 0 or 0 < self._seconds <= waited:
            self._due = True
        if step == self._last or (self._due and logs["kept"]):
            self.save()

    def on_train_end(self, logs=None):
        self.save()

    def save(self) -> None:
        """Saves now, unless this step is saved already."""
        if self._store is not None:
            self._store.save(self._checkpoint, self.step)
        self._saved_at, self._due = time.monotonic(), False

    def mark_best(self, score: float) -> bool:
        """Saves this step as the best if its score is; tells whether."""
        if self._store is None:
            return False
        best = self._store.best_score(self._measure)
        if best is not None and score <= best:
            return False
        self.save()
        self._store.mark_best(self.step, score, self._measure)
        return True


class Evaluations(StepCallback):
    """Scores the dev split every so often and at the end; marks the best.

    Must come after `Checkpoints` in the list, so that the checkpoint that it
    marks is of this step.

    Args:
        first_step: updates made before this run.
        evaluated: the newest step that was scored, by what the chief wrote.
        every: steps between two evaluations.
        score: given the step, returns the dev losses and scores, such as
            {"dev_loss": 2.1, "dev_perplexity": 5.0, "dev_bleu": 31.0}, or None
            if a worker was asked to stop.
        primary: the name of the score to choose the best by.
        checkpoints: marks the best.
        patience: tells when to end training.
        stops: told when scoring was cut short.
        log: shows and writes the scores.
        metrics: the file.
        writer: TensorBoard's.

    Attributes:
        patience: as given.
    """

    def __init__(
        self,
        first_step: int,
        evaluated: int,
        every: int,
        score: Callable[[int], dict[str, float] | None],
        primary: str,
        checkpoints: Checkpoints,
        patience: Patience,
        stops: StopRequests,
        log: TrainingLog,
        metrics: MetricsFile,
        writer: tf.summary.SummaryWriter,
    ) -> None:
        super().__init__(first_step)
        self._every, self._score, self._primary = every, score, primary
        self._checkpoints, self._stops = checkpoints, stops
        self.patience = patience
        self._log, self._metrics, self._writer = log, metrics, writer
        self._evaluated = evaluated

    def is_due(self, finished: bool) -> bool:
        """Tells whether an earlier run was killed in an evaluation.

        Args:
            finished: whether that run had made its last step.
        """
        due = finished or self.step % self._every == 0
        return due and self._evaluated < self.step

    def on_step(self, step, logs):
        if step % self._every == 0 and not self._stops.stopped:
            self.evaluate()
            if self.patience.over:
                self.patience.tell(step)
                self.model.stop_training = True

    def on_train_end(self, logs=None):
        if self._evaluated != self.step and not self._stops.stopped:
            self.evaluate()

    def evaluate(self) -> None:
        """Scores now, on all workers together."""
        began = time.monotonic()
        scores = self._score(self.step)
        if scores is None:
            self._stops.stop()
            return
        # Marked before it is written down: a run that is killed in between
        # scores this step again, where otherwise it would never be marked.
        better = self._checkpoints.mark_best(scores[self._primary])
        self.patience.heed(better)
        self._evaluated = self.step
        self._metrics.write({"step": self.step, **scores})
        write_scalars(self._writer, scores, self.step)
        self._writer.flush()
        told = (
            "dev_loss",
            "dev_perplexity",
            self._primary,
            "dev_errors",
            "dev_skips",
        )
        shown = ", ".join(f"{k} {scores[k]:.3f}" for k in told if k in scores)
        self._log.progress.message(
            f"step {self.step}: {shown}" + (" (best so far)" if better else "")
        )
        self._log.pause(time.monotonic() - began)
