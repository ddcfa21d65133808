"""Tells what a preset costs before anything is trained.

python -m tools.cost --preset=translation/wmt14_ende_big [--devices=8xP100] \\
    [--vocab_size=37000] [--set train.steps=100000 ...] [--json]

Weights are counted exactly. Operations are counted in the matrix products;
memory for activations and the time are estimates, and named so. Where the
paper trained the same model, its own estimate of operations stands beside.
The last line of standard output is one JSON object; with --json, the only one.
"""

import json

from absl import flags

from pipelines import app

app.define_preset()
app.define_set()
FLAGS = flags.FLAGS
flags.DEFINE_integer(
    "vocab_size",
    None,
    "Size of the vocabulary, of the source in parsing; data.vocab_size if not "
    "given.",
    lower_bound=1,
)
flags.DEFINE_integer(
    "target_vocab_size",
    None,
    "Size of a target vocabulary of its own; in parsing 512 if not given, as "
    "in the authors' code. Not for embeddings that are all shared.",
    lower_bound=1,
)
flags.DEFINE_string(
    "devices",
    "8xP100",
    "How many of which share a batch: K80, K40, M40 and P100 at the paper's "
    "sustained rates, V100, A100, H100 and H200 at nine tenths of their "
    "single-precision peak, which is an assumption.",
)
flags.DEFINE_float(
    "tflops",
    None,
    "Sustained rate of one device, in 10^12 operations a second, in place of "
    "the assumed one: what you measured, or expect with bfloat16.",
    lower_bound=1e-6,
)
flags.DEFINE_integer(
    "sentence_tokens",
    30,
    "Tokens of a sentence, for the operations and the memory of attention.",
    lower_bound=1,
)
flags.DEFINE_boolean("json", False, "Whether to print the JSON object only.")
flags.adopt_module_key_flags(app)

_PARSING_TARGETS = 512


def main() -> None:
    """Counts, estimates and prints."""
    from tfformer.config import override
    from tfformer.cost.devices import parse_devices
    from tfformer.errors import ConfigError
    from tfformer.tasks.task import get_preset

    if FLAGS.preset is None:
        raise ConfigError(
            "`--preset` must be given. Received: none. Try "
            "--preset=translation/wmt14_ende_big."
        )
    config = override(get_preset(FLAGS.preset), app.assignments())
    if config.model.encoder == "words":
        raise ConfigError(
            "`--preset` must be one of the paper's Transformer, whose formulas "
            f"these are. Received: {FLAGS.preset}, whose encoder reads words; "
            "pipelines.train prints its number of weights. Try "
            "--preset=parsing/wsj."
        )
    devices = parse_devices(FLAGS.devices)
    if FLAGS.tflops is not None:
        devices = devices._replace(
            kind=devices.kind._replace(tflops=FLAGS.tflops, of_the_paper=False)
        )
    values = measure(config, *vocab_sizes(config), devices)
    if not FLAGS.json:
        print(render(values, config, devices), end="")
    print(json.dumps(values))


def vocab_sizes(config) -> tuple[int, int]:
    """Returns the sizes of the source and the target vocabulary."""
    from tfformer.errors import ConfigError

    source = FLAGS.vocab_size or config.data.vocab_size
    target = FLAGS.target_vocab_size
    if config.model.share_embeddings == "all" and target not in (None, source):
        raise ConfigError(
            "`--target_vocab_size` must be --vocab_size where embeddings are "
            f"all shared. Received: {target} and {source}. Leave it out, or "
            "try --set model.share_embeddings=target."
        )
    if target is None:
        target = _PARSING_TARGETS if config.task == "parsing" else source
    return source, target


def measure(config, source: int, target: int, devices) -> dict:
    """Returns every figure by name; an estimate's name says so."""
    from tfformer.cost.paper import paper_run
    from tfformer.cost.parameters import count_parameters
    from tfformer.cost.training import Tokens, training_flops, training_memory

    tokens = Tokens(config.train.batch_tokens, FLAGS.sentence_tokens)
    flops = training_flops(config, target, tokens)
    memory = training_memory(config, source, target, tokens, devices.number)
    rate = devices.number * devices.kind.tflops * 1e12
    values = {
        "preset": config.preset,
        "source_vocab_size": source,
        "target_vocab_size": target,
        "parameters": count_parameters(config.model, source, target),
        "devices": f"{devices.number}x{devices.name}",
        "tflops_assumed": round(devices.kind.tflops, 3),
        "training_flops_counted": flops,
        "seconds_estimated": flops / rate,
        "bytes_of_weights": memory.weights,
        "bytes_of_gradients": memory.gradients,
        "bytes_of_moments": memory.moments,
        "bytes_of_average": memory.average,
        "bytes_of_activations_estimated": memory.activations,
        "bytes_estimated": sum(memory),
    }
    run = paper_run(config)
    if run is not None:
        values |= {
            "paper_flops_estimated": run.estimate,
            "paper_flops_stated": run.stated,
            "paper_seconds": run.seconds,
        }
    return values


def render(values: dict, config, devices) -> str:
    """Returns the figures for people."""
    from tfformer.cost.paper import paper_run

    train = config.train
    counted = values["training_flops_counted"]
    rate = f"{devices.kind.tflops:g}e12/s"
    origin = "the paper's" if devices.kind.of_the_paper else "assumed"
    if FLAGS.tflops is not None:
        origin = "as given"
    sizes = f"{values['source_vocab_size']:,}"
    if values["target_vocab_size"] != values["source_vocab_size"]:
        sizes += f" source and {values['target_vocab_size']:,} target"
    lines = [
        f"preset      {config.preset}",
        f"parameters  {values['parameters']:,} (exact, {sizes} pieces)",
        f"operations  {counted:.3g} of matrix products (counted by formula: "
        f"{train.steps:,} steps of {train.batch_tokens:,} + "
        f"{train.batch_tokens:,} tokens, {FLAGS.sentence_tokens} a sentence)",
        f"time        {values['seconds_estimated'] / 3600:.1f} h (ESTIMATE: "
        f"the operations at {rate}, {origin}, on each of {values['devices']}; "
        "a lower bound, since nothing else is counted)",
        "memory      "
        f"{values['bytes_estimated'] / 1e9:.1f} GB a device (ESTIMATE): "
        f"weights {_gb(values, 'bytes_of_weights')}, gradients "
        f"{_gb(values, 'bytes_of_gradients')}, Adam's moments "
        f"{_gb(values, 'bytes_of_moments')}, moving average "
        f"{_gb(values, 'bytes_of_average')}, exact; activations about "
        f"{_gb(values, 'bytes_of_activations_estimated')}; a {devices.name} "
        f"usually has {devices.kind.gigabytes:g} GB",
    ]
    run = paper_run(config)
    if run is not None:
        lines += [
            f"the paper   trained {run.name} for {run.seconds / 3600:g} h on 8 "
            f"P100; its ESTIMATE: {run.arithmetic()}; Table 2 says "
            f"{run.stated:.2g}. The products above are "
            f"{100 * counted / run.estimate:.0f} % of it.",
        ]
    return "".join(f"{line}\n" for line in lines)


def _gb(values: dict, name: str) -> str:
    return f"{values[name] / 1e9:.2f} GB"


if __name__ == "__main__":
    app.run(main, needs_tensorflow=False)
