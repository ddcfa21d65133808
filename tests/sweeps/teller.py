"""A program that tells on which processors it runs; for test_children."""

import os

from tfformer.progress import announce

if __name__ == "__main__":
    announce(str(sorted(os.sched_getaffinity(0))))
