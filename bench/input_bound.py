"""Measures whether `fit` waits for its input.

python -m bench.input_bound --workdir=W [--steps=20] [--rounds=4]

W is a workdir that has trained for a step or more. The same batches, read from
disk as training reads them, and held in memory: the median over rounds of the
ratio of the two, by the clock and on all cores.
"""

import argparse
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
    parser.add_argument("--workdir", required=True)
    parser.add_argument("--steps", type=positive, default=20, help="of a round")
    parser.add_argument("--rounds", type=positive, default=4)
    parser.add_argument(
        "--processor_time",
        action="store_true",
        help="count processor seconds and not the clock's, on a machine that "
        "others use: what is to be done, and not whether it overlaps",
    )
    options = parser.parse_args()
    clock = time.process_time if options.processor_time else time.perf_counter
    from bench.rounds import in_turn, median_ratio

    config, vocabularies, read = first_batches(options.workdir, options.steps)
    cached = read.cache()
    # Filled here, and not during the first round.
    for _ in cached:
        pass
    model = make_model(config, vocabularies)
    works = {
        "read": lambda: model.fit(read, shuffle=False, verbose=0),
        "cached": lambda: model.fit(cached, shuffle=False, verbose=0),
    }
    seconds = in_turn(works, options.rounds, clock)
    ratio = median_ratio(seconds["read"], seconds["cached"])
    print(
        f"fit on batches that are read takes {ratio:.3f} of fit on the same "
        f"in memory ({options.steps} steps, {options.rounds} rounds, "
        f"{os.cpu_count()} cores, "
        f"{'processor' if options.processor_time else 'wall-clock'} time)"
    )


def first_batches(path: str, steps: int):
    """The first batches of a training run, as it reads them.

    Args:
        path: a workdir that has trained for a step or more.
        steps: how many batches.

    Returns:
        The run's configuration, its vocabularies, and the data set.
    """
    from bench.training_split import encoded_split
    from tfformer.data.encoded import EncodedCorpus
    from tfformer.data.pipeline import batches
    from tfformer.data.schedule import BatchSchedule
    from tfformer.tasks.task import make_task
    from tfformer.training.corpora import training_buckets
    from tfformer.training.workdir import Workdir

    workdir = Workdir(path)
    config = workdir.read_config()
    vocabularies = make_task(config, None).vocabularies(workdir.path)
    corpus = EncodedCorpus(encoded_split(workdir))
    buckets = training_buckets(config, corpus, vocabularies)
    schedule = BatchSchedule(buckets, config.train.seed)
    return config, vocabularies, batches(corpus, schedule, 0, steps)


def make_model(config, vocabularies):
    """The run's model with new weights, compiled as training compiles it."""
    from tfformer.training.build import (
        build_model,
        build_optimizer,
        compile_for_fit,
    )
    from tfformer.training.trainer import LEARNERS

    model = build_model(config, vocabularies, LEARNERS)
    compile_for_fit(model, build_optimizer(config))
    return model


if __name__ == "__main__":
    with errors_reported():
        main()
