"""Exports a translation model for CTranslate2, a fast engine for CPUs.

python -m tools.export_ctranslate2 --workdir=W --output_dir=E
    [--quantization=int8]

Needs the extra [ctranslate2]. docs/serving.md shows how E is used, and in what
CTranslate2's search differs. For training, parsing and text-in, text-out
serving, see tools/export_saved_model.py.
"""

from absl import flags

from pipelines import app
from tfformer.errors import UserError

app.define_workdir()
app.define_checkpoint()
FLAGS = flags.FLAGS
flags.DEFINE_string(
    "output_dir", None, "Folder to write; must not exist yet.", required=True
)
flags.DEFINE_string(
    "quantization",
    "float32",
    "Of the weights: float32 keeps them; int8 is the smallest and fastest. "
    "An unknown one lists them all.",
)
flags.DEFINE_integer(
    "max_positions",
    2048,
    "Longest sequence, in tokens, that the exported model can read or write.",
    lower_bound=2,
)
flags.adopt_module_key_flags(app)


def check() -> None:
    """Raises for what CTranslate2 cannot serve, and an output that is there."""
    from tfformer.export.limits import check_ctranslate2

    config = app.read_config()
    task = config.task
    if task != "translation":
        raise UserError(
            "`--workdir` must hold a translation model: CTranslate2 prepares "
            f"no text and keeps to no trees. Received: {task}. Try python -m "
            "tools.export_saved_model."
        )
    check_ctranslate2(config.model, FLAGS.quantization)
    app.refuse_existing("output_dir", FLAGS.output_dir)


def main() -> None:
    """Loads the model and writes it."""
    try:
        from tfformer.export.ctranslate2_model import save_ctranslate2
    except ImportError as error:
        raise UserError(
            f"{error.name} is not installed. Try pip install "
            "'tfformer[ctranslate2]'."
        ) from error
    trained = app.trained_model()
    save_ctranslate2(
        trained.model,
        trained.config.model,
        trained.vocabularies,
        FLAGS.output_dir,
        FLAGS.quantization,
        FLAGS.max_positions,
    )
    print(
        f"{FLAGS.output_dir}: exported the {trained.checkpoint} "
        f"for CTranslate2, {FLAGS.quantization}"
    )


if __name__ == "__main__":
    app.run(main, check=check)
