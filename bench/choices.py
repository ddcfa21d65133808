"""Measures what a choice costs: the same work with and without, interleaved.

python -m bench.choices recompute [--rounds=8]
python -m bench.choices bfloat16 [--rounds=8]
python -m bench.choices r_drop [--rounds=8]
python -m bench.choices teachers [--rounds=8]
python -m bench.choices constraint --workdir=W --data_dir=D [--rounds=8]
python -m bench.choices settle --workdir=W --data_dir=D [--rounds=8]

`recompute`: a training step, 4 layers, 256 wide, 16 x 64 tokens. `bfloat16`:
the same step with products in bfloat16 (`model.dtype=mixed_bfloat16`).
`r_drop`: with two passes that must agree. `teachers`: with two models of the
same sizes to learn from.
`constraint`: the search of a trained parser, per output token, on 48 dev
sentences of 18 to 26 tokens, greedy (a beam of 1) and with a beam of 4.
`settle`: that search, constrained, with beams of 1, 4, 10 and 21, where the
newest keys settle every few steps (`tfformer.layers.decoding_cache`), beside a
pool of keys that only grows. One thread; prints medians of the ratios of each
round.
"""

import argparse

from bench import environment
from bench.arguments import positive
from bench.rounds import unit_cost_ratio
from pipelines.app import errors_reported

# Before TensorFlow is imported.
environment.prepare(threads=1)

CHOICES = (
    "recompute",
    "bfloat16",
    "r_drop",
    "teachers",
    "constraint",
    "settle",
)
# What a choice is of a step of training, and the beams of one of a search.
STEPS = {
    "recompute": {"recompute": True},
    "bfloat16": {"dtype": "mixed_bfloat16"},
    "r_drop": {"r_drop": 3.0},
    "teachers": {"teachers": 2},
}
# Of the model that a step trains.
SIZES = {"num_layers": 4, "model_dim": 256, "ffn_dim": 1024, "num_heads": 4}
VOCABULARY = 2000
SEARCHES = {"constraint": (1, 4), "settle": (1, 4, 10, 21)}
# More steps than any search takes.
NEVER = 1 << 30


def main() -> None:
    """Measures the choice that is named."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("choice", choices=CHOICES)
    parser.add_argument("--rounds", type=positive, default=8)
    parser.add_argument("--workdir", help="of a trained parser")
    parser.add_argument("--data_dir", help="of its treebank")
    options = parser.parse_args()
    if options.choice in STEPS:
        with_ = step(**STEPS[options.choice])
        cost = unit_cost_ratio(step(), with_, options.rounds)
        print(f"{options.choice}: {cost:.3f} of the step without")
        return
    if not (options.workdir and options.data_dir):
        parser.error(f"{options.choice} needs --workdir and --data_dir")
    for beam, (without, with_) in searches(options).items():
        cost = unit_cost_ratio(without, with_, options.rounds)
        print(
            f"{options.choice}, beam {beam}: {cost:.3f} of the search without",
            flush=True,
        )


def step(teachers=0, **choice):
    """Makes a function that makes one update.

    Args:
        teachers: how many models of the same sizes it learns from.
        **choice: settings of the model, besides its sizes.
    """
    import numpy as np
    import tensorflow as tf

    from tfformer.training.adam import FusedAdam
    from tfformer.training.build import compile_for_fit
    from tfformer.training.learner import LearningTransformer

    if teachers:
        choice["teachers"] = untrained_teachers(teachers)
    model = LearningTransformer(VOCABULARY, VOCABULARY, **SIZES, **choice)
    model.build()
    compile_for_fit(model, FusedAdam(1e-4))
    random = np.random.default_rng(0)
    batch = tuple(
        random.integers(3, VOCABULARY, (16, 64)).astype("int32")
        for _ in range(2)
    )
    update = tf.function(model.train_step)

    def run():
        float(update((batch,))["loss"])
        return 1

    return run


def untrained_teachers(count: int):
    """Makes models to learn from, which cost what trained ones would."""
    from tfformer.models.transformer import Transformer
    from tfformer.training.teachers import Teachers

    models = [
        Transformer(VOCABULARY, VOCABULARY, **SIZES) for _ in range(count)
    ]
    for model in models:
        model.build()
    return Teachers(models)


def searches(options: argparse.Namespace):
    """Makes, for several beams, the search without and with the choice."""
    from tfformer.data.encoded import pad_examples
    from tfformer.layers.decoding_cache import BLOCK
    from tfformer.training.inference import TrainedModel

    trained = TrainedModel(options.workdir, data_dir=options.data_dir)
    dev = trained.config.data.dev_split
    texts = [example.inputs for example in trained.task.examples(dev)]
    source = trained.vocabularies[0]
    encoded = [
        ids
        for ids in source.encode(texts)
        if 18 <= len(ids) // source.ids_per_token <= 26
    ]
    inputs = pad_examples(encoded[:48])
    constraint = trained.task.constraint(trained.vocabularies)
    without = {"constraint": (None, BLOCK), "settle": (constraint, NEVER)}
    return {
        beam: [
            searching(trained.model, inputs, beam, *choice)
            for choice in (without[options.choice], (constraint, BLOCK))
        ]
        for beam in SEARCHES[options.choice]
    }


def searching(model, inputs, beam: int, constraint, block: int):
    """Makes a function that searches and returns the steps it took."""
    import tensorflow as tf

    from tfformer.decoding.search import search_beam
    from tfformer.layers import decoding_cache

    @tf.function
    def search(ids):
        most = tf.fill([tf.shape(ids)[0]], 100)
        return search_beam(model, ids, most, beam, 0.6, 1, constraint)[0]

    def run():
        # Read once, when the search is traced.
        decoding_cache.BLOCK = block
        tokens = search(inputs).numpy()[:, 0]
        return (tokens > 0).sum(1).max()

    return run


if __name__ == "__main__":
    with errors_reported():
        main()
