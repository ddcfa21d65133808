"""Scores a workdir's model on a split.

python -m pipelines.evaluate --workdir=W --data_dir=D --split=test2016 \\
    [--output=F] [--reference_output=R]
python -m pipelines.evaluate --workdir=W --gold=FILE.mrg

Prints sacreBLEU and the paper's BLEU, each with its signature, or EVALB's
summary. The last line of standard output is one JSON object with the scores
and the checkpoint that they are of.
"""

import json
import os
import re
import sys
import typing

from absl import flags

from pipelines import app
from tfformer.errors import UserError

app.define_workdir()
app.define_data_dir()
app.define_checkpoint()
app.define_ensemble()
app.define_set()
FLAGS = flags.FLAGS
flags.DEFINE_string("split", "dev", "Split to score.")
flags.DEFINE_string(
    "output", None, "File for the outputs, one a line; it must not exist yet."
)
flags.DEFINE_string(
    "reference_output",
    None,
    "File for what the outputs are scored against, one a line, such as the "
    "cleaned gold trees for tools.evalb; it must not exist yet.",
)
flags.DEFINE_string(
    "gold", None, "File of gold trees to score on, in place of a split."
)
flags.DEFINE_string(
    "baseline",
    None,
    "Score this in place of the model: right_branching, for parsing.",
)
flags.adopt_module_key_flags(app)


def check() -> None:
    """Raises for a workdir that is none and flags that do not go together."""
    app.read_config()
    if FLAGS.baseline is not None:
        app.refuse_useless("--baseline", "checkpoint", "ema", "ensemble")
    if FLAGS.gold is not None:
        app.refuse_useless("--gold", "split")
    for name in ("output", "reference_output"):
        app.refuse_existing(name, FLAGS[name].value)
    paths = FLAGS.output, FLAGS.reference_output
    if all(paths) and len(set(map(os.path.realpath, paths))) == 1:
        raise UserError(
            "`--output` and `--reference_output` must be two files. Received: "
            f"{FLAGS.output} for both. Give each its own."
        )


def main() -> None:
    """Decodes the split, prints the scores and writes the outputs."""
    scored = _decode() if FLAGS.baseline is None else _baseline()
    settled = scored.task.settle(scored.outputs, scored.references)
    values = scored.stats.compute()
    if scored.checkpoint is not None:
        values["checkpoint"] = scored.checkpoint
    if values.get("settled"):
        print(
            f"{values['settled']} outputs took from gold which words are "
            "punctuation (data.gold_punctuation)",
            file=sys.stderr,
        )
    print(scored.stats.render(), end="")
    print(json.dumps(values))
    # The scores are told whatever becomes of the files.
    _write(FLAGS.output, settled)
    _write(FLAGS.reference_output, scored.references)


class Scored(typing.NamedTuple):
    """What there is to print and write.

    Attributes:
        task: settles outputs for `--output`.
        outputs: what is scored, a line for each example.
        references: what it is held against.
        stats: the scores.
        checkpoint: what the outputs are of; None for a baseline.
    """

    task: typing.Any
    outputs: list[str]
    references: list[str]
    stats: typing.Any
    checkpoint: str | None = None


def _examples(task):
    """Returns the examples of --gold, or else of --split."""
    if FLAGS.gold is not None:
        return list(task.file_examples(FLAGS.gold))
    return list(task.gold_examples(FLAGS.split))


def _baseline():
    """Scores the outputs of --baseline."""
    from tfformer.training.inference import open_task
    from tfformer.training.mended import score_mended

    task = open_task(FLAGS.workdir, app.assignments(), FLAGS.data_dir)
    examples = _examples(task)
    outputs = [task.baseline(FLAGS.baseline, e.inputs) for e in examples]
    references = [e.targets for e in examples]
    stats = score_mended(task, outputs, references)
    return Scored(task, outputs, references, stats)


def _decode():
    """Scores the model's outputs."""
    from tfformer.training.evaluation import evaluate

    trained = app.trained_model(FLAGS.data_dir)
    inference = trained.inference()
    examples = _examples(trained.task)
    hypotheses, stats = evaluate(
        inference,
        trained.task,
        examples,
        f"decoding {FLAGS.gold or FLAGS.split}",
    )
    print(trained.described, file=sys.stderr)
    app.report_mended(inference)
    outputs = [hypothesis.text for hypothesis in hypotheses]
    references = [e.targets for e in examples]
    return Scored(trained.task, outputs, references, stats, trained.described)


def _write(path, texts):
    """Writes texts, a line each, where a path was given."""
    from tfformer.data.atomic import written_aside

    if path is not None:
        # A record of TensorFlow Datasets may have breaks inside.
        lines = (re.sub("[\\n\\r]", " ", text) for text in texts)
        with written_aside(path) as aside:
            aside.write_bytes("".join(f"{line}\n" for line in lines).encode())


if __name__ == "__main__":
    app.run(main, check=check)
