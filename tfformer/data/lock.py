"""One writer at a time in a folder."""

import contextlib
import fcntl
import os
import pathlib
import time
from collections.abc import Iterator

from tfformer.errors import WorkdirError
from tfformer.progress import announce

LOCK_FILE = ".lock"
# Seconds that a run which was told to stop may take to save.
PATIENCE = 20.0


@contextlib.contextmanager
def sole_writer(
    directory: str | os.PathLike, patience: float = PATIENCE
) -> Iterator[None]:
    """Keeps other runs from writing to a folder meanwhile.

    The lock is the process's: it ends with it, however it ends. Where the file
    system knows no locks, nothing is kept out.

    Args:
        directory: the folder, which is made.
        patience: seconds to wait for another run.

    Raises:
        WorkdirError: if another run still writes there.
    """
    path = pathlib.Path(directory) / LOCK_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a") as file:
        _wait(file.fileno(), directory, patience)
        yield


def _wait(
    descriptor: int, directory: str | os.PathLike, patience: float
) -> None:
    deadline = time.monotonic() + patience
    told = False
    while not _lock(descriptor):
        if not told:
            announce(f"{directory}: waiting for the run that writes there")
            told = True
        if time.monotonic() >= deadline:
            raise WorkdirError(
                f"{directory}: another run writes there, and two would mix "
                "what they save. Wait for it or stop it, or use another folder."
            )
        time.sleep(0.2)


def _lock(descriptor: int) -> bool:
    """Takes the lock; tells whether no other run has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True
