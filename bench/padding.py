"""Prints what share of a run's batches is padding.

python -m bench.padding --workdir=W

W is a workdir that has trained for a step or more; one epoch of its batches of
`train.batch_tokens` is counted.
"""

import argparse

import numpy as np

from bench.training_split import encoded_split
from pipelines.app import errors_reported
from tfformer.data.encoded import EncodedCorpus
from tfformer.data.schedule import BatchSchedule
from tfformer.tasks.task import make_task
from tfformer.training.corpora import training_buckets
from tfformer.training.workdir import Workdir


def main() -> None:
    """Counts the training split's padding."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--workdir", required=True)
    workdir = Workdir(parser.parse_args().workdir)
    config = workdir.read_config()
    corpus = EncodedCorpus(encoded_split(workdir))
    vocabularies = make_task(config, None).vocabularies(workdir.path)
    buckets = training_buckets(config, corpus, vocabularies)
    schedule = BatchSchedule(buckets, config.train.seed)
    real, places = np.zeros(2), np.zeros(2)
    for step in range(schedule.batches_per_epoch):
        for side, ids in enumerate(corpus.batch(schedule.places(step))):
            # The first id of a token; those after it may be 0 in a real one.
            ids = ids[:, :: vocabularies[side].ids_per_token]
            real[side] += np.count_nonzero(ids)
            places[side] += ids.size
    source, target = 1 - real / places
    whole = 1 - real.sum() / places.sum()
    print(f"padding: {whole:.3f} (source {source:.3f}, target {target:.3f})")


if __name__ == "__main__":
    with errors_reported():
        main()
