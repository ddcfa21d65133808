"""Runs one command as several workers on this machine.

python -m tools.run_local_cluster --workers=2 [--restarts=3] -- \\
    python -m pipelines.train --preset=translation/tiny --workdir=W

Each worker is a real process with a TF_CONFIG of its own and a free port; its
output is prefixed with its number. SIGTERM and SIGINT are passed on to all of
them and to what they began. When one fails, the others get a while to notice
and are then killed, so that none survives this program, whose exit code is that
of the first failure.
With --restarts, all are started again after a failure that is no user's error
and no stop that was asked for.
"""

import argparse
import contextlib
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

# Seconds that the others have to end by themselves after a failure: longer
# than TensorFlow needs to notice that a worker is gone.
_GRACE = 60.0
# Seconds between two looks at the workers.
_POLL = 0.1
_SIGNALS = (signal.SIGTERM, signal.SIGINT)
# Of <sys/prctl.h>.
_PR_SET_PDEATHSIG = 1
# Seconds that they have after a signal to save and stop.
_STOP_GRACE = 40.0


class Worker:
    """One process and its output.

    Args:
        command: what to run.
        index: its number.
        addresses: "host:port" of all workers.
    """

    def __init__(
        self, command: list[str], index: int, addresses: list[str]
    ) -> None:
        self.index = index
        config = {
            "cluster": {"worker": addresses},
            "task": {"type": "worker", "index": index},
        }
        self.process = subprocess.Popen(
            command,
            env={**os.environ, "TF_CONFIG": json.dumps(config)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # Ctrl-C reaches this program alone, which passes it on: a worker
            # that got it twice would take it for "at once".
            start_new_session=True,
            preexec_fn=_begin_worker,
        )
        self._relay = threading.Thread(target=self._print_lines, daemon=True)
        self._relay.start()

    def _print_lines(self) -> None:
        """Prints each line of output behind this worker's number."""
        assert self.process.stdout is not None
        with self.process.stdout as output:
            for line in output:
                text = line.removesuffix(b"\n")
                # Read on where nobody listens: a full pipe would stop it.
                with contextlib.suppress(BrokenPipeError):
                    # One write a line: two workers' lines must not mix.
                    sys.stdout.buffer.write(b"[%d] %s\n" % (self.index, text))
                    sys.stdout.buffer.flush()

    def send(self, number: int) -> bool:
        """Sends a signal to the process and its children.

        A shell around the training would end of it alone, and the training
        never hear of it.

        Returns:
            Whether any of them is there; 0 asks only that.
        """
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)
            return True
        return False

    def finish(self, deadline: float = 0.0) -> None:
        """Waits for the end of the process, and ends what it left behind.

        Args:
            deadline: by the monotonic clock, until when its children may end
                by themselves.
        """
        self.process.wait()
        # Who is dead and not fetched counts as there, but has no output.
        while (
            self._relay.is_alive()
            and self.send(0)
            and time.monotonic() < deadline
        ):
            time.sleep(_POLL)
        # They have its output open, and would train on unseen.
        self.send(signal.SIGKILL)
        self._relay.join()


def _begin_worker() -> None:
    """Unblocks signals, and asks Linux to kill this process with its parent."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def free_ports(count: int) -> list[int]:
    """Finds ports that nothing listens on.

    Args:
        count: how many.
    """
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


class LocalCluster:
    """Workers that live and end together.

    Args:
        command: what each runs.
        size: how many there are.
    """

    def __init__(self, command: list[str], size: int) -> None:
        self._command, self._size = command, size
        self._workers: list[Worker] = []
        self._failed: int | None = None
        # The signal that came, if one did.
        self.signalled = 0

    def start(self) -> None:
        """Starts all workers, unless a signal came."""
        # One that comes meanwhile waits until all are there to get it.
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        if self.signalled:
            self._failed = self._failed or 128 + self.signalled
        else:
            self._start()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)

    def _start(self) -> None:
        addresses = [f"127.0.0.1:{port}" for port in free_ports(self._size)]
        self._failed = None
        self._workers = [
            Worker(self._command, index, addresses)
            for index in range(self._size)
        ]

    def send(self, number: int, frame: object = None) -> None:
        """Passes a signal on."""
        self.signalled = number
        for worker in self._workers:
            if worker.process.poll() is None:
                worker.send(number)

    def wait(self) -> int:
        """Relays output until all have ended.

        Returns:
            The exit code of the worker that failed first, or 0.
        """
        deadline = float("inf")
        try:
            while self._running():
                if self._failed is not None and deadline == float("inf"):
                    deadline = time.monotonic() + (
                        _STOP_GRACE if self.signalled else _GRACE
                    )
                if time.monotonic() > deadline:
                    break
                time.sleep(_POLL)
        finally:
            self._end()
        return self._failed or 0

    def _running(self) -> list[Worker]:
        """Returns the workers that run, and notes the first that failed."""
        found = []
        for worker in self._workers:
            code = worker.process.poll()
            if code is None:
                found.append(worker)
            elif code and self._failed is None:
                # As a shell has it.
                self._failed = code if code > 0 else 128 - code
        return found

    def _end(self) -> None:
        """Kills what still runs and prints what is left of its output."""
        for worker in self._running():
            print(
                f"worker {worker.index} did not end by itself; killed",
                file=sys.stderr,
                flush=True,
            )
            worker.process.kill()
        # Children of a shell that a signal ended may still be saving.
        patience = _STOP_GRACE if self.signalled else 0.0
        for worker in self._workers:
            worker.finish(time.monotonic() + patience)


def run(command: list[str], size: int, restarts: int) -> int:
    """Runs a cluster, again after failures.

    Args:
        command: what each worker runs.
        size: how many workers.
        restarts: how often to start anew.

    Returns:
        The exit code.
    """
    cluster = LocalCluster(command, size)
    for number in _SIGNALS:
        signal.signal(number, cluster.send)
    while True:
        cluster.start()
        code = cluster.wait()
        # Below 128 are a user's errors, which would come again.
        if code < 128 or cluster.signalled or not restarts:
            return code
        restarts -= 1
        print(
            f"a worker failed with exit code {code}; starting all again, "
            f"{restarts} restarts left",
            file=sys.stderr,
            flush=True,
        )


def main(arguments: list[str] | None = None) -> int:
    """Parses the command line and runs the cluster."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.run_local_cluster",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--workers", type=int, default=2, help="processes (2 if not given)"
    )
    parser.add_argument(
        "--restarts",
        type=int,
        default=0,
        help="how often to start all again after a failure",
    )
    parser.add_argument("command", nargs="+", help="what each worker runs")
    options = parser.parse_args(arguments)
    if options.workers < 1 or options.restarts < 0:
        parser.error("--workers must be 1 or more, --restarts 0 or more")
    if shutil.which(options.command[0]) is None:
        parser.error(
            f"there is no program {options.command[0]!r}. Write the command "
            "behind --, as in the example of --help"
        )
    try:
        return run(options.command, options.workers, options.restarts)
    except OSError as error:
        parser.error(
            f"{options.workers} workers cannot be started: {error.strerror}. "
            f"Received: {options.command[0]!r}. Try one that a shell runs, or "
            "fewer --workers"
        )


if __name__ == "__main__":
    sys.exit(main())
