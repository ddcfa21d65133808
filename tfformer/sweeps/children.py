"""A child process at a time, and the signals that are passed on to it."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Sequence

SIGNALS = (signal.SIGTERM, signal.SIGINT)
# Of <sys/prctl.h>.
_PR_SET_PDEATHSIG = 1
_INTERRUPTED = 130


class Children:
    """Runs programs one after the other, until a signal comes.

    A context manager. The first SIGTERM or SIGINT reaches the child as
    SIGTERM, with which a training saves and ends, and no other child is
    started; a second SIGINT ends the child and this process at once.

    Attributes:
        received: name of the first signal that came, or None.
    """

    def __init__(self) -> None:
        self.received: str | None = None
        self._child: subprocess.Popen | None = None

    def __enter__(self) -> "Children":
        self._before = {s: signal.signal(s, self._pass_on) for s in SIGNALS}
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self._child is not None and self._child.poll() is None:
            self._child.kill()
            self._child.wait()

    def run(self, module: str, arguments: Sequence[str]) -> int | None:
        """Runs a module of this Python as a program, and waits for its end.

        Its output goes where this process's does, but all of it to standard
        error.

        Args:
            module: such as "pipelines.train".
            arguments: of its command line.

        Returns:
            Its exit code, 128 and more for a signal as a shell has it; None
            if it was not started, since a signal came before.
        """
        # A signal that comes meanwhile waits until there is a child to get it.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            if signal.sigpending() & set(SIGNALS) or self.received:
                return None
            self._child = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=sys.stderr.fileno(),
                # Ctrl-C reaches this process alone, which passes it on: a
                # child that got it twice would take it for "at once".
                start_new_session=True,
                preexec_fn=_begin,
            )
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        code = self._child.wait()
        return code if code >= 0 else 128 - code

    def _pass_on(self, number: int, frame: object) -> None:
        again = self.received is not None and number == signal.SIGINT
        self.received = self.received or signal.Signals(number).name
        if self._child is not None and self._child.poll() is None:
            if again:
                self._child.kill()
            else:
                self._child.terminate()
        if again:
            os._exit(_INTERRUPTED)


def _begin() -> None:
    """Unblocks signals, and asks Linux for one when the parent is killed."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
