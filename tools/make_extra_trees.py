"""Makes trees to train on from raw text, with a trained parser.

python -m tools.make_extra_trees --workdir=W --input=raw.txt --output_dir=F \\
    [--confidence=0.9] [--agree_workdir=W2]

Parses each line of raw.txt and keeps the trees whose confidence is high enough;
with --agree_workdir those of them that the parser of W2 finds too, tag by tag
(tri-training). F/train.mrg is then what training mixes in with
--set data.extra_data_dir=F --set data.extra_weight=1.

A tree's confidence is the geometric mean of the probabilities that the model
gave its tokens: exp(log-probability / tokens), end symbol counted; of a chart
parser, exp(log-probability / words). The last
line of standard output is one JSON object with what became of the lines.
"""

import json
import os
import sys

from absl import flags

from pipelines import app
from tfformer.errors import ConfigError, DataError

app.define_workdir()
app.define_checkpoint()
app.define_set()
FLAGS = flags.FLAGS
flags.DEFINE_string(
    "input", None, "Raw text, a sentence a line.", required=True
)
flags.DEFINE_string(
    "output_dir",
    None,
    "Folder for the trees; it gets <data.train_split>.mrg, which must not "
    "exist yet.",
    required=True,
)
flags.DEFINE_float(
    "confidence",
    0.9,
    "Least confidence of a tree that is kept.",
    lower_bound=0.0,
    upper_bound=1.0,
)
flags.DEFINE_string(
    "agree_workdir",
    None,
    "Workdir of a second parser that must find the same tree; --checkpoint, "
    "--ema and --set hold for both.",
)
flags.adopt_module_key_flags(app)


def check() -> None:
    """Raises for a file that is missing, one that is there, and no parser."""
    if not os.path.isfile(FLAGS.input):
        raise DataError(
            f"`--input` must be a file. Received: {FLAGS.input}, which is "
            "none. Give a file of sentences, one a line."
        )
    for workdir in filter(None, (FLAGS.workdir, FLAGS.agree_workdir)):
        config = app.read_config(workdir)
        if config.task != "parsing":
            raise ConfigError(
                f"{workdir}: must be the workdir of a parser. Received: one "
                f"of {config.preset}. Train one with --preset=parsing/wsj."
            )
    path = _output()
    if os.path.exists(path):
        raise DataError(
            f"`--output_dir` must hold no {os.path.basename(path)} yet. "
            f"Received: {FLAGS.output_dir}, which does. Remove it, or choose "
            "another folder."
        )


def main() -> None:
    """Parses, keeps, writes and counts."""
    from tfformer.training.extra_trees import TreeFilter

    path = _output()
    parser = app.trained_model()
    second = FLAGS.agree_workdir and app.trained_model(
        workdir=FLAGS.agree_workdir
    )
    chosen = TreeFilter(
        parser.inference(),
        FLAGS.confidence,
        second and second.inference(),
    )
    _write(chosen, parser.task, path)
    print(
        f"{path}: {chosen.counts['kept']} trees of {chosen.counts['lines']} "
        f"lines, by the {parser.checkpoint}"
    )
    _report(chosen)


def _output():
    """The path of the trees, named as the split that training reads."""
    split = app.read_config().data.train_split
    return os.path.join(FLAGS.output_dir, f"{split}.mrg")


def _write(chosen, task, path):
    """Writes the trees that are kept, a line each."""
    from tfformer.data.atomic import written_aside
    from tfformer.data.sources import read_lines

    lines = task.check_lines(read_lines(FLAGS.input), FLAGS.input)
    with written_aside(path) as aside:
        with open(aside, "w", encoding="utf-8", newline="\n") as file:
            for tree in chosen.trees(lines):
                file.write(f"{tree}\n")
        if not chosen.counts["kept"]:
            _report(chosen)
            raise DataError(
                f"{FLAGS.input}: no tree was kept of "
                f"{chosen.counts['lines']} lines, so nothing is written. "
                f"{chosen.cure()}"
            )


def _report(chosen):
    """Prints the counts, and where the confidences are."""
    marks = {share: chosen.confidence_at(share / 100) for share in (10, 50, 90)}
    told = ", ".join(f"{value:.2f} ({s} %)" for s, value in marks.items())
    print(
        f"confidence below which a share of parses is: {told}", file=sys.stderr
    )
    print(json.dumps(chosen.counts))


if __name__ == "__main__":
    app.run(main, check=check)
