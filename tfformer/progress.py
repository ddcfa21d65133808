"""Progress that is seen: a bar on a terminal, plain lines anywhere else."""

import os
import sys
import time
from collections.abc import Mapping

import tqdm

# What every line begins with, in the environment: for processes that run side
# by side and tell of the same work.
LABEL_VARIABLE = "TFFORMER_LABEL"
# Seconds between two lines where there is no terminal.
_LINE_EVERY = 10.0
# Whether this process leaves the talking to another one.
_quiet = False


def be_quiet() -> None:
    """Silences `Progress` and `announce` in this process.

    Of several workers that do the same, only the chief tells of it.
    """
    global _quiet
    _quiet = True


def announce(text: str) -> None:
    """Prints a line on standard error."""
    if not _quiet:
        print(f"{own_label()}{text}", file=sys.stderr, flush=True)


def own_label() -> str:
    """What this process's lines begin with: of several, which it is."""
    given = os.environ.get(LABEL_VARIABLE)
    return f"{given}: " if given else ""


class Progress:
    """Counts towards a total and says so on standard error.

    On a terminal it is a tqdm bar. Elsewhere (a log file, CI, one of several
    processes side by side) a line is printed now and then, and one at the end
    if the work took a while.

    Args:
        label: what is being done.
        total: how many units there are, if that is known.
        initial: units that were done before.
        unit: name of a unit, in the plural.
    """

    def __init__(
        self,
        label: str,
        total: int | None = None,
        initial: int = 0,
        unit: str = "items",
    ) -> None:
        self._label, self._total, self._unit = label, total, unit
        self._done = self._initial = initial
        self._began = self._last_line = time.monotonic()
        self._fields: Mapping[str, str] = {}
        self._bar = None
        # Bars of several processes would overwrite each other.
        if sys.stderr.isatty() and not _quiet and not own_label():
            self._bar = tqdm.tqdm(
                desc=label,
                total=total,
                initial=initial,
                unit=f" {unit}",
                dynamic_ncols=True,
            )

    def update(
        self, count: int, fields: Mapping[str, str] | None = None
    ) -> None:
        """Adds to the count.

        Args:
            count: units done since the last call.
            fields: values to show beside it, such as {"loss": "2.31"}.
        """
        self._done += count
        if fields is not None:
            self._fields = fields
        if self._bar is not None:
            if fields is not None:
                self._bar.set_postfix(fields, refresh=False)
            self._bar.update(count)
        elif time.monotonic() - self._last_line >= _LINE_EVERY:
            self._print_line()

    def message(self, text: str) -> None:
        """Prints a line of its own without spoiling the bar."""
        if self._bar is not None:
            self._bar.write(text, file=sys.stderr)
        else:
            announce(text)

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.close()
        elif time.monotonic() - self._began >= _LINE_EVERY:
            self._print_line()

    def _print_line(self) -> None:
        now = self._last_line = time.monotonic()
        elapsed = now - self._began
        rate = (self._done - self._initial) / max(elapsed, 1e-9)
        parts = [f"{self._label}: {self._done}"]
        if self._total is not None:
            parts[0] += f"/{self._total}"
        parts[0] += f" {self._unit}"
        parts.append(f"{rate:.1f} {self._unit}/s")
        parts += [f"{name} {value}" for name, value in self._fields.items()]
        parts.append(f"{clock(elapsed)} elapsed")
        if self._total is not None and rate > 0:
            left = max(self._total - self._done, 0) / rate
            parts.append(f"{clock(left)} left")
        announce(", ".join(parts))


def clock(seconds: float) -> str:
    """Formats a duration as m:ss or h:mm:ss."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{rest:02}"
    return f"{minutes}:{rest:02}"
