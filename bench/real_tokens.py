"""Measures what padding costs training in real tokens a second.

python -m bench.real_tokens --workdir=W [--steps=20] [--rounds=4]

W is a workdir that has trained for a step or more, of a model whose tokens are
one id each. `fit` on its batches, counted in real tokens, beside `fit` on
batches of the same shapes without padding, by turns and on all cores.
"""

import argparse
import sys

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
    options = parser.parse_args()
    from bench.input_bound import first_batches, make_model
    from bench.rounds import in_turn, median_ratio

    config, vocabularies, read = first_batches(options.workdir, options.steps)
    if any(vocabulary.ids_per_token > 1 for vocabulary in vocabularies):
        sys.exit(
            f"error: {options.workdir}: a token must be one id. Received: a "
            "model with model.encoder=words. Try python -m bench.padding."
        )
    real = read.cache()
    full = real.map(without_padding).cache()
    tokens = {"real": count(real), "full": count(full)}
    model = make_model(config, vocabularies)
    seconds = in_turn(
        {
            "real": lambda: model.fit(real, shuffle=False, verbose=0),
            "full": lambda: model.fit(full, shuffle=False, verbose=0),
        },
        options.rounds,
    )
    share = tokens["real"] / tokens["full"]
    ratio = share * median_ratio(seconds["full"], seconds["real"])
    print(
        f"real tokens a second: {ratio:.3f} of those of batches without "
        f"padding, where {1 - share:.3f} of the real batches is padding "
        f"({options.steps} steps, {options.rounds} rounds)"
    )


def without_padding(batch):
    """Puts a token where there was padding."""
    import tensorflow as tf

    from tfformer.config import PAD_ID, UNK_ID

    filled = tf.nest.map_structure(
        lambda ids: tf.where(ids == PAD_ID, UNK_ID, ids), batch
    )
    return (filled,)


def count(dataset) -> int:
    """Returns how many tokens of both sides the batches have.

    It also fills a cache here, and not during the first round.
    """
    import numpy as np

    return sum(
        int(np.count_nonzero(ids)) for (batch,) in dataset for ids in batch
    )


if __name__ == "__main__":
    with errors_reported():
        main()
