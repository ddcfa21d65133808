"""Attention in fixed sentences, for TensorBoard to leaf through by step."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from tfformer.data.sources import Example
from tfformer.data.vocabulary import Vocabularies
from tfformer.errors import UserError
from tfformer.models.transformer import Transformer
from tfformer.progress import announce
from tfformer.visual.explanation import Explanation, Hypothesis
from tfformer.visual.figure import pixels
from tfformer.visual.heads import draw_heads

# So many sentences, and none of more words, so that a picture can be read.
COUNT = 2
_WORDS = 15


def write_attention(
    writer: tf.summary.SummaryWriter,
    step: int,
    model: Transformer,
    vocabularies: Vocabularies,
    examples: Sequence[Example],
) -> None:
    """Draws encoder-decoder attention of the last layer over references.

    Inputs and targets are the same at every step, so only the weights differ
    between two pictures. Without matplotlib there are none, and it says so.

    Args:
        writer: TensorBoard's.
        step: updates made so far.
        model: has a decoder.
        vocabularies: of source and target.
        examples: the first short ones are drawn.
    """
    shown = [e for e in examples if len(e.inputs.split()) <= _WORDS][:COUNT]
    try:
        figures = [
            draw_heads(_explanation(model, vocabularies, example))
            for example in shown
        ]
    except UserError as error:
        announce(f"no attention for TensorBoard: {error}")
        return
    with writer.as_default(step=step):
        for number, figure in enumerate(figures):
            tf.summary.image(f"attention_{number}", pixels(figure)[None])


def _explanation(model, vocabularies, example):
    """What the model attends to as it is taught one example."""
    source, target = vocabularies
    (inputs,), (targets,) = (
        source.encode([example.inputs]),
        target.encode([example.targets]),
    )
    maps = model.attention_maps(np.array([inputs]), np.array([targets]))
    reference = Hypothesis(
        example.targets, 0.0, tuple(target.pieces(targets)), ()
    )
    return Explanation(
        task="",
        text=example.inputs,
        source_pieces=tuple(source.pieces(inputs[:: source.ids_per_token])),
        hypotheses=(reference,),
        attention={name: value[0].numpy() for name, value in maps.items()},
    )
