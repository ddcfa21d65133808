"""Runs an exported model on standard input, a sentence a line.

python tools/run_saved_model.py --model_dir=E/1 < input.txt > output.txt

Needs tensorflow and tensorflow_text only, and nothing of tfformer: it is what
a program that uses an export looks like.
"""

import codecs
import os
import sys

from absl import app, flags

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "model_dir", None, "Folder of one version of the model.", required=True
)
flags.DEFINE_integer(
    "batch_size", 32, "Lines translated together.", lower_bound=1
)


def main(argv):
    """Reads all lines, writes one output for each."""
    if len(argv) > 1:
        raise app.UsageError(
            f"Unexpected argument {argv[1]!r}: text comes on standard input."
        )
    if not os.path.isfile(os.path.join(FLAGS.model_dir, "saved_model.pb")):
        sys.exit(
            "error: `--model_dir` must be the folder of one version, such as "
            f"E/1. Received: {FLAGS.model_dir}, without a saved_model.pb."
        )
    lines = read_lines()
    import tensorflow as tf
    import tensorflow_text  # noqa: F401  (registers the tokenizer's ops)

    translate = tf.saved_model.load(FLAGS.model_dir).signatures[
        "serving_default"
    ]
    try:
        for first in range(0, len(lines), FLAGS.batch_size):
            batch = tf.constant(lines[first : first + FLAGS.batch_size])
            for output in translate(text=batch)["outputs"].numpy():
                sys.stdout.buffer.write(output + b"\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Who read the output has left, as `head` does. What is still buffered
        # must not fail a second time.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)


def read_lines():
    """Returns the lines of standard input, as bytes of UTF-8."""
    lines = []
    for number, line in enumerate(sys.stdin.buffer, 1):
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        try:
            line.decode()
        except UnicodeDecodeError:
            sys.exit(
                f"error: <stdin>:{number}: not UTF-8. Convert the input, for "
                "example with iconv -t UTF-8."
            )
        lines.append(line.removesuffix(b"\n").removesuffix(b"\r"))
    return lines


if __name__ == "__main__":
    app.run(main)
