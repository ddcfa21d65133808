"""Every request gets its own answer, or is told why not."""

import asyncio
import threading
import time
import types

import numpy as np
import pytest

from tfformer.serving import batcher as batcher_module
from tfformer.serving.batcher import Batcher, Job
from tfformer.serving.limits import Limits
from tfformer.serving.metrics import Metrics
from tfformer.serving.rest_error import RestError


def upper(inputs):
    texts = inputs["text"]
    outputs = np.empty(len(texts), object)
    outputs[:] = [text.upper() for text in texts]
    return {"outputs": outputs}


def job(texts, run=upper, group="group", shared=None):
    array = np.empty(len(texts), object)
    array[:] = texts
    longest = max(map(len, texts), default=0)
    shared = shared or {}
    return Job(group, run, {"text": array}, shared, len(texts), longest, 1)


def with_batcher(test, limits=None, **settings):
    """Runs an async test beside a started batcher."""

    async def run():
        metrics = Metrics()
        batcher = Batcher(limits or Limits(), metrics, **settings)
        batcher.start()
        try:
            return await test(batcher)
        finally:
            await batcher.stop()

    return asyncio.run(run())


def noting(seen):
    """`upper`, which also appends the texts of each batch."""

    def run(inputs):
        seen.append(inputs["text"].tolist())
        return upper(inputs)

    return run


def test_each_gets_its_own_rows():
    seen = []
    noted = noting(seen)

    async def test(batcher):
        texts = [[b"%d.%d" % (i, k) for k in range(i % 4)] for i in range(40)]
        answers = await asyncio.gather(
            *(batcher.submit(job(t, noted)) for t in texts)
        )
        for wanted, answer in zip(texts, answers, strict=True):
            assert answer["outputs"].tolist() == wanted

    with_batcher(test, batch_size=16, batch_seconds=0.05)
    sizes = list(map(len, seen))
    assert sum(sizes) == 60
    assert max(sizes) <= 16
    assert len(sizes) < 10


def test_groups_and_padding_divide_batches():
    seen = []
    noted = noting(seen)

    async def test(batcher):
        await asyncio.gather(
            batcher.submit(job([b"a"], noted, "one")),
            batcher.submit(job([b"b"], noted, "two")),
            batcher.submit(job([b"c"], noted, "one")),
            batcher.submit(job([b"d"], noted, None)),
            batcher.submit(job([b"e"], noted, None)),
            batcher.submit(job([b"x" * 9], noted, "one")),
        )

    limits = Limits(sentence_characters=9, padded_bytes=10)
    with_batcher(test, limits, batch_seconds=0.02)
    assert sorted(seen) == [
        [b"a", b"c"],
        [b"b"],
        [b"d"],
        [b"e"],
        [b"x" * 9],
    ]


def test_no_batch_has_more_pairs_than_a_request_may():
    seen = []
    noted = noting(seen)

    async def test(batcher):
        await asyncio.gather(
            *(batcher.submit(job([b"x" * 4], noted)) for _ in range(4))
        )

    limits = Limits(sentence_characters=4, attention_pairs=40)
    with_batcher(test, limits, batch_seconds=0.02)
    assert list(map(len, seen)) == [2, 2]


def test_a_full_queue_refuses_and_says_when_to_come_back():
    gate, taken = threading.Event(), threading.Event()

    def blocked(inputs):
        taken.set()
        gate.wait(30)
        return upper(inputs)

    async def test(batcher):
        running = asyncio.ensure_future(batcher.submit(job([b"a"], blocked)))
        while not taken.is_set():
            await asyncio.sleep(0.01)
        waiting = [
            asyncio.ensure_future(batcher.submit(job([b"b"] * 2, blocked)))
            for _ in range(2)
        ]
        await asyncio.sleep(0)
        with pytest.raises(RestError, match="Queue full") as caught:
            await batcher.submit(job([b"c"], blocked))
        gate.set()
        await asyncio.gather(running, *waiting)
        # There is room again.
        await batcher.submit(job([b"d"]))
        return caught.value

    error = with_batcher(test, Limits(queue_sentences=4), batch_seconds=0)
    assert error.status == 503
    assert int(error.headers["Retry-After"]) >= 1


