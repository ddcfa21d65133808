"""The end of a process that must not wait for its threads."""

import contextlib
import logging
import os
import sys


def leave(exit_code: int) -> None:
    """Ends this process at once, with all that was said written.

    Python's own end would wait for threads, and TensorFlow's for workers that
    may be gone.

    Args:
        exit_code: that it ends with.
    """
    logging.shutdown()
    # Either may have been closed from the beginning.
    for stream in filter(None, (sys.stdout, sys.stderr)):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(exit_code)
