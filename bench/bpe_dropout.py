"""Prints how fast batches are made with and without BPE dropout.

python -m bench.bpe_dropout --workdir=W [--rate=0.1] [--steps=200]

W is a translation workdir that has trained for a step or more; its first
batches of `train.batch_tokens` are gathered, in one thread, and dropped.
"""

import argparse
import functools
import time

import numpy as np

from bench.arguments import positive
from bench.training_split import encoded_split
from pipelines.app import errors_reported
from tfformer.data.bpe_dropout import BpeDropout
from tfformer.data.encoded import SIDES, EncodedCorpus
from tfformer.data.schedule import BatchSchedule
from tfformer.tasks.task import make_task
from tfformer.training.corpora import training_buckets
from tfformer.training.workdir import Workdir


def main() -> None:
    """Gathers each way, one after the other."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--workdir", required=True)
    parser.add_argument("--rate", type=float, default=0.1)
    parser.add_argument("--steps", type=positive, default=200)
    options = parser.parse_args()
    workdir = Workdir(options.workdir)
    config = workdir.read_config()
    corpus = EncodedCorpus(encoded_split(workdir))
    vocabularies = make_task(config, None).vocabularies(workdir.path)
    buckets = training_buckets(config, corpus, vocabularies)
    schedule = BatchSchedule(buckets, config.train.seed)

    measure("none", corpus.batch, schedule, options.steps)
    for name, sides in (("source", SIDES[:1]), ("both", SIDES)):
        dropout = BpeDropout(
            vocabularies, sides, options.rate, 0, config.data.max_length
        )
        gather = functools.partial(dropout.batch, corpus)
        measure(
            name,
            lambda places, gather=gather: gather(places, 1, 0),
            schedule,
            options.steps,
        )


def measure(name, gather, schedule, steps) -> None:
    """Prints tokens a pair of one way, and pairs a second of the processor."""
    began = time.process_time()
    pairs, tokens = 0, np.zeros(2, np.int64)
    for step in range(steps):
        places = schedule.places(step)
        batch = gather(places)
        pairs += len(places)
        tokens += [np.count_nonzero(ids) for ids in batch]
    rate = pairs / (time.process_time() - began)
    print(
        f"BPE dropout {name}: {rate:,.0f} pairs a CPU second, "
        f"{tokens[0] / pairs:.1f} + {tokens[1] / pairs:.1f} tokens a pair",
        flush=True,
    )


if __name__ == "__main__":
    with errors_reported():
        main()
