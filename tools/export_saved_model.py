"""Exports a workdir's model as a SavedModel: text in, text out.

python -m tools.export_saved_model --workdir=W --output_dir=E [--jit_compile]

Needs the extra [export]. Writes E/1, E/2 and so on, the layout of TensorFlow
Serving. A program that loads it needs tensorflow and tensorflow_text only;
tools/run_saved_model.py is one.
"""

import importlib.util

from absl import flags

from pipelines import app
from tfformer.errors import UserError

app.define_workdir()
app.define_checkpoint()
app.define_ensemble()
app.define_set()
FLAGS = flags.FLAGS
flags.DEFINE_string(
    "output_dir",
    None,
    "Folder of the model's versions: the base path in TensorFlow Serving.",
    required=True,
)
flags.DEFINE_integer(
    "version",
    None,
    "Version to write; by default the one after the largest there is. An "
    "existing version is never overwritten.",
    lower_bound=1,
)
flags.DEFINE_multi_string(
    "warmup_text",
    ["Hello.", "The quick brown fox jumps over the lazy dog near the river."],
    "Text that TensorFlow Serving translates before it says it is ready. May "
    "be repeated.",
)
flags.DEFINE_bool(
    "jit_compile",
    False,
    "Let XLA compile the search of serving_default and attention for small "
    "batches, on the machine that loads the model, once for every power of "
    "two of sentences and every 16 tokens of length. The outputs are the "
    "same. A sentence alone is found faster: docs/performance.md.",
)
flags.DEFINE_integer(
    "jit_max_hypotheses",
    16,
    "What --jit_compile takes for a small batch: at most so many sentences "
    "times decode.beam_size. Larger ones are searched by the plain graph.",
    lower_bound=1,
)
flags.DEFINE_integer(
    "warmup_length",
    0,
    "With --jit_compile: warm up as well every shape of small batches that "
    "XLA compiles for texts of up to so many tokens, for some seconds each, "
    "so that no request waits for it. 0: those of --warmup_text alone.",
    lower_bound=0,
)
flags.adopt_module_key_flags(app)


def check() -> None:
    """Raises for what cannot be exported, or not there."""
    from tfformer.export.limits import check_search
    from tfformer.export.versions import new_version

    if importlib.util.find_spec("tensorflow_serving") is None:
        raise UserError(
            "tensorflow-serving-api is not installed, whose requests warm an "
            "export up. Try pip install 'tfformer[export]'."
        )
    for name in ("jit_max_hypotheses", "warmup_length"):
        if FLAGS[name].present and not FLAGS.jit_compile:
            raise UserError(
                f"`--{name}` must come with --jit_compile, to which it "
                f"belongs. Received: {FLAGS[name].value} alone. Add "
                "--jit_compile, or leave it out."
            )
    check_search(app.read_config().decode, _jit_max_hypotheses())
    new_version(FLAGS.output_dir, FLAGS.version)


def _jit_max_hypotheses() -> int:
    """Of a batch that XLA searches; 0 where it is not wanted."""
    return FLAGS.jit_max_hypotheses if FLAGS.jit_compile else 0


def _warmup(module) -> list[list[str]]:
    """Texts of --warmup_text, each alone and all together, and more."""
    texts = FLAGS.warmup_text
    compiled = module.compiled_batches(FLAGS.warmup_length)
    if FLAGS.warmup_length:
        print(f"{len(compiled)} shapes are compiled when the export is loaded")
    return [[text] for text in texts] + [texts] + compiled


def main() -> None:
    """Loads the model and writes it."""
    from tfformer.export.saved_model import save
    from tfformer.export.serving import ServingModule

    trained = app.trained_model()
    module = ServingModule(
        trained.model,
        trained.vocabularies,
        trained.task,
        trained.config.decode,
        _jit_max_hypotheses(),
    )
    path = save(module, FLAGS.output_dir, FLAGS.version, _warmup(module))
    print(f"{path}: exported the {trained.described}")


if __name__ == "__main__":
    app.run(main, check=check)