def test_who_would_wait_past_the_deadline_is_sent_away_at_once(monkeypatch):
    # The clock, an hour ahead of every job, stands still but for the batches:
    # each takes 20 s by it.
    now = [time.monotonic() + 3600]
    clock = types.SimpleNamespace(monotonic=lambda: now[0])
    monkeypatch.setattr(batcher_module, "time", clock)
    gate = threading.Event()

    def slow(inputs):
        now[0] += 20
        return upper(inputs)

    def blocked(inputs):
        gate.wait(30)
        return upper(inputs)

    async def test(batcher):
        # Teaches it the pace.
        for _ in range(3):
            await batcher.submit(job([b"a"], slow))
        jobs = [
            asyncio.ensure_future(batcher.submit(job([b"b"], blocked, i)))
            for i in range(20)
        ]
        done, waiting = await asyncio.wait(
            jobs, return_when=asyncio.FIRST_EXCEPTION
        )
        gate.set()
        await asyncio.gather(*waiting)
        return [task.exception() for task in done]

    limits = Limits(deadline_seconds=60)
    errors = with_batcher(test, limits, batch_seconds=0)
    assert errors and {error.status for error in errors} == {503}


async def answered(batcher, text):
    """Asks until there is an answer."""
    while True:
        try:
            answer = await batcher.submit(job([text]))
        except RestError as error:
            assert error.status == 504
        else:
            return answer["outputs"].tolist()


def test_a_deadline_is_kept_running_or_waiting():
    gate = threading.Event()

    def blocked(inputs):
        gate.wait(30)
        return upper(inputs)

    async def test(batcher):
        answers = await asyncio.gather(
            batcher.submit(job([b"a"], blocked, "one")),
            batcher.submit(job([b"b"], blocked, "two")),
            return_exceptions=True,
        )
        gate.set()
        # The thread is soon free again, and nothing late is in the queue.
        assert await answered(batcher, b"c") == [b"C"]
        return answers

    answers = with_batcher(test, Limits(deadline_seconds=0.1), batch_seconds=0)
    assert [error.status for error in answers] == [504, 504]


def test_it_ends_without_a_batch_that_nobody_waits_for():
    gate = threading.Event()

    def blocked(inputs):
        gate.wait(5)
        return upper(inputs)

    async def test():
        limits = Limits(deadline_seconds=0.1)
        batcher = Batcher(limits, Metrics(), batch_seconds=0)
        batcher.start()
        with pytest.raises(RestError, match="Deadline"):
            await batcher.submit(job([b"a"], blocked))
        free = await batcher.stop()
        gate.set()
        return free

    assert not asyncio.run(test())


def test_its_threads_are_free_once_all_is_answered():
    async def test():
        batcher = Batcher(Limits(), Metrics(), batch_seconds=0)
        batcher.start()
        await batcher.submit(job([b"a"]))
        return await batcher.stop()

    assert asyncio.run(test())


def test_one_at_fault_does_not_take_the_others_down():
    def picky(inputs):
        if b"bad" in inputs["text"]:
            raise ValueError("no")
        return upper(inputs)

    async def test(batcher):
        return await asyncio.gather(
            *(batcher.submit(job([t], picky)) for t in (b"a", b"bad", b"c")),
            return_exceptions=True,
        )

    first, bad, last = with_batcher(test, batch_seconds=0.02)
    assert first["outputs"].tolist() == [b"A"]
    assert last["outputs"].tolist() == [b"C"]
    assert bad.status == 500


def test_what_was_given_up_is_not_computed_again():
    sizes = []

    def slow_and_wrong(inputs):
        sizes.append(len(inputs["text"]))
        time.sleep(0.3)
        raise ValueError("no")

    async def test(batcher):
        jobs = (batcher.submit(job([b"a"], slow_and_wrong)) for _ in range(4))
        errors = await asyncio.gather(*jobs, return_exceptions=True)
        assert [error.status for error in errors] == [504] * 4
        return await answered(batcher, b"b")

    limits = Limits(deadline_seconds=0.1)
    assert with_batcher(test, limits, batch_seconds=0.02) == [b"B"]
    assert sizes == [4]
