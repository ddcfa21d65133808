"""A workdir made ready to decode."""

import os

import tensorflow as tf

from tfformer.config import DecodeConfig, ExperimentConfig, override
from tfformer.data.vocabulary import Vocabularies
from tfformer.models.chart_parser import ChartParser
from tfformer.models.ensemble import ChartEnsemble, Ensemble
from tfformer.models.transformer import Transformer
from tfformer.tasks.inference import Inference
from tfformer.tasks.pair_scoring import PairScoring
from tfformer.tasks.task import Task, make_task
from tfformer.training.build import build_model
from tfformer.training.checkpoint import CheckpointStore, restore_folder
from tfformer.training.moving_average import MovingAverage
from tfformer.training.variables import (
    average_checkpoint,
    has_moving_average,
    model_checkpoint,
)
from tfformer.training.workdir import Workdir

_IDS = tf.TensorSpec([None, None], tf.int32)


class TrainedModel:
    """What a workdir holds, loaded.

    Args:
        path: the workdir.
        checkpoint: "best", "last", "averaged", a step or the folder of a
            checkpoint.
        assignments: `--set` fields for this use; not written back.
        data_dir: folder of the data, where examples will be read.
        ema: whether to take the moving average of the weights where the
            checkpoint has one.

    Attributes:
        config: the configuration, `assignments` applied.
        task: the task.
        vocabularies: of source and target.
        checkpoint: which checkpoint was read; of an ensemble, the first
            member's.
        model: the model with that checkpoint's weights.

    Raises:
        UserError: if the workdir, its vocabulary or checkpoint is unusable.
    """

    def __init__(
        self,
        path: str | os.PathLike,
        checkpoint: str = "best",
        assignments: tuple[str, ...] = (),
        data_dir: str | None = None,
        ema: bool = True,
    ) -> None:
        workdir = Workdir(path)
        self.config: ExperimentConfig = workdir.read_for_use(assignments)
        self.task: Task = make_task(self.config, data_dir)
        self.vocabularies: Vocabularies = self.task.vocabularies(workdir.path)
        store = CheckpointStore(workdir.checkpoints)
        self.checkpoint = store.find(checkpoint)
        self.model = build_model(self.config, self.vocabularies)
        if ema and has_moving_average(self.checkpoint.folder):
            self._take_moving_average()
        else:
            restore_folder(model_checkpoint(self.model), self.checkpoint.folder)

    def _take_moving_average(self) -> None:
        average = MovingAverage(self.model.weights, decay=0.0)
        restore_folder(
            average_checkpoint(self.model, average), self.checkpoint.folder
        )
        average.write_to_weights()
        self.checkpoint = self.checkpoint._replace(moving_average=True)

    @property
    def described(self) -> str:
        """Says for a user what was loaded."""
        return str(self.checkpoint)

    def inference(self) -> Inference:
        """Returns what decodes text with this model."""
        return make_inference(
            self.model, self.vocabularies, self.task, self.config.decode
        )

    def scoring(self) -> PairScoring:
        """Returns what scores given pairs with this model.

        It must have a decoder, and its task plain text for targets.
        """
        return PairScoring(
            self.model,
            self.vocabularies,
            self.task,
            self.config.decode,
            compile_function=lambda function: tf.function(
                function, input_signature=[_IDS, _IDS], autograph=False
            ),
        )


def open_task(
    path: str | os.PathLike,
    assignments: tuple[str, ...] = (),
    data_dir: str | None = None,
) -> Task:
    """Returns the task of a workdir, without its model.

    Args:
        path: the workdir.
        assignments: `--set` fields for this use.
        data_dir: folder of the data.
    """
    config = override(Workdir(path).read_config(), assignments)
    return make_task(config, data_dir)


def make_inference(
    model: Transformer | ChartParser | Ensemble | ChartEnsemble,
    vocabularies: Vocabularies,
    task: Task,
    config: DecodeConfig,
) -> Inference:
    """Returns an `Inference` whose search is one graph for every shape."""
    return Inference(
        model,
        vocabularies,
        task,
        config,
        # Loops are ops already; AutoGraph's search for others takes seconds.
        compile_function=lambda function: tf.function(
            function, input_signature=[_IDS], autograph=False
        ),
    )
