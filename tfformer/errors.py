"""The errors that a user can cause, and cure.

Every message names the argument or `path:line:`, the rule, what came and the
cure. The programs in `pipelines/` and `tools/` print these messages without a
traceback; any other exception is a bug of ours and keeps its traceback.
"""


class UserError(Exception):
    """Base of the errors below; programs print it and exit with code 2."""


class ConfigError(UserError, ValueError):
    """A preset, a `--set` field or an argument breaks a rule."""


class DataError(UserError, ValueError):
    """An input file is missing, malformed or unusable."""


class WorkdirError(UserError, RuntimeError):
    """A workdir lacks what a program needs, or belongs to another run."""


class CheckpointError(WorkdirError):
    """No checkpoint of a workdir can be read."""
