"""The errors that a user can cause, and cure.

Every message names the argument or `path:line:`, the rule, what came and the
cure. The programs in `pipelines/` and `tools/` print these messages without a
traceback; any other exception is a bug of ours and keeps its traceback.
"""

import difflib
import errno
from collections.abc import Iterable

# What writing ends in, of a file or standard output, that finds no room.
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Returns " Did you mean X?" where a known name is near, else nothing."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean {near[0]}?" if near else ""


class UserError(Exception):
    """Base of the errors below; programs print it, without a traceback.

    Attributes:
        exit_code: what a program then ends with. Codes from 128 on say that
            the same command, started again, goes on; Kubernetes' TFJob takes
            them so.
    """

    exit_code = 2


class ConfigError(UserError, ValueError):
    """A preset, a `--set` field or an argument breaks a rule."""


class DataError(UserError, ValueError):
    """An input file is missing, malformed or unusable."""


class WorkdirError(UserError, RuntimeError):
    """A workdir lacks what a program needs, or belongs to another run."""


class ClusterError(UserError, RuntimeError):
    """The workers of a run are described wrongly, or do not agree."""


class DivergedError(UserError, ArithmeticError):
    """Too many steps in a row had a loss that is no number."""

    exit_code = 3


class PeerLostError(UserError, RuntimeError):
    """Another worker ended, or can no longer be reached."""

    exit_code = 138


class StoppedError(UserError):
    """A signal asked a run to stop, and it has saved and stopped."""

    exit_code = 143


class CheckpointError(WorkdirError):
    """No checkpoint of a workdir can be read."""
