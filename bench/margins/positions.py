"""Sinusoids and learned positions on longer sequences than trained on.

Two models that differ in `model.positions` alone learn to reverse sequences of
4 to 12 symbols, and reverse shorter and longer ones. The learned table has a
row for every place that is asked for; those past the 13th were never trained.
"""

import numpy as np

from bench.margins import sequences

LENGTHS = (6, 8, 10, 12, 13, 14, 16, 20, 24)


def measure(steps=1200, lengths=LENGTHS) -> list[dict]:
    """Trains both models.

    Args:
        steps: of each training.
        lengths: symbols of the sequences that are reversed.

    Returns:
        A row for each length: the share of tokens that are right given the
        right prefix, and when decoded, for either model.
    """
    found = [{"symbols": length} for length in lengths]
    for kind in ("sinusoidal", "learned"):
        model = sequences.trained(
            "reverse", steps, label=kind, positions=kind, max_positions=64
        )
        decode = sequences.decoder(model)
        for row, length in zip(found, lengths, strict=True):
            row[f"given the prefix, {kind}"] = sequences.loss_and_accuracy(
                model, "reverse", length, rows=200
            )[1]
            inputs, targets = sequences.batch(
                "reverse", np.random.default_rng(1), 200, length
            )
            row[f"decoded, {kind}"] = (decode(inputs) == targets).mean()
    return found


def draw(rows, path) -> None:
    """Draws both accuracies against length."""
    from bench.margins.figure import figure

    with figure(path, 2, "tokens right; trained on 4 to 12 symbols") as axes:
        for axis, what in zip(
            axes or [], ("given the prefix", "decoded"), strict=bool(axes)
        ):
            for kind in ("sinusoidal", "learned"):
                axis.plot(
                    [row["symbols"] for row in rows],
                    [row[f"{what}, {kind}"] for row in rows],
                    "o-",
                    label=kind,
                )
            axis.axvline(12, color="grey", linestyle=":")
            axis.set_title(what, fontsize=10)
            axis.set_xlabel("symbols")
            axis.set_ylim(0, 1.05)
            axis.grid(True, alpha=0.3)
            axis.legend(fontsize=8)
