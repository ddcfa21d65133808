"""What teacher forcing trains and decoding does not.

One model, trained on right prefixes as every model here, must say the next
token of dev sentences after three kinds of prefix: the reference, the reference
with every tenth token replaced by a random one, and its own greedy output.
"""

import itertools

import numpy as np

from bench.margins import translation

SENTENCES = 200


def measure(steps=translation.STEPS) -> list[dict]:
    """Trains the model.

    Args:
        steps: of the training.

    Returns:
        A row for each kind of prefix: nats a token, accuracy, and accuracy at
        the first five places and from the 15th on.
    """
    with translation.trained(steps=steps) as trained:
        dev = itertools.islice(trained.task.examples("dev"), SENTENCES)
        examples = list(dev)
        target = trained.vocabularies[1]
        right = target.encode([example.targets for example in examples])
        wrong = disturbed(right, target.size)
        own = _own(trained, examples)
        return [
            _row("the reference", trained, examples, right),
            _row("one token in ten random", trained, examples, wrong),
            _row("its own output", trained, examples, own),
        ]


def disturbed(sequences, size, share=0.1):
    """Replaces a share of the tokens by random ones.

    Args:
        sequences: lists of ids.
        size: of the vocabulary.
        share: of the tokens; the end stays.
    """
    random = np.random.default_rng(0)
    return [
        [
            int(random.integers(4, size)) if random.random() < share else token
            for token in ids[:-1]
        ]
        + ids[-1:]
        for ids in sequences
    ]


def _own(trained, examples):
    """Greedy outputs as ids."""
    import tensorflow as tf

    from tfformer.config import DecodeConfig
    from tfformer.data.encoded import pad_examples
    from tfformer.decoding.search import search

    config = DecodeConfig(method="greedy")
    inputs = trained.vocabularies[0].encode([e.inputs for e in examples])

    @tf.function(input_signature=[tf.TensorSpec([None, None], tf.int32)])
    def decode(ids):
        return search(trained.model, ids, config)[0][:, 0]

    outputs = []
    for first in range(0, len(inputs), 50):
        tokens = decode(pad_examples(inputs[first : first + 50])).numpy()
        outputs += [ids[ids > 0].tolist() for ids in tokens]
    return outputs


def _row(name, trained, examples, prefixes) -> dict:
    nats, right, places = translation.token_scores(trained, examples, prefixes)
    return {
        "prefix": name,
        "nats a token": nats.mean(),
        "tokens right": right.mean(),
        "in the first five": right[places < 5].mean(),
        "from the 15th on": right[places >= 14].mean(),
    }
