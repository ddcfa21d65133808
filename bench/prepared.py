"""Times how fast batches come from prepared data, beside other ways.

python -m bench.prepared [--data_dir=D] [--repeat=2] [--rounds=5]

D holds train.en and train.de; without it, pocket's training split is taken.
They are repeated, encoded as training does by itself, and prepared in
`--shards` shards, from which training then makes its copy; epochs of 25,000 and
of 4,096 tokens a batch are read of both through `tfformer.data.pipeline`, by
turns. `tf.data` is what a pipeline of tf.data and tensorflow_text would do:
SentencePiece for each pair, buckets by length, padded batches. Printed are the
best of the rounds: pairs per second, then pairs per second of processor time.
"""

import argparse
import functools
import pathlib
import tempfile
import time

from bench import environment
from bench.arguments import positive
from pipelines.app import errors_reported
from tfformer.config import override
from tfformer.tasks.task import get_preset, make_task
from tfformer.training.preparation import prepare
from tfformer.training.preparation_plan import Request
from tfformer.training.shard_runners import run_local


def main() -> None:
    """Makes the data and prints a table."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data_dir")
    parser.add_argument("--repeat", type=positive, default=2)
    parser.add_argument("--rounds", type=positive, default=5)
    parser.add_argument("--shards", type=int, default=32)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        compare(options, pathlib.Path(folder))


def compare(options: argparse.Namespace, folder: pathlib.Path) -> None:
    """Measures by turns, so that what else runs here slows all alike."""
    config = override(get_preset("translation/multi30k"), ["data.source=text"])
    write_text(options, folder)
    corpora = open_corpora(config, folder, options.shards)
    lines = {
        f"{name}, {tokens} tokens": functools.partial(read, corpus, tokens)
        for tokens in (25_000, 4096)
        for name, corpus in corpora.items()
    }
    lines["tf.data, 4096 tokens"] = functools.partial(read_tf_data, folder)
    best = {name: (0.0, 0.0) for name in lines}
    for turn in range(options.rounds + 1):
        for name, epoch in lines.items():
            wall, used = time.perf_counter(), time.process_time()
            pairs = epoch()
            rates = (
                pairs / (time.perf_counter() - wall),
                pairs / (time.process_time() - used),
            )
            # The first turn warms up.
            if turn:
                best[name] = tuple(map(max, best[name], rates))
    slow = best["tf.data, 4096 tokens"]
    for name, rates in best.items():
        base = best.get(f"encoded, {name.split(', ')[1]}", slow)
        print(
            f"{name:24}"
            + "".join(
                f" {rate:10,.0f} ({rate / to:.2f} of encoded, "
                f"{rate / least:.1f} x tf.data)"
                for rate, to, least in zip(rates, base, slow, strict=True)
            )
        )


def write_text(options: argparse.Namespace, folder: pathlib.Path) -> None:
    """Writes the pairs, repeated, as a text source."""
    assignments = [
        "data.source=text" if options.data_dir else "data.source=pocket"
    ]
    config = override(get_preset("translation/multi30k"), assignments)
    task = make_task(config, options.data_dir)
    with (
        open(folder / "train.en", "w") as en,
        open(folder / "train.de", "w") as de,
    ):
        for _ in range(options.repeat):
            for example in task.examples("train"):
                en.write(f"{example.inputs}\n")
                de.write(f"{example.targets}\n")


def open_corpora(config, folder, shards):
    """Encodes as training does, and prepares in several shards."""
    from tfformer.data.encoded import encode_corpus

    request = Request(
        config, str(folder), folder / "prepared", num_shards=shards
    )
    prepared = prepare(request, lambda jobs: run_local(jobs, 1))
    task = make_task(config, folder)
    source, target = task.vocabularies(folder / "prepared")
    encoded = encode_corpus(
        task.examples("train"),
        (source.encode, target.encode),
        folder / "encoded",
        config.data.max_length,
        "train",
    )
    copy = prepared.copy_corpus("train", folder / "copy")
    return {"encoded": encoded, "prepared": copy}


def read(corpus, batch_tokens: int) -> int:
    """Reads an epoch and returns its pairs."""
    from tfformer.data.pipeline import batches
    from tfformer.data.schedule import BatchSchedule, make_buckets

    schedule = BatchSchedule(
        make_buckets(corpus.length_counts, batch_tokens), seed=0
    )
    epoch = batches(corpus, schedule, 0, schedule.batches_per_epoch)
    return sum(len(inputs) for ((inputs, _),) in epoch)


def read_tf_data(folder: pathlib.Path, most: int = 4_000) -> int:
    """Reads some pairs as tf.data alone would and returns how many."""
    import tensorflow as tf
    import tensorflow_text as tf_text

    model = (folder / "prepared" / "vocabulary.model").read_bytes()
    tokenizer = tf_text.SentencepieceTokenizer(model, add_eos=True)
    sides = [
        tf.data.TextLineDataset(str(folder / f"train.{language}"))
        for language in ("en", "de")
    ]
    bounds = list(range(8, 100, 8))
    dataset = (
        tf.data.Dataset.zip(tuple(sides))
        .take(most)
        .map(lambda a, b: (tokenizer.tokenize(a), tokenizer.tokenize(b)))
        .filter(lambda a, b: tf.maximum(tf.size(a), tf.size(b)) <= 100)
        .bucket_by_sequence_length(
            lambda a, b: tf.maximum(tf.size(a), tf.size(b)),
            bounds,
            [4096 // bound for bound in [*bounds, 100]],
        )
        .prefetch(8)
    )
    return sum(len(inputs) for inputs, _ in dataset)


if __name__ == "__main__":
    environment.prepare()
    with errors_reported():
        main()
