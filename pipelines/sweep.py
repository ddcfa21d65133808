"""Trains presets, a few at a time, and writes a table of what they reach.

python -m pipelines.sweep --presets='translation/table3/*' --data_dir=D \\
    --workdir=W --steps=N [--scale=4] [--set data.vocab_size=6000 ...]
python -m pipelines.sweep --presets=parsing/wsj --data_dir=PTB --workdir=W \\
    --grid model.dropout_rate=0.1,0.2,0.3 \\
    --grid optimizer.learning_rate=0.5,1.0
python -m pipelines.sweep --presets=translation/multi30k --data_dir=D \\
    --workdir=W --grid train.seed=0,1 --jobs=2
python -m pipelines.sweep --presets=V/config.json --init_from=V --data_dir=D2 \\
    --workdir=W --grid optimizer.learning_rate=0.1,0.3

The last one trains the model of the workdir V further, at one rate and another.
Each row is a process of its own with the workdir W/<preset>, or with --grid
W/<preset>/<choice>. Writes W/table.md, W/table.csv and, with matplotlib,
W/table.png after each row: the columns of the paper's Table 3, with the paper's
figures beside. A row that fails is left and the others go on; the exit code is
then 2. Run again, it passes over the rows that are finished, goes on with one
that was interrupted and tries again those that failed.
"""

import os

from absl import flags

from pipelines import app

app.define_data_dir()
app.define_workdir()
app.define_set()
app.define_init_from()
FLAGS = flags.FLAGS
flags.DEFINE_list(
    "presets",
    None,
    "Patterns of presets, such as 'translation/table3/c_*', set apart by "
    "commas. A star stays between two slashes. One that matches none lists "
    "all presets. A .json file is one row, named by its path.",
    required=True,
)
flags.DEFINE_multi_string(
    "grid",
    [],
    "section.field=value,value,...: makes a row of every value. May be "
    "repeated: every combination is then a row.",
)
flags.DEFINE_integer(
    "steps",
    None,
    "Updates of each row, so that all have as many; those of its preset if "
    "not given.",
    lower_bound=1,
)
flags.DEFINE_integer(
    "scale",
    1,
    "Divides d_model, d_ff and, where a preset gives them, d_k and d_v, "
    "rounded down (d_model to an even number, all to 1 at the least). Heads "
    "stay, so d_k and d_v shrink with d_model; layers, dropout, smoothing, "
    "vocabulary and warm-up stay. --set wins over it.",
    lower_bound=1,
)
flags.DEFINE_integer(
    "restarts",
    1,
    "How often a row that was killed (an exit code of 128 or more) goes on at "
    "once; after that it counts as failed.",
    lower_bound=0,
)
flags.DEFINE_integer(
    "jobs",
    1,
    "How many rows are trained side by side, each on its share of the "
    "processors: two small models are trained faster beside each other than "
    "one after the other. Not for GPUs, which every row would want whole.",
    lower_bound=1,
)
flags.adopt_module_key_flags(app)


def main() -> None:
    """Plans the rows, checks what is there and trains what is missing."""
    from tfformer.errors import ConfigError
    from tfformer.progress import announce
    from tfformer.sweeps.plan import plan
    from tfformer.sweeps.sweep import Sweep

    if "TF_CONFIG" in os.environ:
        raise ConfigError(
            "`TF_CONFIG` must not be set: a sweep runs on one machine, on all "
            f"of its GPUs. Received: {os.environ['TF_CONFIG']!r}. Unset it."
        )
    runs = plan(
        FLAGS.presets,
        FLAGS.grid or (),
        app.assignments(),
        FLAGS.steps,
        FLAGS.scale,
    )
    sweep = Sweep(
        runs,
        FLAGS.workdir,
        FLAGS.data_dir,
        FLAGS.restarts,
        FLAGS.jobs,
        app.warm_start(),
    )
    announce(f"{len(runs)} rows in {FLAGS.workdir}")
    sweep.run()


if __name__ == "__main__":
    app.run(main, needs_tensorflow=False)
