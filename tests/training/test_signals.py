import signal
import subprocess
import sys

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


def started():
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    return process


def test_the_first_is_noted_and_a_second_interrupt_ends_at_once():
    process = started()
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "SIGINT\n"
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=240) == 130


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
