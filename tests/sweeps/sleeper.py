"""A program that waits for SIGTERM, saves and ends; for test_children."""

import os
import signal
import sys
import time


def tell(word):
    # A signal may come within: print would refuse to be entered twice.
    os.write(2, word + b"\n")


def stop(*_):
    if "slow" in sys.argv:
        tell(b"saving")
        time.sleep(60)
    tell(b"saved")
    sys.exit(143)


if __name__ == "__main__":
    if "die" in sys.argv:
        os.kill(os.getpid(), signal.SIGKILL)
    signal.signal(signal.SIGTERM, stop)
    tell(b"ready")
    time.sleep(60)
