"""Child processes, and the signals that are passed on to them."""

import asyncio
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Sequence

from tfformer.progress import LABEL_VARIABLE

SIGNALS = (signal.SIGTERM, signal.SIGINT)
# Of <sys/prctl.h>.
_PR_SET_PDEATHSIG = 1
# Opened here: a process that is just being made should open nothing.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_INTERRUPTED = 130


class Children:
    """Runs programs, side by side if need be, until a signal comes.

    An asynchronous context manager. The first SIGTERM or SIGINT reaches every
    child as SIGTERM, with which a training saves and ends, and no other child
    is started; a second SIGINT ends the children and this process at once.
    Left by an exception, it ends the children in the same way.

    Attributes:
        received: name of the first signal that came, or None.
        stopping: whether no child is started any more.
    """

    def __init__(self) -> None:
        self.received: str | None = None
        self.stopping = False
        self._running: set[asyncio.subprocess.Process] = set()

    async def __aenter__(self) -> "Children":
        self._before = {s: signal.getsignal(s) for s in SIGNALS}
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._pass_on, number)
        return self

    async def __aexit__(self, *exception: object) -> None:
        # There are any only where this program failed: they save.
        if not self.stopping:
            self._stop(signal.SIGTERM)
        await asyncio.gather(*(child.wait() for child in self._running))
        loop = asyncio.get_running_loop()
        for number, handler in self._before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)

    async def run(
        self,
        module: str,
        arguments: Sequence[str],
        label: str = "",
        cpus: frozenset[int] = frozenset(),
    ) -> int | None:
        """Runs a module of this Python as a program, and waits for its end.

        Its output goes where this process's does, but all of it to standard
        error.

        Args:
            module: such as "pipelines.train".
            arguments: of its command line.
            label: what its lines begin with; none by default.
            cpus: the processors that it may use; all by default.

        Returns:
            Its exit code, 128 and more for a signal as a shell has it; None
            if it was not started, since all are to stop.
        """
        if self.stopping:
            return None
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module, *arguments),
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr.fileno(),
            env={**os.environ, **({LABEL_VARIABLE: label} if label else {})},
            # Ctrl-C reaches this process alone, which passes it on: a child
            # that got it twice would take it for "at once".
            start_new_session=True,
            preexec_fn=lambda: _begin(cpus),
        )
        self._running.add(child)
        # A signal that came while it was started found no child to end.
        if self.stopping:
            _send(child, signal.SIGTERM)
        code = await child.wait()
        self._running.discard(child)
        return code if code >= 0 else 128 - code

    def _pass_on(self, number: int) -> None:
        again = self.received is not None and number == signal.SIGINT
        self.received = self.received or signal.Signals(number).name
        self._stop(signal.SIGKILL if again else signal.SIGTERM)
        if again:
            os._exit(_INTERRUPTED)

    def _stop(self, number: signal.Signals) -> None:
        """Sends a signal to all that run, and starts no other."""
        self.stopping = True
        for child in self._running:
            _send(child, number)


def shares(jobs: int) -> list[frozenset[int]]:
    """Divides this process's processors among jobs.

    Args:
        jobs: how many; 1 leaves the choice to the system.

    Returns:
        The processors of each, as even in number as can be. Where there are
        fewer than jobs, or the system does not tell, it is none for all,
        which stands for any.
    """
    if jobs == 1 or not hasattr(os, "sched_getaffinity"):
        return [frozenset()] * jobs
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) < jobs:
        return [frozenset()] * jobs
    # Next to each other: two threads of a core are often apart in number.
    ends = [len(cpus) * i // jobs for i in range(jobs + 1)]
    return [
        frozenset(cpus[begin:end])
        for begin, end in zip(ends, ends[1:], strict=False)
    ]


def _send(child: asyncio.subprocess.Process, number: signal.Signals) -> None:
    # It may have ended by itself, unnoticed yet.
    with contextlib.suppress(ProcessLookupError):
        child.send_signal(number)


def _begin(cpus: frozenset[int]) -> None:
    """Takes its processors, and a signal from Linux if the parent is killed."""
    if cpus:
        os.sched_setaffinity(0, cpus)
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
