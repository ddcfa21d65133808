"""Measures training steps on one accelerator, beside PyTorch's.

KERAS_BACKEND=jax python -m bench.gpu [--model=base] [--tokens=25000] [--json]

Needs JAX for tfformer's model (TensorFlow is not imported) and, for the peers,
PyTorch (`nn.Transformer`) and transformers (Marian); what is not installed, or
finds too little memory, is left out, and said so on standard error. All train
in bfloat16 with float32 weights, compiled, with dropout 0.1 at the same places
(embeddings, sub-layers, attention weights and inner activations) and label
smoothing 0.1, on the same random tokens. The peak is that of a large bfloat16
matrix product in the same process. Model FLOPs are those of the matrix
products, forward and twice that backward. On a processor, `--model=tiny
--tokens=64` shows that it works, and measures nothing.
"""

import argparse
import functools
import json
import os
import sys
import time

from bench.arguments import positive

os.environ.setdefault("KERAS_BACKEND", "jax")
# JAX would take three quarters of the memory, and leave the peers the rest.
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")

SIZES = {
    # layers, width, inner width, heads
    "tiny": (1, 32, 64, 2),
    "base": (6, 512, 2048, 8),
    "big": (6, 1024, 4096, 16),
}
LENGTH = 32
PAPER_STEPS = {"base": 100_000, "big": 300_000}


def main() -> None:
    """Measures every implementation there is, and prints a table."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--model", choices=SIZES, default="base")
    parser.add_argument("--tokens", type=int, default=25_000, help="a side")
    parser.add_argument("--vocab", type=int, default=37_000)
    parser.add_argument("--steps", type=positive, default=20, help="timed")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = {}
    for name, make, peak in (
        ("tfformer (Keras on JAX)", tfformer_step, jax_peak),
        ("nn.Transformer", torch_step, torch_peak),
        ("HF Marian", marian_step, torch_peak),
    ):
        try:
            found[name] = report(make(options), peak(options), options)
        except (ImportError, RuntimeError) as error:
            if not _is_lack(error):
                raise
            reason = str(error).partition("\n")[0]
            print(f"{name}: left out ({reason})", file=sys.stderr)
            continue
        if not options.json:
            print(name, json.dumps(found[name]), flush=True)
    if options.json:
        print(json.dumps(found))


def _is_lack(error: Exception) -> bool:
    """Whether a package or memory is missing, and nothing is wrong."""
    said = str(error).lower()
    return (
        isinstance(error, ImportError)
        # As JAX says it, and PyTorch.
        or "resource_exhausted" in said
        or "out of memory" in said
    )


def report(step, peak, options) -> dict[str, float]:
    """Times steps; `step()` returns when the device has finished."""
    for _ in range(3):
        step()
    start = time.perf_counter()
    for _ in range(options.steps):
        step()
    seconds = (time.perf_counter() - start) / options.steps
    rate = flops(options) / seconds
    found = {
        "seconds": seconds,
        "target_tokens_per_second": rows(options) * LENGTH / seconds,
        "tflops": rate / 1e12,
        "share_of_peak": rate / peak,
        "peak_tflops": peak / 1e12,
    }
    if options.model in PAPER_STEPS:
        found["hours_of_the_papers_steps"] = (
            PAPER_STEPS[options.model] * seconds / 3600
        )
    return found


def rows(options) -> int:
    """Sentences of a batch."""
    return max(1, options.tokens // LENGTH)


def flops(options) -> float:
    """Of the matrix products of one update."""
    layers, width, inner, _ = SIZES[options.model]
    tokens = rows(options) * LENGTH
    encoder = 4 * width**2 + 2 * width * inner
    decoder = encoder + 4 * width**2
    attention = 3 * 2 * LENGTH * width
    forward = layers * (encoder + decoder + attention) + options.vocab * width
    return 3 * 2 * tokens * forward


def batch(options):
    """Source and target ids, all real."""
    import numpy as np

    shape = (2, rows(options), LENGTH)
    return np.random.default_rng(0).integers(3, options.vocab, shape, "int32")


def tfformer_step(options):
    """Makes a compiled update of tfformer's model on JAX."""
    import jax

    os.environ["KERAS_BACKEND"] = "jax"
    import keras

    from tfformer.losses import label_smoothed_cross_entropy
    from tfformer.models.transformer import Transformer, target_weights

    layers, width, inner, heads = SIZES[options.model]
    model = Transformer(
        options.vocab,
        options.vocab,
        num_layers=layers,
        model_dim=width,
        ffn_dim=inner,
        num_heads=heads,
        # As the peers do; the paper's model drops neither.
        attention_dropout_rate=0.1,
        ffn_dropout_rate=0.1,
        dtype="mixed_bfloat16",
    )
    model.build()
    optimizer = keras.optimizers.Adam(1e-4, 0.9, 0.98, 1e-9)
    optimizer.build(model.trainable_variables)

    def loss_of(weights, fixed, source, target):
        logits, fixed = model.stateless_call(
            weights, fixed, (source, target), training=True
        )
        loss, count = label_smoothed_cross_entropy(
            logits, target, target_weights(target), 0.1
        )
        return loss / count, fixed

    @functools.partial(jax.jit, donate_argnums=(0,))
    def update(state, source, target):
        weights, fixed, moments = state
        (loss, fixed), gradients = jax.value_and_grad(loss_of, has_aux=True)(
            weights, fixed, source, target
        )
        weights, moments = optimizer.stateless_apply(
            moments, gradients, weights
        )
        return (weights, fixed, moments), loss

    source, target = map(jax.numpy.asarray, batch(options))
    state = [
        [v.value for v in variables]
        for variables in (
            model.trainable_variables,
            model.non_trainable_variables,
            optimizer.variables,
        )
    ]
    held = {"state": tuple(state)}

    def step():
        held["state"], loss = update(held["state"], source, target)
        loss.block_until_ready()

    return step


