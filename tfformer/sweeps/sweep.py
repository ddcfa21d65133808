"""A sweep: runs, a few at a time, and a table of what they reached.

Its workdir holds a workdir of each run, under the run's name; in "shared" the
vocabularies and encoded splits that several runs have in common; and the
table.
"""

import asyncio
import collections
import hashlib
import json
import operator
import os
import pathlib
import shutil
import time
from collections.abc import Sequence

from tfformer.data.atomic import remove_remains, written_aside
from tfformer.errors import StoppedError, UserError
from tfformer.progress import announce, clock
from tfformer.sweeps.children import Children, shares
from tfformer.sweeps.plan import Run
from tfformer.sweeps.results import Result, read_result
from tfformer.sweeps.table import write_table
from tfformer.tasks.task import make_task
from tfformer.training.workdir import VOCABULARY_FIELDS, Workdir


class Sweep:
    """Trains what is not trained yet; see `run`.

    Args:
        runs: the rows, in the order of the table.
        workdir: of the sweep.
        data_dir: folder of the data, where the source needs one.
        restarts: how often a row goes on at once after an exit code of 128 or
            more, as of a process that was killed.
        jobs: how many rows are trained at a time, each on its share of the
            processors.

    Raises:
        UserError: if a row's workdir is there with other settings.
    """

    def __init__(
        self,
        runs: Sequence[Run],
        workdir: str | os.PathLike,
        data_dir: str | None,
        restarts: int = 0,
        jobs: int = 1,
    ) -> None:
        self.runs, self.restarts, self.jobs = runs, restarts, jobs
        self.path = pathlib.Path(workdir)
        self.data_dir = data_dir
        self._failures: dict[Run, str] = {}
        # Shared folders whose vocabulary could not be made in this sweep.
        self._hopeless: set[pathlib.Path] = set()
        # One row at a time makes what it shares with others.
        self._making: dict[pathlib.Path, asyncio.Lock] = (
            collections.defaultdict(asyncio.Lock)
        )
        self.results()

    def results(self) -> list[Result]:
        """Returns what every row has reached so far."""
        return [
            read_result(run, self.path / run.name, self._failures.get(run))
            for run in self.runs
        ]

    def run(self) -> None:
        """Trains the rows that lack a score, and writes the table after each.

        A row that fails is told of and left; the others go on.

        Raises:
            StoppedError: after a signal, when the row that it came in has
                saved.
            UserError: at the end, if a row failed.
        """
        write_table(self.results(), self.path)
        asyncio.run(self._train_all())
        self._report()

    async def _train_all(self) -> None:
        """Trains rows, `jobs` at a time."""
        waiting = list(enumerate(self.runs, 1))
        stopped: list[str] = []
        async with Children() as children:

            async def work(cpus: frozenset[int]) -> None:
                while waiting and not children.received:
                    number, run = waiting.pop(0)
                    label = f"row {number} of {len(self.runs)}: {run.name}"
                    if read_result(run, self.path / run.name).finished:
                        announce(f"{label}: finished before")
                        continue
                    announce(label)
                    await self._train(run, label, children, cpus)
                    write_table(self.results(), self.path)
                    if children.received:
                        stopped.append(label)

            await asyncio.gather(*map(work, shares(self.jobs)))
            if children.received:
                where = f" in {', '.join(stopped)}" if stopped else ""
                raise StoppedError(
                    f"stopped by {children.received}{where}. What is there is "
                    "saved; run the same command again to go on."
                )

    async def _train(
        self, run: Run, label: str, children: Children, cpus: frozenset[int]
    ) -> None:
        """Trains one row in a process of its own."""
        began, path = time.monotonic(), self.path / run.name
        shared = self._shared_folder(run)
        async with self._making[shared]:
            provided = await self._provide(run, shared, children)
        if not provided:
            if not children.received:
                self._fail(run, label, "its vocabulary could not be made")
            return
        code = await self._run_child(run, path, label, children, cpus)
        _link_folders(path / "data", shared / "data")
        if children.received:
            return
        result = read_result(run, path)
        if code:
            self._fail(run, label, f"training ended with exit code {code}")
            return
        if not result.finished:
            self._fail(run, label, "training ended without a dev score")
            return
        announce(
            f"{label}: dev {result.metric} {result.score:.2f} after "
            f"{clock(time.monotonic() - began)}"
        )

    async def _run_child(
        self,
        run: Run,
        path: pathlib.Path,
        label: str,
        children: Children,
        cpus: frozenset[int],
    ) -> int | None:
        """Trains until it ends by itself or has been restarted enough."""
        flags = [f"--set={a}" for a in run.assignments]
        arguments = self._flags(run, path, flags)
        # Lines of one row alone need not say whose they are.
        prefix = label.split(":")[0] if self.jobs > 1 else ""
        for left in range(self.restarts, -1, -1):
            code = await children.run(
                "pipelines.train", arguments, prefix, cpus
            )
            # Below 128 are a user's errors, which would come again.
            if not left or code is None or code < 128 or children.received:
                break
            announce(
                f"{label}: ended with exit code {code}; starting it again, "
                f"{left - 1} restarts left"
            )
        return code

    def _fail(self, run: Run, label: str, reason: str) -> None:
        self._failures[run] = reason
        announce(f"{label}: FAILED, {reason}")

    def _flags(
        self, run: Run, path: pathlib.Path, more: Sequence[str]
    ) -> list[str]:
        data = [] if self.data_dir is None else [f"--data_dir={self.data_dir}"]
        return [f"--preset={run.preset}", f"--workdir={path}", *data, *more]

    def _shared_folder(self, run: Run) -> pathlib.Path:
        """Names the folder of all runs with this run's vocabulary."""
        config = run.config
        key = {
            "task": config.task,
            "data_dir": str(self.data_dir and os.path.abspath(self.data_dir)),
            **{f: operator.attrgetter(f)(config) for f in VOCABULARY_FIELDS},
        }
        digest = hashlib.sha256(json.dumps(key).encode()).hexdigest()
        return self.path / "shared" / digest[:16]

    async def _provide(
        self, run: Run, shared: pathlib.Path, children: Children
    ) -> bool:
        """Gives a new row its vocabulary; tells whether it has one."""
        workdir = Workdir(self.path / run.name)
        if workdir.checkpoints.is_dir():
            return True
        task = make_task(run.config, None)
        if not task.has_vocabularies(shared):
            if shared in self._hopeless:
                return False
            # Nothing but the data section matters, and it is in the key.
            shutil.rmtree(shared, ignore_errors=True)
            code = await children.run(
                "pipelines.build_vocabulary",
                self._flags(run, shared, self._data_flags(run)),
            )
            if code != 0:
                self._hopeless.add(shared)
                return False
        # An earlier try's settings would be gone on from, and nothing that
        # depends on them is there yet.
        workdir.config_path.unlink(missing_ok=True)
        for path in filter(pathlib.Path.is_file, shared.iterdir()):
            if path.name != "config.json":
                with written_aside(workdir.path / path.name) as aside:
                    shutil.copyfile(path, aside)
        _link_folders(shared / "data", workdir.data)
        return True

    def _data_flags(self, run: Run) -> list[str]:
        return [f"--set={a}" for a in run.assignments if a.startswith("data.")]

    def _report(self) -> None:
        results = self.results()
        announce(
            f"{sum(r.finished for r in results)} of {len(results)} rows are "
            f"in {self.path / 'table.md'}"
        )
        failed = [r for r in results if not r.finished]
        if failed:
            raise UserError(
                f"{len(failed)} of {len(results)} rows failed: "
                + "; ".join(f"{r.run.name} ({r.failure})" for r in failed)
                + ". What each said stands above. Run the same command again "
                "to try them again."
            )


def _link_folders(source: pathlib.Path, target: pathlib.Path) -> None:
    """Gives `target` the encoded splits of `source` that it lacks.

    Hard links: they take no space, and either folder can be removed. Nothing
    writes to an encoded split once it has its name.
    """
    remove_remains(source)
    for path in source.iterdir() if source.is_dir() else ():
        if path.is_dir() and not (target / path.name).exists():
            with written_aside(target / path.name) as aside:
                shutil.copytree(path, aside, copy_function=_link_or_copy)


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        # Some file systems know no hard links.
        shutil.copyfile(source, target)
