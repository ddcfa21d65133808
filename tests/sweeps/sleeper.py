"""A program that waits for SIGTERM, saves and ends; for test_children."""

import os
import signal
import sys
import time


def stop(*_):
    if "slow" in sys.argv:
        print("saving", file=sys.stderr, flush=True)
        time.sleep(60)
    print("saved", file=sys.stderr, flush=True)
    sys.exit(143)


if __name__ == "__main__":
    if "die" in sys.argv:
        os.kill(os.getpid(), signal.SIGKILL)
    signal.signal(signal.SIGTERM, stop)
    print("ready", file=sys.stderr, flush=True)
    time.sleep(60)
