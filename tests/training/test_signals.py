import signal
import subprocess
import sys

import pytest

from tfformer.training.signals import StopSignals

SCRIPT = """
import threading, time
from tfformer.training.signals import StopSignals
with StopSignals() as signals:
    print("ready", flush=True)
    while not signals.received:
        time.sleep(0.01)
    print(signals.received, flush=True)
    threading.Lock().acquire()
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
"""


# As TensorFlow does where it joins other workers, it takes SIGTERM for itself,
# and waits where Python runs no handler.
JOINING = """
import signal, sys, threading
from tfformer.training.signals import StopSignals, end_at_once
end_at_once()
signal.signal(signal.SIGTERM, lambda *_: None)
if sys.argv[1] == "noting":
    with StopSignals() as signals:
        print("ready", flush=True)
        while not signals.received:
            pass
        print(signals.received, flush=True)
print("ready", flush=True)
lock = threading.Lock()
lock.acquire()
lock.acquire()
"""


def started(*arguments):
    process = subprocess.Popen(
        [sys.executable, "-c", *(arguments or (SCRIPT,))],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    return process


def test_the_first_is_noted_and_a_second_interrupt_ends_at_once():
    process = started()
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "SIGINT\n"
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=240) == 130


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_worker_that_waits_for_others(number):
    process = started(JOINING, "waiting")
    process.send_signal(number)
    assert process.wait(timeout=240) == 128 + number


def test_a_watched_signal_is_noted_while_training_and_ends_it_after():
    process = started(JOINING, "noting")
    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == "SIGTERM\n"
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=240) == 143


def test_a_second_termination_does_not_cut_a_save_short():
    process = started()
    for _ in range(3):
        process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == "SIGTERM\n"
    process.kill()
    process.wait()


def test_only_a_second_interrupt_ends_at_once(monkeypatch):
    codes = []
    monkeypatch.setattr("os._exit", codes.append)
    signals = StopSignals()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
        signals._note(number)
    assert (signals.received, codes) == ("SIGTERM", [])
    signals._note(signal.SIGINT)
    assert codes == [130]
