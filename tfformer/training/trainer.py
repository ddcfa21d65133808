"""Training: a configuration and a workdir become checkpoints."""

import contextlib
import errno
import functools
import itertools
import os
from collections.abc import Mapping, Set

import keras
import tensorflow as tf

from tfformer.config import ExperimentConfig, differences
from tfformer.data.atomic import remove_remains
from tfformer.data.bidirectional import Bidirectional
from tfformer.data.bpe_dropout import BpeDropout
from tfformer.data.encoded import SIDES, EncodedCorpus
from tfformer.data.lock import PATIENCE, sole_writer
from tfformer.data.pipeline import Shares, batches
from tfformer.data.schedule import BatchSchedule
from tfformer.data.vocabulary import Vocabularies, Vocabulary
from tfformer.errors import (
    NO_ROOM,
    DivergedError,
    StoppedError,
    UserError,
    WorkdirError,
)
from tfformer.progress import announce, be_quiet
from tfformer.tasks.task import Task, make_task
from tfformer.training.agreement import (
    check_configurations,
    check_data,
    check_teachers_agree,
)
from tfformer.training.attention_pictures import write_attention
from tfformer.training.build import (
    Kinds,
    build_model,
    build_optimizer,
    compile_for_fit,
)
from tfformer.training.callbacks import (
    BadSteps,
    Checkpoints,
    Evaluations,
    StopRequests,
    TrainingLog,
)
from tfformer.training.chart_learner import LearningChartParser
from tfformer.training.checkpoint import CheckpointStore
from tfformer.training.corpora import (
    check_sources,
    prepare_corpus,
    prepare_vocabularies,
    training_buckets,
)
from tfformer.training.distribution import Distribution
from tfformer.training.evaluation import measure, perplexity
from tfformer.training.events import event_writer
from tfformer.training.inference import make_inference
from tfformer.training.initial_weights import InitialWeights
from tfformer.training.learner import LearningTransformer
from tfformer.training.memory import memory_short
from tfformer.training.metrics_file import MetricsFile
from tfformer.training.moving_average import MovingAverage
from tfformer.training.patience import Patience
from tfformer.training.samples import write_samples
from tfformer.training.shared_evaluation import evaluate_together
from tfformer.training.signals import StopSignals
from tfformer.training.teacher_workdirs import (
    check_prepared,
    check_teachers,
    take_vocabulary,
)
from tfformer.training.teachers import find_teachers, load_teachers
from tfformer.training.variables import (
    has_moving_average,
    model_checkpoint,
    training_checkpoint,
)
from tfformer.training.warm_start import WarmStart
from tfformer.training.word_learner import LearningWordTransformer
from tfformer.training.workdir import CHANGEABLE_DATA, Workdir

# Seconds after which a file server takes back the lock of a machine that is
# gone, and some more (90 in Linux's NFS).
_LEASE = 120.0
# A change of these is told of where a run goes on.
_TOLD = ("model.", "train.teacher")
# What a model that trains is made of.
LEARNERS = Kinds(
    LearningTransformer, LearningWordTransformer, LearningChartParser
)


def train(
    config: ExperimentConfig,
    workdir: Workdir,
    data_dir: str | None,
    distribution: Distribution,
    start: WarmStart | None = None,
) -> None:
    """Trains until `config.train.steps`, from the newest checkpoint on.

    Makes the vocabulary first if the workdir has none. With several workers,
    each calls this; the chief alone writes, but for vocabularies and encoded
    data in a workdir that is not the chief's.

    Args:
        config: the experiment, as `Workdir.plan` gave it.
        workdir: where everything is read and written.
        data_dir: folder of the data, where the source needs one.
        distribution: the devices and workers.
        start: the trained model that a new run begins from; None begins from
            random weights, or goes on.

    Raises:
        UserError: for what the user can mend.
        PeerLostError: if another worker ended.
        StoppedError: after a signal to a worker, when all is saved.
    """
    if not distribution.is_chief:
        be_quiet()
    try:
        task = make_task(config, data_dir)
        # What is missing is said before minutes are spent on the rest.
        check_sources(task, config)
        check_teachers(config, workdir, start.path if start else None)
        check_prepared(config, task)
        check_configurations(distribution, config)
        check_teachers_agree(distribution, find_teachers(config))
        initial = InitialWeights(start, config, workdir, distribution)
        with _sole_writer(workdir, distribution):
            _train(config, workdir, task, distribution, initial)
    except tf.errors.OpError as error:
        known = distribution.lost_peer(error) or _known(error, config, workdir)
        if known is None:
            raise
        raise known from error
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        path = error.filename or workdir.path
        raise _disk_full(path, str(error.strerror)) from error


