"""Versions of a model that come and go with their folders."""

import asyncio
import contextlib
import dataclasses
import gc
import logging
import os
import pathlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tfformer.errors import DataError
from tfformer.serving.metrics import Metrics
from tfformer.serving.rest_error import RestError

# States of TensorFlow Serving's `ModelVersionStatus`.
LOADING, AVAILABLE = "LOADING", "AVAILABLE"
UNLOADING, END = "UNLOADING", "END"
# Versions that have ended and are still told about.
_REMEMBERED = 8


@dataclasses.dataclass
class _Version:
    """What is known of a version.

    Attributes:
        state: of TensorFlow Serving.
        model: what was loaded, while it is.
        fingerprint: of the folder when it was read.
        error: why it could not be loaded.
        users: requests that hold it.
    """

    state: str
    fingerprint: tuple
    model: Any = None
    error: str = ""
    users: int = 0


class Versions:
    """Serves the newest versions of a folder, whatever happens to it.

    A new version is loaded in a thread beside the old one and takes its place
    at once; the old one goes when its last request is answered. A version that
    cannot be loaded leaves those that are served alone, and is tried again
    when its files change.

    Args:
        folder: of the versions, each a folder whose name is a number.
        load: makes the model of a version's path.
        name: of the model.
        metrics: what is counted.
        num_versions: how many of the newest are served; 0 is all.
        labels: names of versions, for `/labels/NAME`.
    """

    def __init__(
        self,
        folder: str | os.PathLike,
        load: Callable[[pathlib.Path], Any],
        name: str,
        metrics: Metrics,
        num_versions: int = 1,
        labels: Mapping[str, int] | None = None,
    ) -> None:
        self._folder, self._load = pathlib.Path(folder), load
        self.name, self._metrics = name, metrics
        self._num_versions, self._labels = num_versions, dict(labels or {})
        self._versions: dict[int, _Version] = {}

    async def start(self) -> None:
        """Loads what is there.

        Raises:
            DataError: if there is no version, or none can be loaded.
        """
        await self.refresh()
        if self.available():
            return
        errors = [version.error for version in self._versions.values()]
        raise DataError(
            f"`--model_dir` must hold a version that can be loaded, such as "
            f"{self._folder / '1'}. Received: "
            + ("; ".join(errors) or "none")
            + ". Make one with python -m tools.export_saved_model."
        )

    async def poll(self, seconds: float) -> None:
        """Looks at the folder again and again, until it is cancelled."""
        while True:
            await asyncio.sleep(seconds)
            try:
                await self.refresh()
            except Exception:
                logging.exception("could not look at %s", self._folder)

    def available(self) -> list[int]:
        """Returns the versions that are served, newest first."""
        return sorted(
            (n for n, v in self._versions.items() if v.state == AVAILABLE),
            reverse=True,
        )

    def statuses(self) -> dict[int, tuple[str, str]]:
        """Returns state and error of each version, newest first."""
        return {
            number: (version.state, version.error)
            for number, version in sorted(self._versions.items(), reverse=True)
        }

    def number(self, version: str | None, label: str | None) -> int:
        """Returns the served version that a request names.

        Args:
            version: its digits, or None.
            label: its label, or None.

        Raises:
            RestError: 404 if it is not served.
        """
        if label is not None:
            if label not in self._labels:
                raise RestError(
                    404, f"Unrecognized servable version label: {label}"
                )
            version = str(self._labels[label])
        served = self.available()
        if version is None and served:
            return served[0]
        # Compared as text: digits may be more than an int can be read from.
        for number in served:
            if version is not None and (version.lstrip("0") or "0") == str(
                number
            ):
                return number
        wanted = (
            f"Latest({self.name})"
            if version is None
            else f"Specific({self.name}, {version[:20]})"
        )
        raise RestError(404, f"Servable not found for request: {wanted}")

    @contextlib.contextmanager
    def held(self, version: str | None, label: str | None) -> Iterator[Any]:
        """Yields a version's model, which is not unloaded meanwhile.

        Raises:
            RestError: 404 if it is not served.
        """
        number = self.number(version, label)
        held = self._versions[number]
        held.users += 1
        try:
            yield held.model
        finally:
            held.users -= 1
            self._unload_if_unused(number, held)

    async def refresh(self) -> None:
        """Loads what has come and unloads what has gone."""
        found = await asyncio.to_thread(self._scan)
        wanted = sorted(found, reverse=True)
        if self._num_versions:
            wanted = wanted[: self._num_versions]
        for number in wanted:
            if self._must_load(number, found[number]):
                await self._load_version(number, found[number])
        # Rather an older one than none, as after a restart.
        for number in sorted(set(found) - set(wanted), reverse=True):
            if self.available():
                break
            if self._must_load(number, found[number]):
                await self._load_version(number, found[number])
        served = set(self.available())
        # What is served goes only once something else is there.
        if not wanted or served & set(wanted):
            for number in served - set(wanted):
                self._retire(number)
        self._forget(found)

    def _scan(self):
        """Versions in the folder and a fingerprint of each."""
        found = {}
        if self._folder.is_dir():
            for path in self._folder.iterdir():
                name = path.name
                if name.isascii() and name.isdigit() and str(int(name)) == name:
                    if (path / "saved_model.pb").is_file():
                        found[int(name)] = _fingerprint(path)
        return found

    def _must_load(self, number, fingerprint):
        known = self._versions.get(number)
        if known is None:
            return True
        # An unloaded version that has come back, or a failed one that changed.
        return known.state == END and (
            not known.error or known.fingerprint != fingerprint
        )

    async def _load_version(self, number, fingerprint):
        version = _Version(LOADING, fingerprint)
        self._versions[number] = version
        try:
            version.model = await asyncio.to_thread(
                self._load, self._folder / str(number)
            )
        except Exception as error:
            version.state = END
            version.error = f"version {number}: {_first_line(error)}"
            logging.error("could not load %s", version.error)
            return
        version.state = AVAILABLE
        self._metrics.available.labels(str(number)).set(1)
        logging.info("version %d is served", number)

    def _retire(self, number):
        version = self._versions[number]
        version.state = UNLOADING
        self._metrics.available.remove(str(number))
        self._unload_if_unused(number, version)

    def _unload_if_unused(self, number, version):
        if version.state == UNLOADING and not version.users:
            version.state, version.model = END, None
            # A loaded graph refers to itself.
            gc.collect()
            logging.info("version %d is unloaded", number)

    def _forget(self, found):
        ended = [
            number
            for number, version in sorted(self._versions.items())
            if version.state == END and number not in found
        ]
        for number in ended[:-_REMEMBERED]:
            del self._versions[number]


def _fingerprint(path):
    """Changes when a file of a folder comes, goes or changes."""
    stats = [p.stat() for p in path.rglob("*") if p.is_file()]
    return (
        len(stats),
        sum(s.st_size for s in stats),
        max((s.st_mtime_ns for s in stats), default=0),
    )


def _first_line(error):
    return str(error).strip().partition("\n")[0] or type(error).__name__
