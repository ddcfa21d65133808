"""Measures the compiled search of an export beside the plain one.

python -m bench.compiled --workdir=W [--data_dir=D] [--rounds=12]
    [--sentences=1,2,4,8,16] [--set decode.beam_size=5 ...]

Text to text, by the two forms of `serving_default` that `--jit_compile` of
tools.export_saved_model chooses from, in turn, on batches of dev's first lines;
every shape is compiled before it is timed. One thread. Prints, for each number
of sentences, wall-clock milliseconds and the median of the ratios: how much
faster the compiled one is.
"""

import argparse
import functools
import itertools
import statistics

from bench import environment
from bench.arguments import positive, positives
from pipelines.app import errors_reported

# Before TensorFlow is imported.
environment.prepare(threads=1)


def main() -> None:
    """Measures and prints a line for each number of sentences."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--workdir", required=True, help="that was trained")
    parser.add_argument("--data_dir", help="of its data; pocket has none")
    parser.add_argument("--sentences", type=positives, default="1,2,4,8,16")
    parser.add_argument("--rounds", type=positive, default=12)
    parser.add_argument("--set", action="append", default=[])
    options = parser.parse_args()
    from tfformer.training.inference import TrainedModel

    trained = TrainedModel(
        options.workdir,
        assignments=tuple(options.set),
        data_dir=options.data_dir,
    )
    examples = trained.task.examples(trained.config.data.dev_split)
    texts = [example.inputs for example in examples]
    searches = both(trained)
    for count in options.sentences:
        # Of a split that is too small, again from its start.
        cycled = itertools.cycle(texts)
        batches = [
            list(itertools.islice(cycled, count)) for _ in range(options.rounds)
        ]
        report(count, measure(searches, batches))


def measure(searches, batches) -> dict[str, list[float]]:
    """Returns the seconds of every batch, plain and compiled.

    Args:
        searches: from `both`.
        batches: lists of texts.
    """
    from bench.rounds import in_turn

    seconds: dict[str, list[float]] = {name: [] for name in searches}
    for texts in batches:
        works = {
            name: functools.partial(search, texts)
            for name, search in searches.items()
        }
        for name, values in in_turn(works, 1).items():
            seconds[name] += values
    return seconds


def both(trained):
    """Makes the two, from a list of texts to outputs, by name."""
    import tensorflow as tf

    from tfformer.export.serving import ServingModule

    def served(module):
        default = module.signatures()["serving_default"]
        return lambda texts: default(text=tf.constant(texts))["outputs"].numpy()

    parts = trained.vocabularies, trained.task, trained.config.decode
    return {
        name: served(ServingModule(trained.model, *parts, most))
        for name, most in (("plain", 0), ("compiled", 2**30))
    }


def report(count: int, seconds: dict[str, list[float]]) -> None:
    """Prints medians, and how much faster the compiled one is."""
    from bench.rounds import median_ratio

    told = ", ".join(
        f"{name} {1000 * statistics.median(values):.1f} ms"
        for name, values in seconds.items()
    )
    faster = median_ratio(seconds["plain"], seconds["compiled"])
    print(f"{count} sentences: {told}, speed {faster:.2f}", flush=True)


if __name__ == "__main__":
    with errors_reported():
        main()
