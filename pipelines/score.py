"""Scores given pairs: how probable the model finds each target.

python -m pipelines.score --workdir=W --source=F --target=F2 [--output=F3]

Line n of --source and line n of --target are a pair. Each gives one line, in
the order of the pairs: the natural logarithm of the probability of the whole
target given the source, its end included, a tab, and the number of target
tokens that it is summed over, the end symbol counted. It is a sum, not a mean:
no length penalty, no label smoothing and no dropout is in it.

The target is split into tokens as the vocabulary does it; a blank one is the
end symbol alone. Where the model is not asked, for a source that is blank or
longer than decode.max_input_length, the line is "-inf", a tab and "0"; where
both sides are blank, "0.0000", a tab and "0". One of the files may be "-",
standard input. Windows of 8,192 pairs are sorted by length, and one window is
read ahead.
"""

import contextlib
import functools
import os
import sys
from collections.abc import Iterator
from typing import BinaryIO

from absl import flags

from pipelines import app
from tfformer.errors import UserError

app.define_workdir()
app.define_checkpoint()
app.define_ensemble()
app.define_set()
FLAGS = flags.FLAGS
flags.DEFINE_string(
    "source",
    None,
    "File of sources, one a line, or - for standard input.",
    required=True,
)
flags.DEFINE_string(
    "target",
    None,
    "File of targets, as many lines, or - for standard input.",
    required=True,
)
flags.DEFINE_string(
    "output",
    None,
    "File for the scores, one a line, by default standard output; it must not "
    "exist yet.",
)
flags.adopt_module_key_flags(app)
_STDIN = "-"


def check() -> None:
    """Raises for a model that scores no pairs, and files that do not match."""
    _require_text(app.read_config())
    if FLAGS.source == FLAGS.target == _STDIN:
        raise UserError(
            "`--source` and `--target` must not both be standard input. "
            "Received: - for both. Give one of them as a file."
        )
    for name in ("source", "target"):
        _require_readable(name, str(FLAGS[name].value))
    if FLAGS.output is None and sys.stdout is None:
        raise UserError(
            "Standard output must be open. Received: a closed one. Try "
            "--output=scores.txt."
        )
    app.refuse_existing("output", FLAGS.output)
    _count()


def _require_text(config) -> None:
    """Raises unless the model's targets are plain text."""
    from tfformer.tasks.task import get_task
    from tfformer.tasks.text_task import TextTask

    if not issubclass(get_task(config.task), TextTask):
        raise UserError(
            "`--workdir` must hold a model from text to text, such as of "
            f"translation. Received: {config.task} with "
            f"model.parser={config.model.parser}, whose targets are trees. "
            "Try pipelines.evaluate --gold, which compares trees with gold, "
            "or pipelines.decode --scores."
        )


def _require_readable(name: str, path: str) -> None:
    """Raises if a flag names nothing that can be read."""
    if path == _STDIN:
        if sys.stdin is None:
            raise UserError(
                f"`--{name}` must be open. Received: -, standard input, which "
                "is closed. Try a file."
            )
    elif not os.path.exists(path) or os.path.isdir(path):
        raise UserError(
            f"`--{name}` must be a file, one sentence a line. Received: "
            f"{path}, which is {'a folder' if os.path.isdir(path) else 'none'}."
            " Try another path, or - for standard input."
        )


@functools.cache
def _count() -> int | None:
    """Returns how many pairs there are; None where streams do not tell yet."""
    from tfformer.data.parallel import require_as_many_lines

    paths = FLAGS.source, FLAGS.target
    # A pipe, such as of <(zcat F.gz), can be read once.
    if not all(map(os.path.isfile, paths)):
        return None
    return require_as_many_lines(paths)


def main() -> None:
    """Loads the model, then reads, scores and writes, many pairs at once."""
    from tfformer.data.parallel import pair_lines
    from tfformer.progress import Progress

    trained = app.trained_model()
    scoring = trained.scoring()
    print(trained.described, file=sys.stderr)
    with contextlib.ExitStack() as stack:
        sources = stack.enter_context(_lines(FLAGS.source))
        targets = stack.enter_context(_lines(FLAGS.target))
        names = _name(FLAGS.source), _name(FLAGS.target)
        checked = trained.task.check_lines(sources, names[0])
        pairs = pair_lines(checked, targets, names)
        output = stack.enter_context(_output())
        progress = stack.enter_context(
            Progress("scoring", total=_count(), unit="pairs")
        )
        for score in scoring.score(pairs, on_batch=progress.update):
            output.write(
                f"{score.log_probability:.4f}\t{score.tokens}\n".encode()
            )
    _report_unscored(scoring)


def _name(path: str) -> str:
    return "<stdin>" if path == _STDIN else path


@contextlib.contextmanager
def _lines(path: str) -> Iterator[Iterator[str]]:
    """Opens a file, or standard input, and yields its lines."""
    from tfformer.data.sources import decode_lines

    if path == _STDIN:
        yield decode_lines(sys.stdin.buffer, _name(path))
        return
    with open(path, "rb") as file:
        yield decode_lines(file, path)


@contextlib.contextmanager
def _output() -> Iterator[BinaryIO]:
    """Yields what to write to; --output appears when all is written."""
    from tfformer.data.atomic import written_aside

    if FLAGS.output is None:
        yield sys.stdout.buffer
        return
    with written_aside(FLAGS.output) as aside, open(aside, "wb") as file:
        yield file


def _report_unscored(scoring) -> None:
    """Tells on standard error what has -inf for a score."""
    if scoring.unscored:
        limit = scoring.config.max_input_length
        longer = f"longer than decode.max_input_length={limit} tokens, or "
        print(
            f"{scoring.unscored} pairs have no score (-inf): the source is "
            f"{longer if limit else ''}blank and the target is not, or the "
            "weights are no numbers",
            file=sys.stderr,
        )


if __name__ == "__main__":
    app.run(main, check=check)
