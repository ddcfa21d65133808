"""Trained models of several workdirs, joined to one."""

import os
from collections.abc import Sequence

from tfformer.errors import CheckpointError
from tfformer.models.chart_parser import ChartParser
from tfformer.models.ensemble import ChartEnsemble, Ensemble
from tfformer.training.checkpoint import is_folder
from tfformer.training.inference import TrainedModel
from tfformer.training.members import check_members


class TrainedEnsemble(TrainedModel):
    """What several workdirs hold, loaded to decode as one model.

    Args:
        paths: the workdirs. Configuration, task and vocabularies are those of
            the first.
        checkpoint: "best", "last", "averaged" or a step, of each workdir.
        assignments: as of `TrainedModel`.
        data_dir: as of `TrainedModel`.
        ema: as of `TrainedModel`.

    Raises:
        CheckpointError: if `checkpoint` is a folder, which is of one model.
        WorkdirError: if they cannot be an ensemble; see `check_members`.
        UserError: if a workdir is unusable.
    """

    def __init__(
        self,
        paths: Sequence[str | os.PathLike],
        checkpoint: str = "best",
        assignments: tuple[str, ...] = (),
        data_dir: str | None = None,
        ema: bool = True,
    ) -> None:
        check_members(paths)
        if is_folder(checkpoint):
            raise CheckpointError(
                "`--checkpoint` must be best, last, averaged or a step where "
                "there is more than one workdir: a folder is of one of them. "
                f"Received: {checkpoint}. Try --checkpoint=averaged."
            )
        super().__init__(paths[0], checkpoint, assignments, data_dir, ema)
        # The first's task alone reads examples; another's source may have no
        # folder.
        others = [
            TrainedModel(path, checkpoint, assignments, None, ema)
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
