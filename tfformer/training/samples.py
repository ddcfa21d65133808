"""A few outputs as text, for TensorBoard."""

from collections.abc import Sequence

import tensorflow as tf

from tfformer.data.sources import Example

# Enough to see what a model does, and few enough to be read.
COUNT = 3


def write_samples(
    writer: tf.summary.SummaryWriter,
    step: int,
    examples: Sequence[Example],
    outputs: Sequence[str],
) -> None:
    """Writes the first outputs with their inputs and references.

    Args:
        writer: TensorBoard's.
        step: updates made so far.
        examples: inputs and references.
        outputs: one for each example.
    """
    shown = zip(examples[:COUNT], outputs[:COUNT], strict=True)
    text = "\n\n".join(
        _block(
            ("input", example.inputs),
            ("output", output),
            ("reference", example.targets),
        )
        for example, output in shown
    )
    with writer.as_default(step=step):
        tf.summary.text("dev_samples", text)


def _block(*lines):
    """Lines that Markdown shows as they are: no text is taken for markup."""
    return "\n".join(f"    {name:9} {text}" for name, text in lines)
