"""Measures the peak memory of a peer of the speed harness on a large batch.

PYTHONPATH=HARNESS VENV/bin/python bench/peer_memory.py SCRIPT train base37 ...

SCRIPT and what follows are a peer's own, as the harness starts it: its
p_torch.py with "eager" in PyTorch's environment, or bench/peer.py in ours. The
batch of the named configuration becomes 4,096 tokens a side. Prints megabytes
of the whole process after a few steps.
"""

import runpy
import sys

import common  # the harness's

TOKENS = 4096


def main() -> None:
    """Runs the script with another batch; `common.serve` ends the process."""
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    script, _, name = sys.argv[1:4]
    settings = common.CONFIGS[name]
    settings["batch"] = TOKENS // settings["T"]
    common.emit = report
    sys.argv = sys.argv[1:]
    runpy.run_path(script, run_name="__main__")


def report(**said) -> None:
    """Stands for the harness's own line: memory alone, and then the end."""
    print(f"{said['rss_mb']:,.0f} MB", flush=True)
    sys.exit()


if __name__ == "__main__":
    main()
