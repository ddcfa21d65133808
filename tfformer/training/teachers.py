"""Trained models that another learns from (knowledge distillation)."""

import tensorflow as tf

from tfformer.config import PAD_ID, ExperimentConfig
from tfformer.progress import announce
from tfformer.training.checkpoint import CheckpointStore
from tfformer.training.inference import TrainedModel
from tfformer.training.workdir import Workdir


class Teachers:
    """Trained models whose common prediction a student learns from.

    Not a layer, so that a model which holds it has no weights of theirs.

    Args:
        models: `Transformer`s of the student's vocabulary, one or more. Their
            sizes may differ.
    """

    def __init__(self, models):
        self._models = tuple(models)

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
            tf.gather_nd(model.states(batch), places) for model in self._models
        ]
        tables = [
            tf.cast(model.output_embedding.table, of_model.dtype)
            for model, of_model in zip(self._models, states, strict=True)
        ]
        share = tf.constant(1.0 / len(states), states[0].dtype)
        logits = tf.matmul(
            share * tf.concat(states, 1), tf.concat(tables, 1), transpose_b=True
        )
        return tf.stop_gradient(tf.nn.softmax(tf.cast(logits, tf.float32)))


def load_teachers(config: ExperimentConfig) -> Teachers:
    """Reads the teachers of a run, and tells which checkpoints they are.

    Args:
        config: of the run, whose teachers are checked.

    Raises:
        CheckpointError: if one has not the checkpoint that is asked for.
    """
    trained = [_load(path, config) for path in config.train.teacher_paths]
    return Teachers(one.model for one in trained)


def _load(path: str, config: ExperimentConfig) -> TrainedModel:
    wanted = config.train.teacher_checkpoint
    store = CheckpointStore(
        Workdir(path).checkpoints, flag="set train.teacher_checkpoint"
    )
    trained = TrainedModel(path, str(store.find(wanted).folder))
    announce(f"learns from {path}: {trained.described}")
    return trained
