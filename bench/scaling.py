"""Measures what a second worker brings, each pinned to a core of its own.

python -m bench.scaling [--rounds=3] [--steps=4] [--tokens=1024]

One worker on one core makes updates of a global batch; two workers, each on
its own core, share the same batch; and, as a control, two single workers make
updates of half the batch at the same time and never speak: what they lose
against one alone is the machine's (shared caches, memory, hyper-threads) and
not the exchange's. The runs are interleaved. The model is translation/base at
37,000 pieces; the sentences are random ids, all real tokens.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

from bench.arguments import positive

VOCABULARY = 37_000
_ROLE = "BENCH_SCALING_ROLE"


def main() -> None:
    """Runs the rounds and prints a line for each, then the medians."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=positive, default=3)
    parser.add_argument(
        "--steps", type=positive, default=4, help="timed, a run"
    )
    parser.add_argument(
        "--tokens", type=int, default=1024, help="of each side, a worker"
    )
    parser.add_argument("--length", type=int, default=32, help="of a sentence")
    options = parser.parse_args()
    if _ROLE in os.environ:
        work(options)
        return
    if len(os.sched_getaffinity(0)) < 2:
        parser.error("two workers side by side need two cores")
    rounds = [one_round(options) for _ in range(options.rounds)]
    print(json.dumps(summary(rounds), indent=2))


def one_round(options: argparse.Namespace) -> dict[str, float]:
    """Runs the three settings once."""
    (alone,) = run(["alone"], options)
    pair = run(["pair", "pair"], options)
    control = run(["control", "control"], options)
    found = {
        "alone_seconds": alone["seconds"],
        "pair_seconds": max(one["seconds"] for one in pair),
        "control_seconds": max(one["seconds"] for one in control),
        "bytes_sent_a_worker": pair[0]["bytes"] / 2,
        "gradient_bytes": pair[0]["gradient_bytes"],
    }
    found["efficiency"] = found["alone_seconds"] / (2 * found["pair_seconds"])
    found["efficiency_of_control"] = found["alone_seconds"] / (
        2 * found["control_seconds"]
    )
    found["exchange"] = found["control_seconds"] / found["pair_seconds"]
    print(json.dumps(found), flush=True)
    return found


def summary(rounds: list[dict[str, float]]) -> dict[str, float]:
    """Medians over the rounds, and the bound on the bytes."""
    medians = {
        name: statistics.median(one[name] for one in rounds)
        for name in rounds[0]
    }
    # A ring of N sends 2 (N - 1) / N of what it sums from each; N is 2.
    medians["bytes_bound"] = medians["gradient_bytes"]
    return medians


def run(roles: list[str], options: argparse.Namespace) -> list[dict]:
    """Runs processes side by side, each on a core of its own."""
    from tools.run_local_cluster import free_ports

    addresses = [f"127.0.0.1:{port}" for port in free_ports(len(roles))]
    cores = sorted(os.sched_getaffinity(0))
    processes = []
    for index, role in enumerate(roles):
        config = {
            "cluster": {"worker": addresses},
            "task": {"type": "worker", "index": index},
        }
        environment = {
            **os.environ,
            _ROLE: role,
            "KERAS_BACKEND": "tensorflow",
            "TF_CPP_MIN_LOG_LEVEL": "2",
            "TF_ENABLE_ONEDNN_OPTS": "1",
            "TF_NUM_INTRAOP_THREADS": "1",
            "TF_CONFIG": json.dumps(config) if role == "pair" else "",
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.scaling", *sys.argv[1:]],
            env=environment,
            stdout=subprocess.PIPE,
        )
        os.sched_setaffinity(process.pid, {cores[index]})
        processes.append(process)
    outputs = [process.communicate()[0] for process in processes]
    if any(process.returncode for process in processes):
        sys.exit(f"error: of {', '.join(roles)} one failed; see above.")
    return [json.loads(output.splitlines()[-1]) for output in outputs]


def work(options: argparse.Namespace) -> None:
    """One process: trains and prints its seconds a step."""
    import keras

    from tfformer.config import TrainConfig
    from tfformer.training.distribution import make_distribution

    distribution = make_distribution(TrainConfig())
    share = 1 if os.environ[_ROLE] != "alone" else 2
    rows = share * options.tokens // options.length
    with distribution.strategy.scope():
        model = make_model()

    class Clock(keras.callbacks.Callback):
        """Notes the time and the bytes after every step."""

        marks: list[tuple[float, int]] = []

        def on_train_batch_end(self, batch, logs=None):
            self.marks.append((time.monotonic(), bytes_sent()))

    dataset = distribution.strategy.distribute_datasets_from_function(
        lambda context: random_batches(rows, options.length)
    )
    clock = Clock()
    model.fit(
        dataset,
        steps_per_epoch=options.steps + 1,
        verbose=0,
        callbacks=[clock],
    )
    times, sent = zip(*clock.marks, strict=True)
    gradient = 4 * sum(w.shape.num_elements() for w in model.trainable_weights)
    result = {
        # The first step compiles.
        "seconds": (times[-1] - times[0]) / options.steps,
        "bytes": (sent[-1] - sent[0]) / options.steps,
        "gradient_bytes": gradient,
    }
    print(json.dumps(result), flush=True)
    distribution.part()
    distribution.leave(0)


def make_model():
    """Builds translation/base with its optimizer."""
    import dataclasses

    from tfformer.tasks.task import get_preset
    from tfformer.training.build import build_optimizer, compile_for_fit
    from tfformer.training.learner import LearningTransformer

    config = get_preset("translation/base")
    model = LearningTransformer(
        source_vocab_size=VOCABULARY,
        target_vocab_size=VOCABULARY,
        **dataclasses.asdict(config.model),
    )
    model.build()
    compile_for_fit(model, build_optimizer(config))
    return model


def random_batches(rows: int, length: int):
    """An endless dataset of one batch of random ids."""
    import numpy as np
    import tensorflow as tf

    random = np.random.default_rng(0)
    ids = random.integers(4, VOCABULARY, (2, rows, length)).astype("int32")
    dataset = tf.data.Dataset.from_tensors(((ids[0], ids[1]),)).repeat()
    return dataset.prefetch(2)


def bytes_sent() -> int:
    """Bytes that went over this machine's loop-back device."""
    with open("/proc/net/dev") as file:
        line = next(line for line in file if line.strip().startswith("lo:"))
    return int(line.split(":")[1].split()[8])


if __name__ == "__main__":
    main()
