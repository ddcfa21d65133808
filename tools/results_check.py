"""Trains a setting of docs/results.csv anew and holds its score to the table.

python -m tools.results_check --data_dir=D [--name=wsj_sample_chart_short]

The table has a line for each seed that a setting was trained with. The new
score, of a seed that the table lacks, must be within three standard deviations
of their mean, or the program fails. The last line of standard output is one
JSON object with "score", "mean" and "deviation".
"""

import csv
import json
import pathlib
import shlex
import statistics
import subprocess
import sys
import tempfile

from absl import flags

from pipelines import app

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

# How far off a sound run may be, in standard deviations and in points: that
# of a few seeds is itself not well known.
_DEVIATIONS = 3.0
_POINTS = 0.5


def main() -> None:
    """Trains, scores and compares."""
    from tfformer.errors import UserError

    lines = read_results(FLAGS.results, FLAGS.name)
    first = lines[0]
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


def read_results(path: str, name: str) -> list[dict[str, str]]:
    """Returns the lines of a setting, one for each seed.

    Args:
        path: the table.
        name: of the setting.

    Raises:
        UserError: if there is no such table, or no such setting in it.
    """
    from tfformer.errors import UserError

    try:
        with open(path, encoding="utf-8", newline="") as file:
            lines = list(csv.DictReader(file))
    except OSError as error:
        raise UserError(f"`--results`: {error}") from error
    found = [line for line in lines if line["name"] == name]
    if not found:
        names = sorted({line["name"] for line in lines})
        raise UserError(
            f"`--name` must be one of {', '.join(names)}. Received: {name!r}."
        )
    return found


def allowed(deviation: float) -> float:
    """Returns how many points off a score may be."""
    return max(_DEVIATIONS * deviation, _POINTS)


def _score(line, workdir):
    """Trains a setting and returns its score."""
    data = [f"--data_dir={FLAGS.data_dir}"] if FLAGS.data_dir else []
    _run(
        "pipelines.train",
        f"--preset={line['preset']}",
        f"--workdir={workdir}",
        *data,
        *(f"--set={each}" for each in line["settings"].split()),
        f"--set=train.seed={FLAGS.seed}",
    )
    told = _run(
        "pipelines.evaluate",
        f"--workdir={workdir}",
        *data,
        f"--split={line['split']}",
    )
    return float(json.loads(told.splitlines()[-1])[line["metric"]])


def _run(module, *arguments):
    """Runs a program; its progress is seen, its output returned."""
    from tfformer.errors import UserError

    command = [sys.executable, "-m", module, *arguments]
    print("$ python " + shlex.join(command[1:]), file=sys.stderr)
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise UserError(f"{module} ended with {done.returncode}; see above.")
    return done.stdout.decode()


if __name__ == "__main__":
    app.run(main, needs_tensorflow=False)
