"""Who makes the shards of prepared data: processes here, or Apache Beam."""

import concurrent.futures
import concurrent.futures.process
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Sequence
from typing import Any

from tfformer.errors import ConfigError, DataError
from tfformer.progress import Progress, be_quiet
from tfformer.training.preparation import ShardJob

# Seconds between two looks at how far the processes are.
_LOOK_EVERY = 0.5


def run_local(jobs: Sequence[ShardJob], num_workers: int) -> None:
    """Makes shards in processes of this machine.

    Args:
        jobs: the shards.
        num_workers: processes; with 1, this one.

    Raises:
        UserError: what a job raised.
        DataError: if a process was killed.
    """
    total = sum(len(job.records) for job in jobs)
    with Progress("tokenising", total, unit="pairs") as progress:
        if num_workers == 1:
            for job in jobs:
                job.run(progress.update)
            return
        try:
            _run_processes(jobs, min(num_workers, len(jobs)), progress)
        except concurrent.futures.process.BrokenProcessPool as error:
            raise DataError(
                "a process that tokenised was killed, perhaps for want of "
                "memory. Run the same command again: it keeps the shards that "
                f"are whole. Try a smaller --num_workers. Received: "
                f"{num_workers}."
            ) from error


def _run_processes(
    jobs: Sequence[ShardJob], num_workers: int, progress: Progress
) -> None:
    # A fork would copy the threads' locks of whatever is running here.
    context = multiprocessing.get_context("spawn")
    done = context.Value("q", 0)
    seen = 0
    with concurrent.futures.ProcessPoolExecutor(
        num_workers, context, _begin, (done,)
    ) as pool:
        waiting = {pool.submit(_run_counted, job) for job in jobs}
        try:
            while waiting:
                ready, waiting = concurrent.futures.wait(
                    waiting,
                    _LOOK_EVERY,
                    concurrent.futures.FIRST_COMPLETED,
                )
                for future in ready:
                    future.result()
                now = done.value
                progress.update(now - seen)
                seen = now
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


# How many pairs all processes have done; set where one begins.
_done: Any = None


def _begin(done: Any) -> None:
    """Begins a process of the pool."""
    global _done
    _done = done
    be_quiet()
    # Ctrl-C comes to all of them; the one that began them tells of it.
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Ends this process if the one that began it is killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


def _run_counted(job: ShardJob) -> None:
    def count(pairs: int) -> None:
        with _done.get_lock():
            _done.value += pairs

    job.run(count)


def run_beam(jobs: Sequence[ShardJob], options: Sequence[str]) -> None:
    """Makes shards by an Apache Beam pipeline.

    The machines that it runs on need this package, and the folders of the
    data and of the output under the same paths.

    Args:
        jobs: the shards.
        options: Beam's pipeline options, such as "--runner=FlinkRunner".

    Raises:
        ConfigError: if Apache Beam is not installed.
    """
    try:
        import apache_beam as beam
        from apache_beam.options.pipeline_options import PipelineOptions
    except ImportError as error:
        raise ConfigError(
            "`--runner=beam` needs the package apache-beam. Received: "
            f"{error}. Try pip install 'tfformer[beam]', or --runner=local."
        ) from error
    with beam.Pipeline(options=PipelineOptions(list(options))) as pipeline:
        _ = (
            pipeline
            | "Shards" >> beam.Create(list(jobs))
            # Or a runner may fuse all of them into one worker's bundle.
            | "Spread" >> beam.Reshuffle()
            | "Tokenise" >> beam.Map(_run_job)
        )


def _run_job(job: ShardJob) -> int:
    """Makes a shard unless another attempt has; returns its number."""
    from tfformer.data.shards import is_whole

    if not is_whole(job.directory, job.origin):
        job.run()
    return job.number
