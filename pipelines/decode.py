"""Decodes standard input, a sentence a line, to standard output.

python -m pipelines.decode --workdir=W [--n_best=K] [--scores] \\
    < input.txt > output.txt

Order and number of lines are kept. Windows of 8,192 lines are sorted by length
and decoded, and one window is read ahead, so output comes when the input has
ended, or after 16,384 lines: to ask line by line, use tools.serve. With
--n_best=K each line of input gives K lines, best first; with --scores each
begins with its score and a tab.
"""

import sys

from absl import flags

from pipelines import app
from tfformer.errors import UserError

app.define_workdir()
app.define_checkpoint()
app.define_ensemble()
app.define_set()
FLAGS = flags.FLAGS
flags.DEFINE_integer(
    "n_best", 1, "Hypotheses for each line; at most decode.beam_size."
)
flags.DEFINE_bool(
    "scores",
    False,
    "Begin each line with its score (log-probability, by decode.method=beam "
    "over the length penalty) and a tab.",
)
flags.adopt_module_key_flags(app)


def check() -> None:
    """Raises for closed streams, and flags that do not suit the workdir."""
    if sys.stdin is None or sys.stdout is None:
        raise UserError(
            "Standard input and output must be open. Received: a closed one. "
            "Try < input.txt > output.txt."
        )
    app.read_config().decode.check_n_best(FLAGS.n_best)


def main() -> None:
    """Loads the model, then reads, decodes and writes, many lines at once."""
    from tfformer.data.sources import decode_lines
    from tfformer.progress import Progress

    trained = app.trained_model()
    lines = trained.task.check_lines(
        decode_lines(sys.stdin.buffer, "<stdin>"), "<stdin>"
    )
    output = sys.stdout.buffer
    inference = trained.inference()
    print(trained.described, file=sys.stderr)
    with Progress("decoding", unit="lines") as progress:
        for hypotheses in inference.decode(
            lines, FLAGS.n_best, on_batch=progress.update
        ):
            for hypothesis in hypotheses:
                prefix = f"{hypothesis.score:.4f}\t" if FLAGS.scores else ""
                output.write(f"{prefix}{hypothesis.text}\n".encode())
            output.flush()
    app.report_mended(inference)


if __name__ == "__main__":
    app.run(main, check=check)
