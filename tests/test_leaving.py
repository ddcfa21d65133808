import subprocess
import sys

SCRIPT = """
import sys, threading
from tfformer.leaving import leave
threading.Thread(target=threading.Event().wait).start()
if sys.argv[1:] == ["closed"]:
    sys.stderr = None
print("said", end="")
leave(7)
"""


def check(*arguments):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert (done.returncode, done.stdout, done.stderr) == (7, "said", "")


def test_what_was_said_is_written_and_no_thread_waited_for():
    check()


def test_a_closed_stream_is_no_error():
    check("closed")
