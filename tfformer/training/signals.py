"""Signals that ask a run to stop."""

import os
import signal
import socket
import threading

SIGNALS = (signal.SIGTERM, signal.SIGINT)
# What a shell says of a program that Ctrl-C ended.
_INTERRUPTED = 130


class StopSignals:
    """Notes SIGTERM and SIGINT instead of dying of them.

    A context manager. Python runs handlers only between two steps of its main
    thread, which may wait long for other machines; so a thread of its own
    reads the signals as they come, and a second SIGINT ends the process at
    once. Only the main thread can install it; in another it notes nothing.

    Attributes:
        received: name of the first signal that came, such as "SIGTERM", or
            None.
    """

    def __init__(self) -> None:
        self.received: str | None = None
        self._interrupts = 0

    def __enter__(self) -> "StopSignals":
        self._installed = threading.current_thread() is threading.main_thread()
        if self._installed:
            self._reader, self._writer = socket.socketpair()
            self._writer.setblocking(False)
            self._before = {
                s: signal.signal(s, lambda *_: None) for s in SIGNALS
            }
            self._fd_before = signal.set_wakeup_fd(self._writer.fileno())
            threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
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
                os._exit(_INTERRUPTED)
        self.received = self.received or signal.Signals(number).name
