"""A model with random weights, whose outputs all have one length."""

from tfformer.config import EOS_ID, DecodeConfig
from tfformer.decoding.search import search
from tfformer.models.transformer import Transformer

VOCABULARY = 8000


def make_model():
    """Returns a model of 3 + 3 layers, 256 wide, that never ends early."""
    import numpy as np

    model = Transformer(VOCABULARY, VOCABULARY, 3, 256, 1024, 4)
    model.build()
    # The last LayerNorm's offset is along the first axis, and the end id's
    # row against it: its logit is about -1000.
    first = np.eye(1, 256, dtype="float32")[0]
    norm = model.decoder_layers[-1].feed_forward_residual.norm
    norm.beta.assign(10 * first)
    table = np.array(model.output_embedding.table)
    table[EOS_ID] = -100 * first
    model.output_embedding.table.assign(table)
    return model


def make_search(
    model,
    sentences,
    source_length,
    target_length,
    beam_size,
    *,
    jit_compile=False,
):
    """Returns a function that decodes one batch, as an export does.

    Args:
        model: from `make_model`.
        sentences: in the batch.
        source_length: tokens of each.
        target_length: tokens of each output, at least as many.
        beam_size: 1 is greedy search.
        jit_compile: whether XLA compiles it, as `--jit_compile` of an export.
    """
    import numpy as np
    import tensorflow as tf

    random = np.random.default_rng(0)
    shape = (sentences, source_length)
    inputs = random.integers(3, VOCABULARY, shape).astype("int32")
    config = DecodeConfig(
        method="greedy" if beam_size == 1 else "beam",
        beam_size=beam_size,
        extra_length=target_length - source_length,
    )
    spec = [tf.TensorSpec([None, None], tf.int32)]
    graph = tf.function(
        lambda ids: search(model, ids, config, static=jit_compile),
        input_signature=spec,
        jit_compile=jit_compile or None,
    )

    def run():
        tokens = graph(inputs)[0].numpy()
        if not (tokens[..., :-1] > EOS_ID).all():
            raise RuntimeError("An output ended before its length.")

    return run
