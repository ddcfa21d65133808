"""Joins concurrent requests into batches, each in time or not at all."""

import asyncio
import collections
import concurrent.futures
import dataclasses
import logging
import math
import time
from collections.abc import Callable, Hashable, Mapping

import numpy as np

from tfformer.serving.limits import Limits
from tfformer.serving.metrics import Metrics
from tfformer.serving.rest_error import RestError, late

Arrays = Mapping[str, np.ndarray]


@dataclasses.dataclass(eq=False)
class Job:
    """A request that waits.

    Attributes:
        group: jobs of an equal group may share a batch; None shares none.
        run: computes the outputs of inputs, in a thread.
        batched: inputs with the sentences along the first axis.
        shared: the other inputs, equal in the whole group.
        rows: its sentences.
        length: bytes of the longest.
        beams: how many times as large as by default its beam is.
        arrived: when it came, in seconds of the monotonic clock.
        answer: gets the outputs, or an exception.
    """

    group: Hashable | None
    run: Callable[[Arrays], Arrays]
    batched: Arrays
    shared: Arrays
    rows: int
    length: int
    beams: int
    arrived: float = dataclasses.field(default_factory=time.monotonic)
    answer: asyncio.Future = dataclasses.field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    @property
    def places(self) -> int:
        """What it takes of the queue."""
        return max(1, self.rows)


class Batcher:
    """A queue and the threads that empty it.

    Jobs leave in the order in which they came, each with the others of its
    group that fit. A thread that is free waits for more of them, but no longer
    than `batch_seconds` from when the first came.

    Args:
        limits: of the queue, of a batch and of time.
        metrics: what is counted.
        batch_size: most sentences of a batch; a larger request is a batch of
            its own.
        batch_seconds: longest wait for a batch to fill.
        threads: batches that are computed at the same time.
    """

    def __init__(
        self,
        limits: Limits,
        metrics: Metrics,
        batch_size: int = 32,
        batch_seconds: float = 0.002,
        threads: int = 1,
    ) -> None:
        self._limits, self._metrics = limits, metrics
        self._batch_size, self._batch_seconds = batch_size, batch_seconds
        self._threads = threads
        self._queue: collections.deque[Job] = collections.deque()
        self._queued = 0
        self._changed = asyncio.Event()
        self._workers: list[asyncio.Task] = []
        self._executor = concurrent.futures.ThreadPoolExecutor(
            threads, thread_name_prefix="batch"
        )
        # Batches in a thread.
        self._computing: set[concurrent.futures.Future] = set()
        # Seconds that a sentence took of late, for Retry-After.
        self._pace = 0.01

    def start(self) -> None:
        """Starts to take jobs; needs a running event loop."""
        self._workers = [
            asyncio.ensure_future(self._work()) for _ in range(self._threads)
        ]

    async def stop(self) -> bool:
        """Ends, and answers no job any more.

        Returns:
            Whether the threads are free. One that computes a batch cannot be
            stopped, and Python's own end would wait for it.
        """
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        self._executor.shutdown(wait=False)
        return not self._computing

    async def submit(self, job: Job) -> Arrays:
        """Waits for the outputs of a job.

        Raises:
            RestError: 503 if the queue is full or too slow, 504 if the
                deadline passes, 500 if the model fails.
        """
        self._refuse_if_busy(job)
        self._queue.append(job)
        self._count(job.places)
        self._changed.set()
        try:
            return await asyncio.wait_for(
                job.answer, self._limits.deadline_seconds
            )
        except (asyncio.TimeoutError, TimeoutError):
            self._metrics.late.inc()
            raise late(self._limits.deadline_seconds) from None
        finally:
            if job in self._queue:
                self._leave(job)

    def _refuse_if_busy(self, job):
        """Raises if a job would find no place, or wait past its deadline."""
        seconds = self._queued * self._pace / self._threads
        limits = self._limits
        if (
            self._queued + job.places <= limits.queue_sentences
            and seconds < limits.deadline_seconds
        ):
            return
        self._metrics.refused.inc()
        raise RestError(
            503,
            f"Queue full: {self._queued} sentences wait, for about "
            f"{seconds:.0f} s. There may be {limits.queue_sentences}, and "
            f"{limits.deadline_seconds:g} s. Try again later.",
            {"Retry-After": str(min(60, max(1, math.ceil(seconds))))},
        )

    def _count(self, places):
        self._queued += places
        self._metrics.queued.set(self._queued)

    def _leave(self, job):
        self._queue.remove(job)
        self._count(-job.places)

    async def _work(self):
        while True:
            batch = await self._next_batch()
            try:
                await self._compute(batch)
            except Exception:
                logging.exception("a batch failed")

    async def _next_batch(self):
        while True:
            wait = None
            if self._queue:
                batch, is_full = self._first_batch()
                wait = batch[0].arrived + self._batch_seconds - time.monotonic()
                if is_full or wait <= 0:
                    for job in batch:
                        self._leave(job)
                    return batch
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), wait)
            except (asyncio.TimeoutError, TimeoutError):
                pass

    def _first_batch(self):
        """The oldest job and those that fit to it; whether it is full."""
        first, *others = self._queue
        batch, rows, length = [first], first.rows, first.length
        if first.group is None or rows >= self._batch_size:
            return batch, True
        for job in others:
            if job.group != first.group:
                continue
            # Of one group, and so of one beam.
            more, longest = rows + job.rows, max(length, job.length)
            if more > self._batch_size or not self._limits.hold(
                more, longest, job.beams
            ):
                return batch, True
            batch.append(job)
            rows, length = more, longest
        return batch, rows == self._batch_size

    async def _compute(self, batch):
        started = time.monotonic()
        try:
            outputs = await self._run(batch)
        except Exception as error:
            if len(batch) == 1:
                return _fail(batch[0], error)
            # One of them may be at fault: the others get their answer.
            logging.warning("a batch of %d failed: %s", len(batch), error)
            for job in batch:
                # Not for who was told meanwhile that it took too long.
                if not job.answer.done():
                    await self._compute([job])
            return None
        rows = sum(job.rows for job in batch)
        seconds = time.monotonic() - started
        self._pace += 0.1 * (seconds / max(1, rows) - self._pace)
        self._metrics.batches.observe(rows)
        self._metrics.batch_seconds.observe(seconds)
        _distribute(batch, outputs)
        return None

    async def _run(self, batch):
        first = batch[0]
        inputs = {
            name: np.concatenate([job.batched[name] for job in batch])
            for name in first.batched
        }
        computed = self._executor.submit(first.run, {**inputs, **first.shared})
        self._computing.add(computed)
        computed.add_done_callback(self._computing.discard)
        return await asyncio.wrap_future(computed)


def _fail(job, error):
    if job.answer.done():
        return
    logging.error("the model failed", exc_info=error)
    job.answer.set_exception(
        RestError(500, "The model failed on this request; the log says how.")
    )


def _distribute(batch, outputs):
    """Gives each job its rows of the outputs."""
    start = 0
    for job in batch:
        end = start + job.rows
        if not job.answer.done():
            job.answer.set_result(
                outputs
                if len(batch) == 1
                else {name: array[start:end] for name, array in outputs.items()}
            )
        start = end
