"""The weights of a trained model as the first checkpoint of a new run."""

import json

from tfformer.config import ExperimentConfig
from tfformer.progress import announce
from tfformer.training.checkpoint import CheckpointStore
from tfformer.training.distribution import Distribution
from tfformer.training.inference import TrainedModel
from tfformer.training.variables import model_checkpoint
from tfformer.training.warm_start import (
    WarmStart,
    read_record,
    recorded,
    write_record,
)
from tfformer.training.workdir import Workdir


class InitialWeights:
    """What a run begins from, loaded while nothing of the run is written.

    Nothing where the run begins from random weights, or goes on from
    checkpoints of its own.

    Args:
        start: the trained model that this worker was told of; None goes by
            `init.json`, which an earlier start may have left.
        config: of the run.
        workdir: of the run.
        distribution: the workers; the chief alone loads.

    Raises:
        UserError: if the run cannot begin from that model.
    """

    def __init__(
        self,
        start: WarmStart | None,
        config: ExperimentConfig,
        workdir: Workdir,
        distribution: Distribution,
    ) -> None:
        self._start, self._trained = start, None
        self._workdir, self._distribution = workdir, distribution
        if distribution.is_chief and not workdir.has_checkpoints():
            self._start = start or recorded(workdir)
            if self._start is not None:
                self._start.check(config, workdir)
                self._trained = _load(self._start)

    def take(self) -> None:
        """Copies it into the workdir; all workers call this.

        The weights come last: with them the run has begun.
        """
        told = json.dumps(self._record()).encode()
        # Other workers may have folders of their own.
        record = json.loads(self._distribution.from_chief(told))
        if record:
            self._distribution.chief_first(lambda: self._take(record))
        if self._distribution.is_chief:
            _tell(self._workdir)

    def _record(self) -> dict[str, object]:
        if self._start is None or self._trained is None:
            return {}
        return {
            "workdir": self._start.path,
            "checkpoint": self._start.checkpoint,
            "steps": self._trained.checkpoint.steps,
            "taken": self._trained.described,
        }

    def _take(self, record: dict[str, object]) -> None:
        if self._workdir.has_checkpoints():
            # The chief's folder, or another run was waited for.
            return
        if self._start is not None:
            self._start.copy_vocabularies(self._workdir)
        write_record(self._workdir, record)
        if self._trained is not None:
            store = CheckpointStore(self._workdir.checkpoints)
            store.save(model_checkpoint(self._trained.model), 0)
            # Its memory is the run's from here on.
            self._trained = None


def _load(start: WarmStart) -> TrainedModel:
    store = CheckpointStore(
        Workdir(start.path).checkpoints, flag="init_checkpoint"
    )
    found = store.find(start.checkpoint)
    return TrainedModel(start.path, str(found.folder))


def _tell(workdir: Workdir) -> None:
    """Tells what the run began from, if that was a trained model."""
    record = read_record(workdir)
    if record is not None:
        announce(
            f"{workdir.path}: began from {record['workdir']}: {record['taken']}"
        )
