"""Measures `pipelines.decode` beside the bare searches that it makes.

python -m bench.decode_rate --workdir=W --data_dir=D [--split=test]
    [--lines=1000] [--rounds=2] [--set decode.beam_size=21 ...]

The same lines, in the same batches, as a user gives them and as ids: what is
between is preparing, tokenizing, sorting, padding and writing strings. Prints
sentences a second of both, by the clock and on all cores, the median of the
ratios of each round, and how busy the cores were.
"""

import argparse
import itertools
import os
import time

from bench import environment
from bench.arguments import positive
from pipelines.app import errors_reported

# Before TensorFlow is imported.
environment.prepare()


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--workdir", required=True, help="that was trained")
    parser.add_argument("--data_dir", required=True, help="of its data")
    parser.add_argument("--split", help="its dev split by default")
    parser.add_argument("--lines", type=positive, default=1000)
    parser.add_argument("--rounds", type=positive, default=2)
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument(
        "--processor_time",
        action="store_true",
        help="count processor seconds and not the clock's, on a machine that "
        "others use: what is to be done, and not whether it overlaps",
    )
    options = parser.parse_args()
    clock = time.process_time if options.processor_time else time.perf_counter
    from bench.rounds import in_turn, median_ratio
    from tfformer.training.inference import TrainedModel

    trained = TrainedModel(
        options.workdir,
        assignments=tuple(options.set),
        data_dir=options.data_dir,
    )
    split = options.split or trained.config.data.dev_split
    examples = trained.task.examples(split)
    # Of a split that is too small, again from its start.
    texts = list(
        itertools.islice(
            itertools.cycle([e.inputs for e in examples]), options.lines
        )
    )
    inference = trained.inference()
    searches = Recorder(inference)
    works = {
        "decode": lambda: list(inference.decode(texts, prepared=True)),
        "searches": searches.replay,
    }
    busy = time.process_time
    list(inference.decode(texts, prepared=True))
    searches.stop()
    start, used = time.perf_counter(), busy()
    seconds = in_turn(works, options.rounds, clock)
    share = (busy() - used) / (time.perf_counter() - start)
    unit = "processor second" if options.processor_time else "s"
    for name, values in seconds.items():
        print(f"{name}: {len(texts) / min(values):.1f} sentences/{unit}")
    ratio = median_ratio(seconds["searches"], seconds["decode"])
    print(f"decode is {ratio:.3f} of the rate of its searches")
    print(f"cores busy: {share:.2f} of {os.cpu_count()}")


class Recorder:
    """Keeps the batches that an `Inference` searches, to do it again.

    Args:
        inference: of it, `_search` is watched until `stop`.
    """

    def __init__(self, inference) -> None:
        self._inference = inference
        self._search = inference._search
        self._batches: list[tuple] = []
        inference._search = self._record

    def _record(self, inputs, n_best):
        self._batches.append((inputs, n_best))
        return self._search(inputs, n_best)

    def stop(self) -> None:
        """Watches no more."""
        self._inference._search = self._search

    def replay(self) -> None:
        """Searches every batch again."""
        for batch in self._batches:
            self._search(*batch)


if __name__ == "__main__":
    with errors_reported():
        main()
