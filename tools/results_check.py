"""Trains a setting of docs/results.csv anew and holds its score to the table.

python -m tools.results_check --data_dir=D [--name=wsj_sample_chart_short]

The table has a line for each seed that a setting was trained with. The new
score, of a seed that the table lacks, must be within three standard deviations
of their mean, or half a point if that is more, or the program fails. The last
line of standard output is one JSON object with "score", "mean" and "deviation".
"""

import json
import os
import pathlib
import statistics
import tempfile

from absl import flags

from pipelines import app
from tfformer.errors import UserError
from tools.results_table import allowed, read_results
from tools.steps import run_step

app.define_data_dir()
FLAGS = flags.FLAGS
flags.DEFINE_string(
    "name", "wsj_sample_chart_short", "Setting to train: column `name`."
)
flags.DEFINE_string(
    "results",
    str(pathlib.Path(__file__).resolve().parent.parent / "docs/results.csv"),
    "The table.",
)
flags.DEFINE_integer("seed", 100, "train.seed of the new run.")
flags.adopt_module_key_flags(app)


def main() -> None:
    """Trains, scores and compares."""
    lines = read_results(FLAGS.results, FLAGS.name)
    first = lines[0]
    if any(line["seed"] == str(FLAGS.seed) for line in lines):
        raise UserError(
            "`--seed` must be one that the table lacks. Received: "
            f"{FLAGS.seed}. Leave it out for 100."
        )
    with tempfile.TemporaryDirectory(prefix="results-check-") as folder:
        score = _score(first, pathlib.Path(folder) / "workdir")
    scores = [float(line["score"]) for line in lines]
    mean = statistics.mean(scores)
    deviation = statistics.stdev(scores) if len(scores) > 1 else 0.0
    room = allowed(deviation)
    told = (
        f"{FLAGS.name}: {first['metric']} {score:.2f}, in the table "
        f"{mean:.2f} with a deviation of {deviation:.2f} over {len(scores)} "
        f"seeds; {room:.2f} is the most it may be off"
    )
    if abs(score - mean) > room:
        raise UserError(told)
    print(told)
    print(json.dumps({"score": score, "mean": mean, "deviation": deviation}))


def _score(line, workdir):
    """Trains a setting and returns its score."""
    # Absolute, since a step runs in the repository's folder.
    folder = FLAGS.data_dir and os.path.abspath(FLAGS.data_dir)
    data = [f"--data_dir={folder}"] if folder else []
    run_step(
        "pipelines.train",
        f"--preset={line['preset']}",
        f"--workdir={workdir}",
        *data,
        *(f"--set={each}" for each in line["settings"].split()),
        f"--set=train.seed={FLAGS.seed}",
    )
    told = run_step(
        "pipelines.evaluate",
        f"--workdir={workdir}",
        *data,
        f"--split={line['split']}",
        # As the table's.
        "--checkpoint=last",
    )
    return float(json.loads(told.splitlines()[-1])[line["metric"]])


if __name__ == "__main__":
    app.run(main, needs_tensorflow=False)