def _sole_writer(workdir: Workdir, distribution: Distribution):
    """Of several workers, the chief writes."""
    if not distribution.is_chief:
        return contextlib.nullcontext()
    alone = distribution.num_workers == 1
    return sole_writer(workdir.path, PATIENCE if alone else _LEASE)


def _train(
    config: ExperimentConfig,
    workdir: Workdir,
    task: Task,
    distribution: Distribution,
    initial: InitialWeights,
) -> None:
    run, corpora = _prepare(config, workdir, task, distribution, initial)
    try:
        run.fit(*corpora)
    except (StoppedError, DivergedError):
        # All workers come to these, the chief when it has saved.
        distribution.part()
        raise
    distribution.part()


def _known(
    error: tf.errors.OpError, config: ExperimentConfig, workdir: Workdir
) -> UserError | None:
    """Says what a user can cure of an error of TensorFlow's, if anything."""
    # As of TensorBoard's files, which TensorFlow writes.
    if os.strerror(errno.ENOSPC) in error.message:
        return _disk_full(workdir.path, error.message)
    return memory_short(error, config)


def _disk_full(path: str | os.PathLike, reason: str) -> WorkdirError:
    return WorkdirError(
        f"{path}: cannot be written: {reason}. Free space on the disk and run "
        "the same command again: it goes on from the newest checkpoint."
    )


def _prepare(
    config: ExperimentConfig,
    workdir: Workdir,
    task: Task,
    distribution: Distribution,
    initial: InitialWeights,
) -> tuple["TrainingRun", list[EncodedCorpus]]:
    """Makes what training needs, and sees that all workers have the same."""
    splits = (config.data.train_split, config.data.dev_split)
    if distribution.is_chief:
        _say_changes(workdir, config)
    # A worker whose folder is its own goes on without --preset too.
    distribution.chief_first(lambda: workdir.write(config))
    initial.take()
    distribution.chief_first(lambda: take_vocabulary(config, workdir))
    vocabularies = distribution.chief_first(
        lambda: prepare_vocabularies(task, workdir)
    )
    corpora = distribution.chief_first(
        lambda: [
            prepare_corpus(task, config, workdir, vocabularies, split)
            for split in splits
        ]
    )
    check_data(
        distribution, vocabularies, dict(zip(splits, corpora, strict=True))
    )
    run = TrainingRun(config, workdir, task, vocabularies, distribution)
    return run, corpora


def _say_changes(workdir: Workdir, config: ExperimentConfig) -> None:
    """Tells of settings by which a run goes on otherwise."""
    if not workdir.has_checkpoints() or not workdir.config_path.is_file():
        return
    stored = workdir.read_config()
    changes = differences(stored, config, ["model", "data", "train"])
    for name, (old, new) in changes.items():
        if name.startswith(_TOLD) or name in CHANGEABLE_DATA:
            announce(f"{name} was {old!r} and is {new!r} from here on")
    _say_new_end(stored, config)


def _say_new_end(stored: ExperimentConfig, config: ExperimentConfig) -> None:
    """Tells of a rate that jumps, since its end is moved."""
    before, now = stored.train.steps, config.train.steps
    if before != now and config.optimizer.schedule == "noam_linear":
        announce(
            f"train.steps was {before} and is {now}: the learning rate, which "
            "is led to zero at the last step, is that of the new number from "
            "here on"
        )


def _loss_settings(config: ExperimentConfig) -> dict[str, object]:
    """What a loss has besides; a chart parser, which has none, knows none."""
    train = config.train
    if train.teachers:
        return {
            "teachers": load_teachers(config),
            "teacher_weight": train.teacher_weight,
        }
    return {"r_drop": train.r_drop} if train.r_drop else {}


