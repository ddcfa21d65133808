"""Runs programs of this repository, one after another, as a user would."""

import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable

from tfformer.errors import UserError

_ROOT = pathlib.Path(__file__).resolve().parent.parent


def tell(line: str) -> None:
    """Writes a line to standard error, in one piece."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def run_step(
    module: str,
    *arguments: str,
    say: Callable[[str], None] = tell,
    environment: dict[str, str] | None = None,
) -> str:
    """Runs a program; its progress is seen as it comes.

    Args:
        module: the program, as in `python -m`.
        *arguments: its flags.
        say: takes each line of its progress, and first its command.
        environment: variables that it has besides; the user's own go first.

    Returns:
        Its standard output.

    Raises:
        UserError: if it fails.
    """
    command = [sys.executable, "-m", module, *arguments]
    say("$ python " + shlex.join(command[1:]))
    with (
        tempfile.TemporaryFile() as output,
        subprocess.Popen(
            command,
            cwd=_ROOT,
            env={**(environment or {}), **os.environ},
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        for line in process.stderr or ():
            say(line.rstrip("\n"))
        if process.wait():
            raise UserError(f"{module} failed; see above.")
        output.seek(0)
        return output.read().decode()
