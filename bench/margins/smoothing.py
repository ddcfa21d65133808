"""What label smoothing does to perplexity and BLEU, on the synthetic corpus.

Two models that differ in epsilon_ls alone. Perplexity is that of the words'
pieces without smoothing, for both.
"""

import itertools

import numpy as np

from bench.margins import translation

SENTENCES = 200


def measure(steps=translation.STEPS, rates=(0.0, 0.1)) -> list[dict]:
    """Trains a model for each rate.

    Args:
        steps: of each training.
        rates: epsilon_ls.

    Returns:
        A row for each: the lowest perplexity a model can have that fits the
        smoothed targets of a text without surprises; perplexity, accuracy, the
        median probability of the right token, and BLEU on dev.
    """
    return [_row(rate, steps) for rate in rates]


def _row(rate, steps) -> dict:
    with translation.trained(
        f"optimizer.label_smoothing={rate}", steps=steps
    ) as trained:
        dev = itertools.islice(trained.task.examples("dev"), SENTENCES)
        examples = list(dev)
        nats, right, _ = translation.token_scores(trained, examples)
        score, _ = translation.bleu(trained, examples)
        pieces = trained.vocabularies[1].size
    return {
        "epsilon": rate,
        "lowest perplexity": 1 / (1 - rate + rate / pieces),
        "perplexity": float(np.exp(nats.mean())),
        "probability of the right token, median": float(
            np.median(np.exp(-nats))
        ),
        "tokens right": right.mean(),
        "BLEU": score,
    }
