"""Scores a workdir's model on a split, or on several.

python -m pipelines.evaluate --workdir=W --data_dir=D --split=test2016 \\
    [--output=F] [--reference_output=R]
python -m pipelines.evaluate --workdir=W --data_dir=D --split=dev,test2016 \\
    [--output=out.{split}.txt]
python -m pipelines.evaluate --workdir=W --gold=FILE.mrg

Prints sacreBLEU, the paper's BLEU and chrF, each with its signature, or EVALB's
summary. The last line of standard output is one JSON object with the scores
and the checkpoint that they are of. Of several splits each has such lines, and
its name before them and in the object ("split"); the model is loaded once.
"""

import json
import os
import re
import sys
import typing
from collections.abc import Iterator

from absl import flags

from pipelines import app
from tfformer.errors import ConfigError, UserError

app.define_workdir()
app.define_data_dir()
app.define_checkpoint()
app.define_ensemble()
app.define_set()
FLAGS = flags.FLAGS
flags.DEFINE_string(
    "split", "dev", "Split to score, or several with commas between."
)
flags.DEFINE_string(
    "output",
    None,
    "File for the outputs, one a line; it must not exist yet. {split} in it "
    "becomes the name of the split; of several splits it must be there.",
)
flags.DEFINE_string(
    "reference_output",
    None,
    "File for what the outputs are scored against, one a line, such as the "
    "cleaned gold trees for tools.evalb; it must not exist yet. {split} in it "
    "as in --output.",
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

_FILES = ("output", "reference_output")
# What stands for the name of the split in the path of a file.
_SPLIT = "{split}"


def check() -> None:
    """Raises for a workdir that is none and flags that do not go together."""
    app.read_config()
    if FLAGS.baseline is not None:
        app.refuse_useless("--baseline", "checkpoint", "ema", "ensemble")
    if FLAGS.gold is not None:
        app.refuse_useless("--gold", "split")
    splits = _splits()
    for split in splits:
        _check_files(split, alone=len(splits) == 1)


def _splits() -> list[str | None]:
    """Returns the names in --split; None stands for --gold.

    Raises:
        ConfigError: if a name is empty or comes twice.
    """
    if FLAGS.gold is not None:
        return [None]
    names = [name.strip() for name in FLAGS.split.split(",")]
    if "" in names or len(set(names)) < len(names):
        raise ConfigError(
            "`--split` must be a name, or several with commas between, each "
            f"once. Received: {FLAGS.split!r}. Try --split=dev,test."
        )
    return list(names)


def _file(name: str, split: str | None) -> str | None:
    """Returns the path that a flag gives for a split."""
    path = FLAGS[name].value
    if path is None or split is None:
        return path
    return path.replace(_SPLIT, split)


def _check_files(split: str | None, alone: bool) -> None:
    """Raises if the files of a split have no place of their own.

    Args:
        split: its name.
        alone: whether it is the only one.
    """
    for name in _FILES:
        template = FLAGS[name].value
        if template is not None and _SPLIT not in template and not alone:
            stem, suffix = os.path.splitext(template)
            raise ConfigError(
                f"`--{name}` must have {_SPLIT} in it where --split has "
                f"several. Received: {template} for {FLAGS.split}. Try "
                f"--{name}={stem}.{_SPLIT}{suffix}."
            )
        app.refuse_existing(name, _file(name, split))
    paths = [path for name in _FILES if (path := _file(name, split))]
    if len(paths) == 2 and len(set(map(os.path.realpath, paths))) == 1:
        raise UserError(
            "`--output` and `--reference_output` must be two files. Received: "
            f"{paths[0]} for both. Give each its own."
        )


def main() -> None:
    """Decodes the splits, prints the scores and writes the outputs."""
    several = len(_splits()) > 1
    for scored in _decode() if FLAGS.baseline is None else _baseline():
        if several:
            print(f"split: {scored.split}")
        _tell(scored, {"split": scored.split} if several else {})


def _tell(scored: "Scored", values: dict[str, typing.Any]) -> None:
    """Prints a split's scores and writes its outputs.

    Args:
        scored: the split.
        values: what its JSON object begins with.
    """
    settled = scored.task.settle(scored.outputs, scored.references)
    values = {**values, **scored.stats.compute()}
    if scored.checkpoint is not None:
        values["checkpoint"] = scored.checkpoint
    if values.get("settled"):
        print(
            f"{values['settled']} outputs took from gold which words are "
            "punctuation (data.gold_punctuation)",
            file=sys.stderr,
        )
    print(scored.stats.render(), end="")
    print(json.dumps(values), flush=True)
    # The scores are told whatever becomes of the files.
    _write(_file("output", scored.split), settled)
    _write(_file("reference_output", scored.split), scored.references)


class Scored(typing.NamedTuple):
    """What there is to print and write.

    Attributes:
        split: its name; None for --gold.
        task: settles outputs for `--output`.
        outputs: what is scored, a line for each example.
        references: what it is held against.
        stats: the scores.
        checkpoint: what the outputs are of; None for a baseline.
    """

    split: str | None
    task: typing.Any
    outputs: list[str]
    references: list[str]
    stats: typing.Any
    checkpoint: str | None = None


def _examples(task) -> dict[str | None, list]:
    """Returns the examples of --gold, or else of each split, by its name.

    All are read before the first is decoded, as a later one may be missing.
    """
    from tfformer.training.evaluation import require_examples

    if FLAGS.gold is not None:
        return {None: list(task.file_examples(FLAGS.gold))}
    found = {}
    for split in _splits():
        found[split] = list(task.gold_examples(split))
        require_examples(found[split], f"{split}")
    return found


def _baseline() -> Iterator[Scored]:
    """Scores the outputs of --baseline."""
    from tfformer.training.inference import open_task
    from tfformer.training.mended import score_mended

    task = open_task(FLAGS.workdir, app.assignments(), FLAGS.data_dir)
    for split, examples in _examples(task).items():
        outputs = [task.baseline(FLAGS.baseline, e.inputs) for e in examples]
        references = [e.targets for e in examples]
        stats = score_mended(task, outputs, references)
        yield Scored(split, task, outputs, references, stats)


def _decode() -> Iterator[Scored]:
    """Scores the model's outputs."""
    from tfformer.training.evaluation import evaluate

    trained = app.trained_model(FLAGS.data_dir)
    inference = trained.inference()
    task, told = trained.task, trained.described
    read = _examples(task)
    print(told, file=sys.stderr)
    for split, examples in read.items():
        hypotheses, stats = evaluate(
            inference, task, examples, f"decoding {split or FLAGS.gold}"
        )
        outputs = [hypothesis.text for hypothesis in hypotheses]
        references = [e.targets for e in examples]
        yield Scored(split, task, outputs, references, stats, told)
    app.report_mended(inference)


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
