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
    "two of sentences and every 16 pieces of length. The outputs are the "
    "same. A sentence alone is found faster: docs/performance.md.",
)
flags.DEFINE_integer(
    "jit_max_hypotheses",
    16,
    "What --jit_compile takes for a small batch: at most so many sentences "
    "times decode.beam_size. Larger ones are searched by the plain graph.",
    lower_bound=1,
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
    if FLAGS["jit_max_hypotheses"].present and not FLAGS.jit_compile:
        raise UserError(
            "`--jit_max_hypotheses` must come with --jit_compile, whose limit "
            f"it is. Received: {FLAGS.jit_max_hypotheses} alone. Add "
            "--jit_compile, or leave it out."
        )
    check_search(app.read_config().decode, _jit_max_hypotheses())
    new_version(FLAGS.output_dir, FLAGS.version)


def _jit_max_hypotheses() -> int:
    """Of a batch that XLA searches; 0 where it is not wanted."""
    return FLAGS.jit_max_hypotheses if FLAGS.jit_compile else 0


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
    path = save(module, FLAGS.output_dir, FLAGS.version, FLAGS.warmup_text)
    print(f"{path}: exported the {trained.described}")


if __name__ == "__main__":
    app.run(main, check=check)
