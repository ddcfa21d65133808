"""Measures what long outputs cost beside short ones.

python -m bench.lengths [--long=512] [--short=32] [--sentences=8] [--rounds=3]

3 + 3 layers, 256 wide, 8,000 pieces, random weights, sources of 32 tokens,
outputs of exactly so many; greedy and with a beam of 4. One thread, processor
time; prints the medians of the ratios of each round.
"""

import argparse
import time

from bench import environment
from bench.arguments import positive

# Before TensorFlow is imported.
environment.prepare(threads=1)

SOURCE_LENGTH = 32


def main() -> None:
    """Measures and prints both searches."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--long", type=int, default=512)
    parser.add_argument("--short", type=int, default=32)
    parser.add_argument("--sentences", type=positive, default=8)
    parser.add_argument("--rounds", type=positive, default=3)
    options = parser.parse_args()
    if not SOURCE_LENGTH <= options.short < options.long:
        parser.error(
            f"--short must be at least {SOURCE_LENGTH} and below --long. "
            f"Received: {options.short} and {options.long}."
        )
    from bench.fixed_length import make_model, make_search
    from bench.rounds import in_turn, median_ratio

    model = make_model()
    for beam in (1, 4):
        works = {
            name: make_search(
                model, options.sentences, SOURCE_LENGTH, length, beam
            )
            for name, length in (("s", options.short), ("l", options.long))
        }
        seconds = in_turn(works, options.rounds, time.process_time)
        ratio = median_ratio(seconds["l"], seconds["s"])
        print(
            f"beam {beam}: {options.long} tokens cost {ratio:.1f} times what "
            f"{options.short} do ({options.long / options.short:.1f} times as "
            "many)",
            flush=True,
        )


if __name__ == "__main__":
    main()
