"""Trains a model, or goes on training it, in a workdir.

python -m pipelines.train --preset=translation/multi30k --data_dir=D \\
    --workdir=W [--set train.steps=2000 ...]
python -m pipelines.train --init_from=W --data_dir=D2 --workdir=W2

Makes the vocabulary first if there is none. Run again on the same workdir, it
continues from the newest checkpoint. The second begins from the trained model
of another workdir.
"""

import os

from absl import flags

from pipelines import app

app.define_preset()
app.define_data_dir()
app.define_workdir()
app.define_set()
FLAGS = flags.FLAGS
flags.DEFINE_string(
    "init_from",
    None,
    "Workdir of a trained model, whose vocabulary and weights a new workdir "
    "begins with, and its settings too where there is no --preset. One that "
    "has begun goes on, and needs it no more.",
)
flags.DEFINE_string(
    "init_checkpoint",
    "best",
    "Which checkpoint of --init_from: best, last, averaged, a step, or the "
    "folder of a checkpoint. Its moving average is taken where it has one.",
)
flags.adopt_module_key_flags(app)


def plan():
    """Returns the workdir, its configuration and what it begins from.

    Nothing is written yet.
    """
    from tfformer.training.warm_start import has_begun, warm_start
    from tfformer.training.workdir import Workdir

    workdir, start, base = Workdir(FLAGS.workdir), None, None
    if FLAGS.init_from is None:
        app.refuse_useless("no --init_from", "init_checkpoint")
    else:
        start = warm_start(FLAGS.init_from, FLAGS.init_checkpoint)
        start = None if has_begun(workdir, start) else start
        base = start and start.config()
    config = workdir.plan(*app.planned(), base)
    if start is not None:
        start.check(config, workdir)
    return workdir, config, start


def begin() -> None:
    """Has signals end a worker from here on, and checks the plan."""
    from tfformer.training.cluster import has_others
    from tfformer.training.signals import end_at_once

    # Before NumPy, which begins threads as well.
    if has_others(os.environ):
        end_at_once()
    plan()


def main() -> None:
    """Plans the workdir's configuration, joins the other workers, trains."""
    from tfformer.progress import announce
    from tfformer.training.distribution import make_distribution
    from tfformer.training.trainer import train

    workdir, config, start = plan()
    distribution = make_distribution(config.train)
    if FLAGS.init_from and workdir.has_checkpoints() and distribution.is_chief:
        announce(f"{workdir.path}: has begun; --init_from is not read again")
    with app.errors_reported(distribution.leave):
        train(config, workdir, FLAGS.data_dir, distribution, start)
    distribution.leave(0)


if __name__ == "__main__":
    app.run(main, list_devices=False, check=begin)