class TrainingRun:
    """A model, its optimizer and its checkpoints, ready to `fit`.

    Args:
        config: the experiment.
        workdir: where everything is read and written.
        task: scores the dev split.
        vocabularies: of source and target.
        distribution: the devices and workers.

    Attributes:
        first_step: updates made by earlier runs.
    """

    def __init__(
        self,
        config: ExperimentConfig,
        workdir: Workdir,
        task: Task,
        vocabularies: Vocabularies,
        distribution: Distribution,
    ) -> None:
        self.config, self.workdir, self.task = config, workdir, task
        self.vocabularies, self.distribution = vocabularies, distribution
        with distribution.strategy.scope():
            self.model = self._build()
        self._request = tf.Variable(0.0, trainable=False)
        self.model.stop_request = self._request
        self.checkpoint = training_checkpoint(
            self.model, self.model.optimizer, self.model.moving_average
        )
        self.store = CheckpointStore(
            workdir.checkpoints, config.train.keep_checkpoints
        )
        self.first_step = self._restore()

    def _build(self) -> LearningTransformer | LearningChartParser:
        # Before the seed, which is of this model's weights.
        losses = _loss_settings(self.config)
        keras.utils.set_random_seed(self.config.train.seed)
        model = build_model(
            self.config,
            self.vocabularies,
            LEARNERS,
            clip_norm=self.config.optimizer.clip_norm,
            accumulate_steps=self.config.train.accumulate_steps,
            dropout_seed=self.config.train.seed,
            recompute=self.config.train.recompute,
            **losses,
        )
        compile_for_fit(model, build_optimizer(self.config))
        if self.config.train.ema_decay:
            model.moving_average = MovingAverage(
                model.weights, self.config.train.ema_decay
            )
        return model

    def _restore(self) -> int:
        """Reads the newest checkpoint; only the chief need have it."""
        step = 0
        if self.distribution.is_chief:
            remove_remains(self.workdir.path)
            remove_remains(self.workdir.data)
            self.store.remove_remains()
            step = self.store.newest()
            if self.store.steps():
                self._read(step)
        state = [
            variable.value
            for variable in (
                *self.model.weights,
                *self.model.optimizer.variables,
            )
        ]
        if self.model.moving_average is not None:
            state.extend(self.model.moving_average.averages)
        self.distribution.copy_from_chief(state)
        return int(self.distribution.from_chief(str(step).encode()))

    def _read(self, step: int) -> None:
        """Reads a checkpoint, which may lack the moving average."""
        average, checkpoint = self.model.moving_average, self.checkpoint
        stored = has_moving_average(self.store.path(step))
        if stored and average is None:
            announce(
                "train.ema_decay is 0: the moving average of the checkpoint "
                "is not carried on"
            )
        if not stored and average is not None:
            announce(f"the moving average begins at step {step}")
            checkpoint = training_checkpoint(self.model, self.model.optimizer)
        if not step:
            # Of a trained model, whose optimizer is not taken over.
            checkpoint = model_checkpoint(self.model)
        self.store.restore(checkpoint, step)
        if not stored and average is not None:
            average.restart()

    def fit(self, train_corpus: EncodedCorpus, dev: EncodedCorpus) -> None:
        """Runs Keras `fit` over the steps that are left.

        Args:
            train_corpus: what is learned from.
            dev: what is scored every `train.eval_steps`.

        Raises:
            StoppedError: if a signal came; the step is saved.
            DivergedError: if the loss is no number for too long.
        """
        schedule = BatchSchedule(
            training_buckets(self.config, train_corpus, self.vocabularies),
            self.config.train.seed,
        )
        finished = self.first_step >= self.config.train.steps
        with StopSignals() as signals:
            stops = StopRequests(self.first_step, signals, self._request)
            stops.set_model(self.model)
            callbacks = self._callbacks(train_corpus, dev, schedule, stops)
            evaluations = callbacks[-1]
            if evaluations.is_due(finished):
                evaluations.evaluate()
            if finished:
                self._say_finished()
            elif evaluations.patience.over:
                evaluations.patience.tell(self.first_step)
            elif not stops.stopped:
                self._announce(schedule)
                self._fit(train_corpus, schedule, callbacks)
        if stops.stopped:
            raise StoppedError(
                f"stopped by {signals.received or 'another worker'} at step "
                f"{stops.step}, which is saved. Run the same command again to "
                "go on."
            )

    def _fit(self, corpus, schedule, callbacks) -> None:
        steps = self.config.train.steps
        # One Keras epoch; the callbacks count steps. Not to be shuffled: its
        # order is the schedule's.
        self.model.fit(
            self._dataset(
                corpus,
                schedule,
                self.first_step,
                steps,
                self.config.train.accumulate_steps,
                self._bpe_dropout(),
                self._bidirectional(),
            ),
            epochs=1,
            steps_per_epoch=steps - self.first_step,
            verbose=0,
            shuffle=False,
            callbacks=list(callbacks),
        )
        replicas = self.distribution.num_replicas
        local = replicas // self.distribution.num_workers
        # Once for any shape is as it should be; more costs seconds each.
        announce(
            f"the training step was traced {self.model.traces // local} times"
            if self.model.traces > local
            else "the training step was traced once, for batches of any shape"
        )

    def _dataset(
        self,
        corpus: EncodedCorpus,
        schedule: BatchSchedule,
        first: int,
        stop: int,
        parts: int = 1,
        dropout: BpeDropout | None = None,
        bidirectional: Bidirectional | None = None,
    ):
        """Returns this worker's shares of the batches of [first, stop)."""

        def make(context: tf.distribute.InputContext) -> tf.data.Dataset:
            replicas = context.num_replicas_in_sync
            count = replicas // context.num_input_pipelines
            shares = Shares(
                replicas,
                context.input_pipeline_id * count,
                count,
                parts,
            )
            return batches(
                corpus, schedule, first, stop, shares, dropout, bidirectional
            )

        return self.distribution.strategy.distribute_datasets_from_function(
            make
        )

    def _bpe_dropout(self) -> BpeDropout | None:
        data = self.config.data
        if not data.bpe_dropout:
            return None
        both = data.bpe_dropout_sides == "both"
        return BpeDropout(
            self.vocabularies,
            [
                side
                for side, vocabulary in zip(
                    SIDES, self.vocabularies, strict=True
                )
                if isinstance(vocabulary, Vocabulary)
                and (both or side == SIDES[0])
            ],
            data.bpe_dropout,
            self.config.train.seed,
            data.max_length,
        )

    def _bidirectional(self) -> Bidirectional | None:
        settings = self.config.train
        if not settings.bidirectional_steps:
            return None
        return Bidirectional(settings.bidirectional_steps, settings.seed)

    def _say_finished(self) -> None:
        again = self.config.optimizer.schedule == "noam_linear"
        announce(
            f"{self.workdir.path}: already trained for {self.first_step} "
            f"steps; raise --set train.steps={self.config.train.steps} to go "
            "on" + (" (the rate, which is zero, rises again)" if again else "")
        )

    def _announce(self, schedule: BatchSchedule) -> None:
        replicas = self.distribution.num_replicas
        devices = f"{replicas} devices" if replicas > 1 else "one device"
        if self.distribution.num_workers > 1:
            devices += f" of {self.distribution.num_workers} workers"
        kind = "GPU" if tf.config.list_logical_devices("GPU") else "CPU"
        announce(
            f"{self.config.preset}: {self.model.count_params():,} weights, "
            f"{schedule.batches_per_epoch} batches an epoch, steps "
            f"{self.first_step} to {self.config.train.steps}, {devices} "
            f"({kind})"
        )

    def _callbacks(
        self,
        corpus: EncodedCorpus,
        dev: EncodedCorpus,
        schedule: BatchSchedule,
        stops: StopRequests,
    ):
        """Lists the callbacks, `Evaluations` last."""
        settings, first = self.config.train, self.first_step
        chief = self.distribution.is_chief
        metrics = MetricsFile(self.workdir.metrics, first, writable=chief)
        writer = (
            event_writer(self.workdir.events, first)
            if chief
            else tf.summary.create_noop_writer()
        )
        log = TrainingLog(
            first, settings.steps, settings.log_every, metrics, writer
        )
        log.set_model(self.model)
        bad = BadSteps(
            first,
            settings.max_bad_steps,
            self.workdir.bad_steps if chief else None,
            lambda step: corpus.numbers(schedule.places(step)).tolist(),
        )
        measured_by = measure(self.config, dev)
        checkpoints = Checkpoints(
            first,
            settings.steps,
            settings.checkpoint_steps,
            settings.checkpoint_minutes,
            self.store if chief else None,
            self.checkpoint,
            measured_by,
        )
        primary = f"dev_{self.task.primary_metric}"
        scored = metrics.steps_with(primary)
        evaluations = Evaluations(
            first,
            self._from_chief(max(scored, default=0)),
            settings.eval_steps,
            functools.partial(self._score, dev, stops, writer),
            primary,
            checkpoints,
            self._patience(scored, measured_by),
            stops,
            log,
            metrics,
            writer,
        )
        return log, stops, bad, checkpoints, evaluations

    def _patience(
        self, scored: Set[int], measured_by: Mapping[str, object]
    ) -> Patience:
        """Counts from what the chief knows of earlier runs."""
        most, waited = self.config.train.patience, 0
        # By another measure the next score is the best.
        if (
            most
            and self.distribution.is_chief
            and self.store.best_score(measured_by) is not None
        ):
            best = self.store.best_step() or 0
            waited = sum(step > best for step in scored)
        return Patience(
            most,
            self._from_chief(waited),
            lambda better: bool(self._from_chief(int(better))),
        )

    def _from_chief(self, number: int) -> int:
        """Returns the chief's: a worker's own folder may be another run's."""
        return int(self.distribution.from_chief(str(number).encode()))

    def _score(
        self,
        dev: EncodedCorpus,
        stops: StopRequests,
        writer: tf.summary.SummaryWriter,
        step: int,
    ) -> dict[str, float] | None:
        """Scores the moving average, where there is one."""
        average = self.model.moving_average
        with (
            average.in_place_of_weights()
            if average is not None
            else contextlib.nullcontext()
        ):
            return self._score_weights(dev, stops, writer, step)

    def _score_weights(
        self,
        dev: EncodedCorpus,
        stops: StopRequests,
        writer: tf.summary.SummaryWriter,
        step: int,
    ) -> dict[str, float] | None:
        buckets = training_buckets(self.config, dev, self.vocabularies)
        schedule = BatchSchedule(buckets, seed=0)
        size = schedule.batches_per_epoch
        loss = self.model.evaluate(
            self._dataset(dev, schedule, 0, size),
            steps=size,
            verbose=0,
            return_dict=True,
            callbacks=[stops],
        )
        if stops.stopped:
            return None
        decoded = evaluate_together(
            self._inference,
            self.task,
            self._dev_examples,
            "decoding dev",
            self.distribution,
            lambda: stops.signals.received is not None,
        )
        if decoded is None:
            return None
        outputs, stats = decoded
        write_samples(writer, step, self._dev_examples, outputs)
        if self.distribution.is_chief and isinstance(
            self.model, LearningTransformer
        ):
            write_attention(
                writer,
                step,
                self.model,
                self.vocabularies,
                self._dev_examples,
            )
        scores = {
            f"dev_{name}": float(value)
            for name, value in stats.compute().items()
            if name != "sentences" and not isinstance(value, str)
        }
        losses = {"dev_loss": float(loss["loss"])}
        if "cross_entropy" in loss:
            losses["dev_perplexity"] = perplexity(float(loss["cross_entropy"]))
        return {**losses, **scores}

    @functools.cached_property
    def _dev_examples(self):
        wanted = self.config.train.eval_sentences or None
        examples = self.task.gold_examples(self.config.data.dev_split)
        return list(itertools.islice(examples, wanted))

    @functools.cached_property
    def _inference(self):
        return make_inference(
            self.model, self.vocabularies, self.task, self.config.decode
        )
