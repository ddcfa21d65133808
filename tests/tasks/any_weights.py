"""Parsers with any weights, on a few words, known and not."""

import numpy as np

WORDS = ["the", "dog", "sleeps", ",", "\u00e9\u00df", "xyzzy", "-LRB-", "."]
TREES = (
    "(TOP (S (NP (DT the) (NN dog)) (VP (VBZ sleeps)) (. .)))\n" * 12
    + "(TOP (NP (NP (DT the) (NN dog)) (, ,) (SBAR (S (VP (VBZ is))))))\n"
)


def randomise(model, seed, scale):
    """Draws all weights of a model anew."""
    random = np.random.default_rng(seed)
    for weight in model.weights:
        weight.assign(random.normal(size=weight.shape) * scale)


def assert_flat_without_numbers(model, inference):
    """Holds that weights of NaN give a flat tree, which is counted."""
    for weight in model.weights:
        weight.assign(np.full(weight.shape, np.nan))
    before = inference.fallbacks
    ((best,),) = inference.decode(["the dog ."])
    assert best.text == "(TOP (S (XX the) (XX dog) (. .)))"
    assert inference.fallbacks == before + 1
