"""Signals that ask a run to stop."""

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator

SIGNALS = (signal.SIGTERM, signal.SIGINT)
# What a shell adds to the number of the signal that ended a program.
_ENDED_BY = 128


def _end(number: int) -> None:
    os._exit(_ENDED_BY + number)


class _Watch:
    """Waits for signals in a thread of its own.

    Attributes:
        receiver: called with the number of each.
    """

    def __init__(self) -> None:
        self.receiver: Callable[[int], None] = _end
        threading.Thread(target=self._wait, daemon=True).start()

    def _wait(self) -> None:
        while True:
            number = signal.sigwait(SIGNALS)
            # Who that is may have changed meanwhile.
            self.receiver(number)


_watch: _Watch | None = None


def end_at_once() -> None:
    """Lets signals end this process, but where `StopSignals` notes them.

    For one of several workers. TensorFlow takes SIGTERM for itself as it joins
    the others, and they wait for one another where Python runs no handler; so
    both signals are blocked, in the main thread and in those begun later, and
    one thread waits for them. To be called before any library begins threads.
    """
    global _watch
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    _watch = _watch or _Watch()


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Lets Linux itself end this process at SIGINT.

    For where TensorFlow waits and lets no thread of Python run, as for other
    workers to come. SIGTERM, which it takes, is obeyed only after that.
    """
    watch = _watch
    if watch is None:
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        signal.signal(signal.SIGINT, before)
        # A thread that blocks nothing would leave it to TensorFlow.
        signal.signal(signal.SIGTERM, lambda number, _: watch.receiver(number))


class StopSignals:
    """Notes SIGTERM and SIGINT instead of dying of them.

    A context manager. Python runs handlers only between two steps of its main
    thread, which may wait long for other machines; so a thread of its own
    reads the signals as they come, and a second SIGINT ends the process at
    once. Only the main thread can install it; in another it notes nothing,
    unless signals are watched since `end_at_once`.

    Attributes:
        received: name of the first signal that came, such as "SIGTERM", or
            None.
    """

    def __init__(self) -> None:
        self.received: str | None = None
        self._interrupts = 0

    def __enter__(self) -> "StopSignals":
        self._installed = False
        if _watch is not None:
            _watch.receiver = self._note
        elif threading.current_thread() is threading.main_thread():
            self._installed = True
            self._reader, self._writer = socket.socketpair()
            self._writer.setblocking(False)
            self._before = {
                s: signal.signal(s, lambda *_: None) for s in SIGNALS
            }
            self._fd_before = signal.set_wakeup_fd(self._writer.fileno())
            threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        if _watch is not None:
            _watch.receiver = _end
        if self._installed:
            signal.set_wakeup_fd(self._fd_before)
            for number, handler in self._before.items():
                signal.signal(number, handler)
            # Ends the thread: it reads nothing more.
            self._writer.close()

    def _listen(self) -> None:
        with self._reader:
            while numbers := self._reader.recv(64):
                for number in numbers:
                    self._note(number)

    def _note(self, number: int) -> None:
        if number not in SIGNALS:
            return
        if number == signal.SIGINT:
            self._interrupts += 1
            if self._interrupts > 1:
                _end(number)
        self.received = self.received or signal.Signals(number).name
