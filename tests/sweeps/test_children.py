import signal
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tfformer.sweeps.children import Children

PARENT = """
import sys
from tfformer.sweeps.children import Children
with Children() as children:
    code = children.run("tests.sweeps.sleeper", sys.argv[1:])
    again = children.run("tests.sweeps.sleeper", sys.argv[1:])
print(children.received, code, again)
"""


def start(*arguments):
    return subprocess.Popen(
        [sys.executable, "-c", PARENT, *arguments],
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
    before = signal.getsignal(signal.SIGTERM)
    with Children() as children:
        assert children.run("tests.sweeps.sleeper", ["die"]) == 128 + 9
        assert children.run("tests.sweeps.no_such_module", []) == 1
    assert signal.getsignal(signal.SIGTERM) is before
