"""The encoded training split of a workdir that has trained."""

import pathlib
import sys

from tfformer.training.workdir import Workdir


def encoded_split(workdir: Workdir) -> pathlib.Path:
    """Returns its folder; ends the program if there is not just one."""
    split = workdir.read_config().data.train_split
    folders = list(workdir.data.glob(f"{split}-*"))
    if len(folders) != 1:
        sys.exit(
            f"error: {workdir.data}: there must be one encoded training split. "
            f"Received: {len(folders)}. Train for a step first."
        )
    return folders[0]
