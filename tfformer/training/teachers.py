"""Trained models that another learns from (knowledge distillation)."""

import pathlib

import tensorflow as tf

from tfformer.config import PAD_ID, ExperimentConfig
from tfformer.progress import announce
from tfformer.training.checkpoint import CheckpointStore, Found
from tfformer.training.inference import TrainedModel
from tfformer.training.workdir import Workdir, keeps_weights


class Teachers:
    """Trained models whose common prediction a student learns from.

    Not a layer, so that a model which holds it has no weights of theirs.

    Args:
        models: `Transformer`s of the student's vocabulary, one or more. Their
            sizes may differ.

    Attributes:
        models: the same.
    """

    def __init__(self, models):
        self.models = tuple(models)

    def probabilities(self, batch):
        """Predicts each real target token from those before it.

        The mean is that of the logits, which is the geometric one of the
        probabilities: so one product and one softmax, the largest arrays that
        there are, serve all models.

        Args:
            batch: inputs and targets, int32 `[rows, length]` each.

        Returns:
            float32 `[tokens, vocabulary]`, without dropout; no gradient goes
            through it.
        """
        places = tf.where(batch[1] != PAD_ID)
        states = [
            tf.gather_nd(model.states(batch), places) for model in self.models
        ]
        tables = [model.output_embedding.table for model in self.models]
        same = len({of_model.dtype for of_model in states}) == 1
        dtype = states[0].dtype if same else tf.float32
        states, tables = (
            tf.concat([tf.cast(part, dtype) for part in parts], 1)
            for parts in (states, tables)
        )
        share = tf.constant(1.0 / len(self.models), dtype)
        logits = tf.matmul(share * states, tables, transpose_b=True)
        return tf.stop_gradient(tf.nn.softmax(tf.cast(logits, tf.float32)))


def find_teachers(config: ExperimentConfig) -> dict[str, Found]:
    """Finds the checkpoint that each teacher of a run is taken from.

    Args:
        config: of the run, whose teachers are checked.

    Returns:
        What is there, by workdir.

    Raises:
        CheckpointError: if one has not the checkpoint that is asked for.
    """
    name = config.train.teacher_checkpoint
    return {
        path: CheckpointStore(
            Workdir(path).checkpoints, flag="set train.teacher_checkpoint"
        ).find(name)
        for path in config.train.teacher_paths
    }


def load_teachers(config: ExperimentConfig) -> Teachers:
    """Reads the teachers of a run, and tells which checkpoints they are.

    Args:
        config: of the run, whose teachers are checked.

    Raises:
        CheckpointError: if one has not the checkpoint that is asked for.
    """
    return Teachers(
        _load(path, found.folder, config.model.dtype).model
        for path, found in find_teachers(config).items()
    )


def _load(path: str, folder: pathlib.Path, dtype: str) -> TrainedModel:
    own = Workdir(path).read_config().model.dtype
    # As fast as the student, where its weights allow it.
    same = keeps_weights("model.dtype", (own, dtype))
    trained = TrainedModel(
        path,
        str(folder),
        (f"model.dtype={dtype}",) if same else (),
    )
    announce(f"learns from {path}: {trained.described}")
    return trained
