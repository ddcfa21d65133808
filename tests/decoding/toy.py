"""A toy language model whose every sequence can be listed."""

import itertools

import numpy as np
from keras import ops

from tfformer.config import BOS_ID, EOS_ID

VOCABULARY = 5


class ToyModel:
    """Scores a token by the sentence, the step and the token before.

    Its cache holds the history of each beam, so that a search which reorders
    tokens without their caches gets other scores and fails.

    Args:
        batch: sentences.
        length: most steps.
        seed: of the scores.
    """

    def __init__(self, batch, length, seed):
        random = np.random.default_rng(seed)
        shape = (batch, length, VOCABULARY, VOCABULARY)
        self.table = random.normal(size=shape).astype("float32") * 2
        # How much each earlier token, summed, shifts the logits.
        self.drift = random.normal(size=(batch, VOCABULARY)).astype("float32")

    def cache(self, beam):
        history = np.zeros((len(self.table), beam, 1), "float32")
        return {
            "beams": {"history": ops.convert_to_tensor(history)},
            "kept": (),
            "shared": {},
        }

    def step(self, tokens, step, cache):
        history = cache["beams"]["history"] + ops.cast(
            tokens[:, :, None], "float32"
        )
        rows = ops.take(ops.convert_to_tensor(self.table), step, axis=1)
        chosen = ops.take_along_axis(rows, tokens[:, :, None], axis=1)
        logits = chosen + ops.sin(history) * self.drift[:, None, :]
        return logits, {
            "beams": {"history": history},
            "kept": (),
            "shared": {},
        }

    def log_probability(self, sentence, sequence):
        """Sums log-probabilities in float64, token by token."""
        total, history, previous = 0.0, 0.0, BOS_ID
        for step, token in enumerate(sequence):
            history += previous
            logits = self.table[sentence, step, previous].astype("float64")
            logits = logits + np.sin(history) * self.drift[sentence]
            total += logits[token] - np.log(np.exp(logits).sum())
            previous = token
        return total

    def all_scored(self, sentence, max_length, alpha):
        """Every sequence that ends, best first: [(score, sequence)]."""
        others = [t for t in range(VOCABULARY) if t != EOS_ID]
        found = []
        for length in range(max_length):
            for body in itertools.product(others, repeat=length):
                sequence = (*body, EOS_ID)
                score = self.log_probability(sentence, sequence)
                penalty = ((5 + len(sequence)) / 6) ** alpha
                found.append((score / penalty, sequence))
        return sorted(found, reverse=True)
