"""A sweep: runs, a few at a time, and a table of what they reached.

Its workdir holds a workdir of each run, under the run's name; in "shared" the
vocabularies and encoded splits that several runs have in common; and the
table.
"""

import asyncio
import collections
import dataclasses
import json
import operator
import os
import pathlib
import shutil
import time
from collections.abc import Sequence

from tfformer.data.atomic import remove_remains, written_aside
from tfformer.data.checksums import short_hash
from tfformer.errors import StoppedError, UserError
from tfformer.progress import announce, clock
from tfformer.sweeps.children import Children, shares
from tfformer.sweeps.plan import Run
from tfformer.sweeps.results import Result, read_result
from tfformer.sweeps.table import write_table
from tfformer.tasks.task import make_task
from tfformer.training.teacher_workdirs import (
    check_teachers,
    take_vocabulary,
)
from tfformer.training.warm_start import WarmStart, has_begun
from tfformer.training.workdir import VOCABULARY_FIELDS, Workdir


@dataclasses.dataclass(frozen=True)
class _Row:
    """A run that is being trained.

    Attributes:
        run: which.
        label: what messages call it.
        path: its workdir.
        children: starts its processes.
        cpus: the processors that these may use.
        alone: whether no other row is trained meanwhile.
    """

    run: Run
    label: str
    path: pathlib.Path
    children: Children
    cpus: frozenset[int]
    alone: bool

    async def start(self, module: str, flags: Sequence[str]) -> int | None:
        """Runs a program for this row; see `Children.run`."""
        # Lines of one row alone need not say whose they are.
        label = "" if self.alone else self.label.split(":")[0]
        return await self.children.run(module, flags, label, self.cpus)


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
        start: the trained model that every row begins from, if any.

    Raises:
        UserError: if a row's workdir is there with other settings or from
            another model, or the row cannot begin from the model.
    """

    def __init__(
        self,
        runs: Sequence[Run],
        workdir: str | os.PathLike,
        data_dir: str | None,
        restarts: int = 0,
        jobs: int = 1,
        start: WarmStart | None = None,
    ) -> None:
        self.runs, self.restarts, self.jobs = runs, restarts, jobs
        self.start = start
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
        self._check_start()

    def results(self) -> list[Result]:
        """Returns what every row has reached so far."""
        return [
            read_result(
                run,
                self.path / run.name,
                self._failures.get(run),
                self.start,
            )
            for run in self.runs
        ]

    def _check_start(self) -> None:
        """Raises if a row cannot begin from the model, or has no teachers."""
        for run in self.runs:
            workdir = Workdir(self.path / run.name)
            start = self.start
            if start is not None and has_begun(workdir, start):
                start = None
            if start is not None:
                start.check(run.config, workdir)
            if not workdir.has_checkpoints():
                check_teachers(
                    run.config, workdir, start.path if start else None
                )

    def run(self) -> None:
        """Trains the rows that lack a score, and writes the table after each.

        A row that fails is told of and left; the others go on.

        Raises:
            StoppedError: after a signal, when the row that it came in has
                saved.
            UserError: at the end, if a row failed.
        """
        results = self.results()
        write_table(results, self.path)
        asyncio.run(self._train_all(results))
        self._report()

    async def _train_all(self, results: Sequence[Result]) -> None:
        """Trains the rows that these results lack, `jobs` at a time."""
        waiting = [
            (f"row {number} of {len(results)}: {result.run.name}", result)
            for number, result in enumerate(results, 1)
        ]
        unfinished = sum(not result.finished for result in results)
        # Those that wait for nothing need no processors.
        jobs = max(1, min(self.jobs, unfinished))
        stopped: list[str] = []
        async with Children() as children:

            async def work(cpus: frozenset[int]) -> None:
                while waiting and not children.stopping:
                    label, result = waiting.pop(0)
                    if result.finished:
                        announce(f"{label}: finished before")
                        continue
                    announce(label)
                    path = self.path / result.run.name
                    row = _Row(
                        result.run, label, path, children, cpus, jobs == 1
                    )
                    try:
                        await self._train(row)
                    except UserError as error:
                        self._fail(row, str(error))
                    write_table(self.results(), self.path)
                    if children.stopping:
                        stopped.append(label)

            await asyncio.gather(*map(work, shares(jobs)))
            if children.received:
                where = f" in {', '.join(stopped)}" if stopped else ""
                raise StoppedError(
                    f"stopped by {children.received}{where}. What is there is "
                    "saved; run the same command again to go on."
                )

    async def _train(self, row: _Row) -> None:
        """Trains one row in a process of its own."""
        began = time.monotonic()
        shared = self._shared_folder(row.run)
        async with self._making[shared]:
            provided = await self._provide(row, shared)
        if not provided:
            if not row.children.stopping:
                self._fail(row, "its vocabulary could not be made")
            return
        code = await self._run_child(row)
        _link_folders(row.path / "data", shared / "data")
        if row.children.stopping:
            return
        result = read_result(row.run, row.path, start=self.start)
        if code:
            self._fail(row, f"training ended with exit code {code}")
            return
        if not result.finished:
            self._fail(row, "training ended without a dev score")
            return
        announce(
            f"{row.label}: dev {result.metric} {result.score:.2f} after "
            f"{clock(time.monotonic() - began)}"
        )

    async def _run_child(self, row: _Row) -> int | None:
        """Trains until it ends by itself or has been restarted enough."""
        arguments = self._flags(row.run, row.path)
        if self.start is not None:
            arguments += [
                f"--init_from={self.start.path}",
                f"--init_checkpoint={self.start.checkpoint}",
            ]
        for left in range(self.restarts, -1, -1):
            code = await row.start("pipelines.train", arguments)
            # Below 128 are a user's errors, which would come again.
            if not left or code is None or code < 128 or row.children.stopping:
                break
            announce(
                f"{row.label}: ended with exit code {code}; starting it again, "
                f"{left - 1} restarts left"
            )
        return code

    def _fail(self, row: _Row, reason: str) -> None:
        self._failures[row.run] = reason
        announce(f"{row.label}: FAILED, {reason}")

    def _flags(self, run: Run, path: pathlib.Path) -> list[str]:
        data = [] if self.data_dir is None else [f"--data_dir={self.data_dir}"]
        settings = [f"--set={assignment}" for assignment in run.assignments]
        return [f"--preset={run.preset}", f"--workdir={path}", *data, *settings]

    def _shared_folder(self, run: Run) -> pathlib.Path:
        """Names the folder of all runs with this run's vocabulary."""
        config = run.config
        key = {
            "task": config.task,
            "data_dir": str(self.data_dir and os.path.abspath(self.data_dir)),
            **({"init_from": self.start.path} if self.start else {}),
            **{f: operator.attrgetter(f)(config) for f in VOCABULARY_FIELDS},
        }
        # Whose vocabulary it then has.
        for path in config.train.teacher_paths[:1]:
            key["teacher"] = os.path.abspath(path)
        return self.path / "shared" / short_hash(json.dumps(key).encode())

    async def _provide(self, row: _Row, shared: pathlib.Path) -> bool:
        """Gives a new row its vocabulary; tells whether it has one."""
        workdir = Workdir(row.path)
        if workdir.has_checkpoints():
            return True
        if self.start is None and not await self._build(row, shared):
            return False
        # An earlier try's settings would be gone on from, and nothing that
        # depends on them is there yet.
        workdir.config_path.unlink(missing_ok=True)
        if self.start is None:
            _copy_vocabulary(shared, workdir.path)
        else:
            self.start.copy_vocabularies(workdir)
        _link_folders(shared / "data", workdir.data)
        return True

    async def _build(self, row: _Row, shared: pathlib.Path) -> bool:
        """Makes the vocabulary that rows share; tells whether it is there."""
        take_vocabulary(row.run.config, Workdir(shared))
        if make_task(row.run.config, None).has_vocabularies(shared):
            return True
        if shared in self._hopeless:
            return False
        shutil.rmtree(shared, ignore_errors=True)
        code = await row.start(
            "pipelines.build_vocabulary", self._flags(row.run, shared)
        )
        if code != 0:
            self._hopeless.add(shared)
        return code == 0

    def _report(self) -> None:
        results = self.results()
        announce(
            f"{sum(r.finished for r in results)} of {len(results)} rows are "
            f"in {self.path / 'table.md'}"
        )
        # One may have failed after its score was written down.
        failed = {r.run: r.failure for r in results if not r.finished}
        failed |= self._failures
        if failed:
            raise UserError(
                f"{len(failed)} of {len(results)} rows failed: "
                + "; ".join(f"{r.name} ({why})" for r, why in failed.items())
                + ". What each said stands above. Run the same command again "
                "to try them again."
            )


def _copy_vocabulary(source: pathlib.Path, target: pathlib.Path) -> None:
    """Copies a shared folder's files, but for its settings."""
    for path in filter(pathlib.Path.is_file, source.iterdir()):
        if path.name != "config.json":
            with written_aside(target / path.name) as aside:
                shutil.copyfile(path, aside)


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
