"""An explanation with weights by chance."""

import numpy as np

from tfformer.visual.explanation import Explanation, Hypothesis


def sample(text="The cat sleeps."):
    """A parse of three words, and the second best, which is cut short."""
    random = np.random.default_rng(0)

    def weights(queries, keys):
        drawn = random.random((2, 4, queries, keys)) ** 4
        return drawn / drawn.sum(-1, keepdims=True)

    pieces = ("(TOP", "(NP", "DT", "NN", ")NP", ")TOP", "</s>")
    best = Hypothesis(
        "(TOP (NP (DT The) (NN cat)))", -0.3, pieces, (-0.1,) * len(pieces)
    )
    second = Hypothesis("", -1.3, ("(TOP", "(VP", "</s>"), (-0.1, -2.0, -0.1))
    source = ("\u2581The", "\u2581cat", "\u2581sleeps", ".", "</s>")
    return Explanation(
        "parsing",
        text,
        source,
        (best, second),
        {
            "encoder": weights(5, 5),
            "decoder": weights(7, 7),
            "cross": weights(7, 5),
        },
    )
