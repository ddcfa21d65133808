import asyncio
import os
import signal
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tfformer.sweeps.children import Children, shares

PARENT = """
import asyncio
import sys
from tfformer.sweeps.children import Children

async def main():
    async with Children() as children:
        run = lambda: children.run("tests.sweeps.sleeper", sys.argv[2:])
        codes = await asyncio.gather(*(run() for _ in range(int(sys.argv[1]))))
        again = await run()
    print(children.received, *codes, again)

asyncio.run(main())
"""


def start(*arguments, count=1):
    return subprocess.Popen(
        [sys.executable, "-c", PARENT, str(count), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_reaches_the_child_and_no_other_is_started(number):
    parent = start()
    assert parent.stderr.readline() == "ready\n"
    parent.send_signal(number)
    output, errors = parent.communicate(timeout=240)
    assert output.split() == [signal.Signals(number).name, "143", "None"]
    assert errors == "saved\n"


def test_a_signal_reaches_all_that_run():
    parent = start(count=2)
    assert parent.stderr.readline() == parent.stderr.readline() == "ready\n"
    parent.send_signal(signal.SIGTERM)
    output, errors = parent.communicate(timeout=240)
    assert output.split() == ["SIGTERM", "143", "143", "None"]
    assert errors == "saved\n" * 2


def test_a_second_interrupt_ends_all_at_once():
    parent = start("slow")
    assert parent.stderr.readline() == "ready\n"
    parent.send_signal(signal.SIGINT)
    assert parent.stderr.readline() == "saving\n"
    parent.send_signal(signal.SIGINT)
    assert parent.wait(60) == 130
    assert "saved" not in parent.stderr.read()


@pytest.mark.skipif(sys.platform != "linux", reason="needs prctl")
def test_a_child_saves_when_its_parent_is_killed():
    parent = start()
    assert parent.stderr.readline() == "ready\n"
    parent.kill()
    assert parent.stderr.readline() == "saved\n"
    parent.wait(60)


def test_handlers_are_put_back_and_codes_are_a_shells():
    async def codes():
        async with Children() as children:
            return [
                await children.run("tests.sweeps.sleeper", ["die"]),
                await children.run("tests.sweeps.no_such_module", []),
            ]

    before = signal.getsignal(signal.SIGTERM)
    assert asyncio.run(codes()) == [128 + 9, 1]
    assert signal.getsignal(signal.SIGTERM) is before


def test_what_runs_when_the_program_fails_may_save(capfd):
    async def fail():
        async with Children() as children:
            tasks = [
                asyncio.create_task(children.run("tests.sweeps.sleeper", []))
                for _ in range(2)
            ]
            told = ""
            while told.count("ready") < 2:
                await asyncio.sleep(0.05)
                told += capfd.readouterr().err
            assert "saved" not in told and not any(t.done() for t in tasks)
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        asyncio.run(fail())
    assert capfd.readouterr().err == "saved\n" * 2


@pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity"), reason="needs affinity"
)
def test_processors_are_divided_and_lines_labelled(monkeypatch, capfd):
    cpus = os.sched_getaffinity(0)
    one = frozenset([min(cpus)])

    async def run():
        async with Children() as children:
            await children.run("tests.sweeps.teller", [], "row 7", one)
            await children.run("tests.sweeps.teller", [])

    asyncio.run(run())
    assert capfd.readouterr().err.splitlines() == [
        f"row 7: {sorted(one)}",
        f"{sorted(cpus)}",
    ]
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {8, 1, 2, 5, 9})
    assert shares(2) == [frozenset([1, 2]), frozenset([5, 8, 9])]
    assert shares(1) == [frozenset()] and shares(6) == [frozenset()] * 6
