"""Shows what a model did with one text: attention, beam and tree.

python -m tools.visualize --workdir=W --text="A man sleeps." --output=F.html
python -m tools.visualize --model_dir=E --text="A man sleeps." --output=F.png

The HTML file needs no network: every layer and head of the encoder's, the
decoder's and the encoder-decoder attention on the real tokens, the best
hypotheses as a tree, and a parse drawn. A picture (.png, .svg or .pdf, by
matplotlib, the extra `[bench]`) shows every head of one layer, or the parse.
What is drawn is the best of a beam search. Where a workdir's configuration
searches otherwise, pipelines.decode may give another output, which is said.
"""

import pathlib
import sys

from absl import flags

from pipelines import app
from tfformer.errors import ConfigError

app.define_workdir(required=False)
app.define_checkpoint()
app.define_set()
FLAGS = flags.FLAGS
flags.DEFINE_string(
    "model_dir",
    None,
    "Folder of exported versions, the newest of which is shown, in place of "
    "--workdir.",
)
flags.DEFINE_string("text", None, "What to translate or parse.", required=True)
flags.DEFINE_string(
    "output",
    None,
    "File to write, in place of one that is there: .html, .png, .svg or .pdf.",
    required=True,
)
flags.DEFINE_integer(
    "beam_size",
    None,
    "Hypotheses to show; also the beam, by default that of the configuration "
    "(decode.beam_size).",
    lower_bound=1,
)
flags.DEFINE_enum(
    "draw", "attention", ["attention", "tree"], "Of a picture: what it shows."
)
flags.DEFINE_enum(
    "attention",
    "cross",
    ["encoder", "decoder", "cross"],
    "Of a picture: which attention.",
)
flags.DEFINE_integer(
    "layer", None, "Of a picture: which layer, from 1; the last by default."
)
flags.adopt_module_key_flags(app)


def check() -> None:
    """Raises for flags that do not go together, and what cannot be drawn."""
    from tfformer.visual.figure import check_picture

    if (FLAGS.workdir is None) == (FLAGS.model_dir is None):
        raise ConfigError(
            "Either `--workdir` or `--model_dir` must be given. Received: "
            f"workdir={FLAGS.workdir}, model_dir={FLAGS.model_dir}. Give one."
        )
    if FLAGS.workdir is None:
        app.refuse_useless("--model_dir", "set", "checkpoint", "ema")
    else:
        app.read_config()
    output = pathlib.Path(FLAGS.output)
    if output.suffix == ".html":
        app.refuse_useless("an .html", "draw", "attention", "layer")
    else:
        if FLAGS.draw == "tree":
            app.refuse_useless("--draw=tree", "attention", "layer")
        check_picture(output, "output")


def main() -> None:
    """Explains the text and draws it."""
    from tfformer.data.atomic import written_aside
    from tfformer.visual.page import render

    output = pathlib.Path(FLAGS.output)
    explanation = _explanation()
    if output.suffix == ".html":
        with written_aside(output) as aside:
            aside.write_text(render(explanation), encoding="utf-8")
    else:
        _save_picture(explanation, output)
    print(f"{explanation.best.text}\n{output}: written")


def _save_picture(explanation, output):
    from tfformer.visual.heads import save_heads
    from tfformer.visual.tree_picture import save_tree

    if FLAGS.draw == "tree":
        save_tree(explanation, output)
    else:
        layers = len(explanation.attention[FLAGS.attention])
        save_heads(explanation, output, FLAGS.attention, _layer(layers))


def _layer(count):
    """--layer, counted from 0.

    Raises:
        ConfigError: if there is no such layer.
    """
    layer = count if FLAGS.layer is None else FLAGS.layer
    if not 1 <= layer <= count:
        raise ConfigError(
            f"`--layer` must be from 1 to {count}. Received: {FLAGS.layer}. "
            "Leave it out for the last."
        )
    return layer - 1


def _explanation():
    from tfformer.export.explain import (
        explain,
        explaining,
        load_explain,
        other_search,
    )

    if FLAGS.workdir is None:
        function = load_explain(FLAGS.model_dir)
    else:
        trained = app.trained_model()
        function = explaining(
            trained.model,
            trained.vocabularies,
            trained.task,
            trained.config.decode,
        )
        other = other_search(trained.config.decode, FLAGS.beam_size)
        if other:
            print(other, file=sys.stderr)
    return explain(function, FLAGS.text, FLAGS.beam_size)


if __name__ == "__main__":
    app.run(main, check=check)
