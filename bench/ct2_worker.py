"""CTranslate2 for `bench.latency`: a model of ours, with random weights.

Runs where ctranslate2 and numpy are installed and nothing of tfformer is.
Reads a line for each translation to make, and answers with its seconds.
"""

import sys
import tempfile
import time

import ctranslate2
import numpy as np
from ctranslate2.specs import common_spec, transformer_spec

LAYERS, WIDTH, INNER, HEADS, VOCABULARY = 3, 256, 1024, 4, 8000
LENGTH, BEAM = int(sys.argv[1]), int(sys.argv[2])
RANDOM = np.random.default_rng(0)


def draw(rows, columns):
    """A kernel as the specification wants it: `[output, input]`."""
    values = RANDOM.normal(size=(rows, columns)) * columns**-0.5
    return values.astype("float32")


def fill_linear(spec, outputs, inputs):
    """Draws a kernel, with a bias of zeros."""
    spec.weight = draw(outputs, inputs)
    spec.bias = np.zeros(outputs, "float32")


def fill_norm(spec):
    """LayerNorm as it is before training."""
    spec.gamma = np.ones(WIDTH, "float32")
    spec.beta = np.zeros(WIDTH, "float32")


def fill_attention(spec, widths):
    """One attention, by the widths of its products."""
    for linear, width in zip(spec.linear, widths, strict=True):
        fill_linear(linear, width, WIDTH)
    fill_norm(spec.layer_norm)


def fill_layer(layer):
    """One layer of encoder or decoder."""
    fill_attention(layer.self_attention, (3 * WIDTH, WIDTH))
    if hasattr(layer, "attention"):
        fill_attention(layer.attention, (WIDTH, 2 * WIDTH, WIDTH))
    fill_linear(layer.ffn.linear_0, INNER, WIDTH)
    fill_linear(layer.ffn.linear_1, WIDTH, INNER)
    fill_norm(layer.ffn.layer_norm)


def make_translator(folder):
    """Writes the model and loads it, float32 on one thread."""
    spec = transformer_spec.TransformerSpec.from_config(
        (LAYERS, LAYERS),
        HEADS,
        pre_norm=False,
        activation=common_spec.Activation.RELU,
    )
    table = draw(VOCABULARY, WIDTH)
    spec.encoder.embeddings[0].weight = table
    spec.decoder.embeddings.weight = table
    spec.decoder.projection.weight = table
    spec.decoder.projection.bias = np.zeros(VOCABULARY, "float32")
    for layer in (*spec.encoder.layer, *spec.decoder.layer):
        fill_layer(layer)
    words = [f"w{i}" for i in range(VOCABULARY - 4)]
    words = ["<blank>", "<s>", "</s>", *words, "<unk>"]
    spec.register_source_vocabulary(words)
    spec.register_target_vocabulary(words)
    spec.validate()
    spec.save(folder)
    return ctranslate2.Translator(
        folder, compute_type="float32", inter_threads=1, intra_threads=1
    )


def main():
    """Translates one sentence for each line that comes."""
    source = [f"w{i}" for i in RANDOM.integers(0, VOCABULARY - 4, LENGTH)]
    with tempfile.TemporaryDirectory() as folder:
        translator = make_translator(folder)
    for _ in sys.stdin:
        start = time.perf_counter()
        (answer,) = translator.translate_batch(
            [source],
            beam_size=BEAM,
            min_decoding_length=LENGTH,
            max_decoding_length=LENGTH,
        )
        seconds = time.perf_counter() - start
        assert len(answer.hypotheses[0]) == LENGTH
        print(f"@ {seconds}", flush=True)


main()
