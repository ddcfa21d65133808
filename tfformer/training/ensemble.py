"""Trained models of several workdirs, joined to one."""

import os
import pathlib
from collections.abc import Sequence

from tfformer.config import ExperimentConfig
from tfformer.errors import WorkdirError
from tfformer.models.chart_parser import ChartParser
from tfformer.models.ensemble import ChartEnsemble, Ensemble
from tfformer.training.inference import TrainedModel
from tfformer.training.workdir import Workdir


class TrainedEnsemble(TrainedModel):
    """What several workdirs hold, loaded to decode as one model.

    Args:
        paths: the workdirs. Configuration, task and vocabularies are those of
            the first.
        checkpoint: as of `TrainedModel`, the same of each workdir.
        assignments: as of `TrainedModel`.
        data_dir: as of `TrainedModel`.
        ema: as of `TrainedModel`.

    Raises:
        UserError: if a workdir is unusable.
        WorkdirError: if one is there twice, or has another task, parser or
            vocabulary than the first.
    """

    def __init__(
        self,
        paths: Sequence[str | os.PathLike],
        checkpoint: str = "best",
        assignments: tuple[str, ...] = (),
        data_dir: str | None = None,
        ema: bool = True,
    ) -> None:
        _require_different(paths)
        super().__init__(paths[0], checkpoint, assignments, data_dir, ema)
        for path in paths[1:]:
            self._require_the_same(paths[0], path)
        others = [
            TrainedModel(path, checkpoint, assignments, data_dir, ema)
            for path in paths[1:]
        ]
        self._checkpoints = [self.checkpoint, *(o.checkpoint for o in others)]
        members = [self.model, *(other.model for other in others)]
        chart = isinstance(self.model, ChartParser)
        self.model = (ChartEnsemble if chart else Ensemble)(members)

    @property
    def described(self) -> str:
        """Says for a user what was loaded."""
        members = "; ".join(map(str, self._checkpoints))
        return f"ensemble of {len(self._checkpoints)}: {members}"

    def _require_the_same(
        self, first: str | os.PathLike, other: str | os.PathLike
    ) -> None:
        """Raises where ids of one would mean something else to the other."""
        ours, theirs = _kind(self.config), _kind(Workdir(other).read_config())
        if ours != theirs:
            raise WorkdirError(
                f"{other}: the workdirs of an ensemble must have the same "
                f"task, model.encoder and model.parser. Received: {theirs}, "
                f"where {first} has {ours}. Leave this workdir out."
            )
        for name in self.task.vocabulary_files:
            file = pathlib.Path(other, name)
            ours_too = file.is_file() and (
                file.read_bytes() == pathlib.Path(first, name).read_bytes()
            )
            if not ours_too:
                raise WorkdirError(
                    f"{file}: the workdirs of an ensemble must have the same "
                    f"vocabulary. Received: not that of {first}. Train this "
                    "workdir on the same data with the same data.vocab_size, "
                    "or leave it out."
                )


def _kind(config: ExperimentConfig) -> str:
    return f"{config.task}, {config.model.encoder}, {config.model.parser}"


def _require_different(paths: Sequence[str | os.PathLike]) -> None:
    """Raises if a workdir would count twice, which no one means to do."""
    seen = set()
    for path in paths:
        real = os.path.realpath(path)
        if real in seen:
            raise WorkdirError(
                "The workdirs of an ensemble must be different. Received: "
                f"{path}, twice. Leave one of them out."
            )
        seen.add(real)
