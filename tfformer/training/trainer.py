"""Training: a configuration and a workdir become checkpoints."""

import functools
import itertools
import sys

import keras
import tensorflow as tf

from tfformer.config import ExperimentConfig
from tfformer.data.encoded import EncodedCorpus
from tfformer.data.pipeline import batches
from tfformer.data.schedule import BatchSchedule, make_buckets
from tfformer.data.vocabulary import Vocabularies
from tfformer.tasks.task import Task, get_task
from tfformer.training.build import build_optimizer, build_transformer
from tfformer.training.callbacks import (
    Checkpoints,
    Evaluations,
    MetricsFile,
    TrainingLog,
)
from tfformer.training.checkpoint import CheckpointStore
from tfformer.training.corpora import prepare_corpus, prepare_vocabularies
from tfformer.training.evaluation import evaluate
from tfformer.training.inference import make_inference
from tfformer.training.learner import LearningTransformer
from tfformer.training.variables import training_checkpoint
from tfformer.training.workdir import Workdir


def train(
    config: ExperimentConfig, workdir: Workdir, data_dir: str | None
) -> None:
    """Trains until `config.train.steps`, from the newest checkpoint on.

    Makes the vocabulary first if the workdir has none.

    Args:
        config: the experiment, as `Workdir.configure` gave it.
        workdir: where everything is read and written.
        data_dir: folder of the data, where the source needs one.

    Raises:
        UserError: for what the user can mend.
    """
    task = get_task(config.task)(config.data, data_dir)
    splits = (config.data.train_split, config.data.dev_split)
    for split in splits:
        # What is missing is said before minutes are spent on the rest.
        next(iter(task.examples(split)))
    vocabularies = prepare_vocabularies(task, workdir)
    corpora = {
        split: prepare_corpus(task, config, workdir, vocabularies, split)
        for split in splits
    }
    run = TrainingRun(config, workdir, task, vocabularies)
    run.fit(corpora[config.data.train_split], corpora[config.data.dev_split])


class TrainingRun:
    """A model, its optimizer and its checkpoints, ready to `fit`.

    Args:
        config: the experiment.
        workdir: where everything is read and written.
        task: scores the dev split.
        vocabularies: of source and target.

    Attributes:
        first_step: updates made by earlier runs.
    """

    def __init__(
        self,
        config: ExperimentConfig,
        workdir: Workdir,
        task: Task,
        vocabularies: Vocabularies,
    ) -> None:
        self.config, self.workdir, self.task = config, workdir, task
        self.vocabularies = vocabularies
        keras.utils.set_random_seed(config.train.seed)
        self.model = build_transformer(
            LearningTransformer,
            config,
            vocabularies,
            clip_norm=config.optimizer.clip_norm,
        )
        optimizer = build_optimizer(config)
        optimizer.build(self.model.trainable_weights)
        # XLA would compile anew for every shape of batch, and natural batches
        # have many.
        self.model.compile(optimizer=optimizer, jit_compile=False)
        self.checkpoint = training_checkpoint(self.model, optimizer)
        self.store = CheckpointStore(
            workdir.checkpoints, config.train.keep_checkpoints
        )
        self.first_step = self.store.restore_newest(self.checkpoint)

    def fit(self, train_corpus: EncodedCorpus, dev: EncodedCorpus) -> None:
        """Runs Keras `fit` over the steps that are left."""
        settings = self.config.train
        callbacks = self._callbacks(dev)
        finished = self.first_step >= settings.steps
        callbacks[-1].catch_up(finished)
        if finished:
            print(
                f"{self.workdir.path}: already trained for {self.first_step} "
                f"steps; raise --set train.steps={settings.steps} to go on",
                file=sys.stderr,
            )
            return
        schedule = BatchSchedule(
            make_buckets(train_corpus.length_counts, settings.batch_tokens),
            settings.seed,
        )
        self._announce(schedule)
        dataset = batches(
            train_corpus, schedule, self.first_step, settings.steps
        )
        # One Keras epoch; the callbacks count steps. Not to be shuffled: its
        # order is the schedule's.
        self.model.fit(
            dataset,
            epochs=1,
            verbose=0,
            shuffle=False,
            callbacks=list(callbacks),
        )

    def _announce(self, schedule: BatchSchedule) -> None:
        print(
            f"{self.config.preset}: {self.model.count_params():,} weights, "
            f"{schedule.batches_per_epoch} batches an epoch, steps "
            f"{self.first_step} to {self.config.train.steps}",
            file=sys.stderr,
            flush=True,
        )

    def _callbacks(
        self, dev: EncodedCorpus
    ) -> tuple[TrainingLog, Checkpoints, Evaluations]:
        settings, first = self.config.train, self.first_step
        metrics = MetricsFile(self.workdir.metrics, first)
        writer = tf.summary.create_file_writer(str(self.workdir.events))
        log = TrainingLog(
            first, settings.steps, settings.log_every, metrics, writer
        )
        checkpoints = Checkpoints(
            first, settings.checkpoint_steps, self.store, self.checkpoint
        )
        evaluations = Evaluations(
            first,
            settings.eval_steps,
            functools.partial(self._score, self._dev_batches(dev)),
            f"dev_{self.task.primary_metric}",
            checkpoints,
            self.store,
            log,
            metrics,
            writer,
        )
        return log, checkpoints, evaluations

    def _dev_batches(self, dev: EncodedCorpus) -> tf.data.Dataset:
        buckets = make_buckets(
            dev.length_counts, self.config.train.batch_tokens
        )
        schedule = BatchSchedule(buckets, seed=0)
        return batches(dev, schedule, 0, schedule.batches_per_epoch)

    def _score(self, dev_batches: tf.data.Dataset) -> dict[str, float]:
        loss = self.model.evaluate(dev_batches, verbose=0, return_dict=True)
        wanted = self.config.train.eval_sentences or None
        examples = list(
            itertools.islice(
                self.task.examples(self.config.data.dev_split), wanted
            )
        )
        _, stats = evaluate(
            self._inference, self.task, examples, "decoding dev"
        )
        scores = {
            f"dev_{name}": float(value)
            for name, value in stats.compute().items()
            if name != "sentences" and not isinstance(value, str)
        }
        return {"dev_loss": float(loss["loss"]), **scores}

    @functools.cached_property
    def _inference(self):
        return make_inference(
            self.model, self.vocabularies, self.task, self.config.decode
        )