def jax_peak(options) -> float:
    """FLOP/s of a large bfloat16 product."""
    import jax

    size = 256 if options.model == "tiny" else 8192
    matrix = jax.numpy.ones((size, size), "bfloat16")
    product = jax.jit(lambda a, b: a @ b)
    return _peak(lambda: product(matrix, matrix).block_until_ready(), size)


def _peak(multiply, size: int) -> float:
    multiply()
    times = []
    for _ in range(10):
        start = time.perf_counter()
        multiply()
        times.append(time.perf_counter() - start)
    return 2 * size**3 / min(times)


def torch_step(options):
    """Makes a compiled update of PyTorch's `nn.Transformer`."""
    import torch

    layers, width, inner, heads = SIZES[options.model]

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.table = torch.nn.Embedding(options.vocab, width)
            self.positions = torch.nn.Embedding(LENGTH, width)
            self.dropout = torch.nn.Dropout(0.1)
            self.body = torch.nn.Transformer(
                width, heads, layers, layers, inner, 0.1, batch_first=True
            )

        def forward(self, source, target):
            shifted = torch.roll(target, 1, 1)
            length = target.shape[1]
            mask = torch.nn.Transformer.generate_square_subsequent_mask(
                length, device=target.device
            )
            states = self.body(
                self.embed(source),
                self.embed(shifted),
                tgt_mask=mask,
                tgt_is_causal=True,
            )
            return states @ self.table.weight.T

        def embed(self, tokens):
            words = self.table(tokens) * width**0.5
            return self.dropout(words + self.positions.weight)

    return _torch_update(Model(), options)


def marian_step(options):
    """Makes a compiled update of transformers' Marian."""
    import torch
    import transformers

    layers, width, inner, heads = SIZES[options.model]
    config = transformers.MarianConfig(
        vocab_size=options.vocab,
        d_model=width,
        encoder_layers=layers,
        decoder_layers=layers,
        encoder_ffn_dim=inner,
        decoder_ffn_dim=inner,
        encoder_attention_heads=heads,
        decoder_attention_heads=heads,
        dropout=0.1,
        attention_dropout=0.1,
        activation_dropout=0.1,
        pad_token_id=0,
        decoder_start_token_id=1,
        max_position_embeddings=512,
    )
    marian = transformers.MarianMTModel(config)

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.marian = marian

        def forward(self, source, target):
            return self.marian(
                input_ids=source, decoder_input_ids=torch.roll(target, 1, 1)
            ).logits

    return _torch_update(Model(), options)


def _torch_update(model, options):
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = model.to(device).train()
    fused = device == "cuda"
    optimizer = torch.optim.Adam(
        model.parameters(), 1e-4, (0.9, 0.98), 1e-9, fused=fused
    )
    compiled = torch.compile(model) if fused else model
    source, target = (
        torch.as_tensor(ids, dtype=torch.long, device=device)
        for ids in batch(options)
    )

    def step():
        with torch.autocast(device, torch.bfloat16):
            logits = compiled(source, target)
            loss = torch.nn.functional.cross_entropy(
                logits.flatten(0, 1), target.flatten(), label_smoothing=0.1
            )
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        loss.item()

    return step


def torch_peak(options) -> float:
    """FLOP/s of a large bfloat16 product."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    size = 256 if options.model == "tiny" else 8192
    matrix = torch.ones((size, size), dtype=torch.bfloat16, device=device)

    def multiply():
        product = matrix @ matrix
        # Waits for the device.
        product[0, 0].item()

    return _peak(multiply, size)


if __name__ == "__main__":
    main()
