"""Scores a workdir's model on a split.

python -m pipelines.evaluate --workdir=W --data_dir=D --split=test2016 \\
    [--output=F]

The last line of standard output is one JSON object with the scores.
"""

import json
import sys

from absl import flags

from pipelines import app

app.define_workdir()
app.define_data_dir()
app.define_checkpoint()
app.define_set()
FLAGS = flags.FLAGS
flags.DEFINE_string("split", "dev", "Split to score.")
flags.DEFINE_string(
    "output", None, "File for the outputs, one a line; it must not exist yet."
)
flags.adopt_module_key_flags(app)


def main() -> None:
    """Decodes the split, prints the scores and writes the outputs."""
    app.refuse_existing("output", FLAGS.output)
    from tfformer.data.atomic import written_aside
    from tfformer.training.evaluation import evaluate
    from tfformer.training.inference import TrainedModel

    trained = TrainedModel(
        FLAGS.workdir, FLAGS.checkpoint, app.assignments(), FLAGS.data_dir
    )
    examples = list(trained.task.examples(FLAGS.split))
    hypotheses, stats = evaluate(
        trained.inference(), trained.task, examples, f"decoding {FLAGS.split}"
    )
    if FLAGS.output is not None:
        with written_aside(FLAGS.output) as aside:
            lines = (f"{hypothesis.text}\n" for hypothesis in hypotheses)
            aside.write_bytes("".join(lines).encode())
    scores = stats.compute()
    print(f"checkpoint of step {trained.step}", file=sys.stderr)
    for name, value in scores.items():
        print(f"{name}: {value}")
    print(json.dumps(scores))


if __name__ == "__main__":
    app.run(main)
