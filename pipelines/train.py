"""Trains a model, or goes on training it, in a workdir.

python -m pipelines.train --preset=translation/multi30k --data_dir=D \\
    --workdir=W [--set train.steps=2000 ...]

Makes the vocabulary first if there is none. Run again on the same workdir, it
continues from the newest checkpoint.
"""

import os

from absl import flags

from pipelines import app

app.define_preset()
app.define_data_dir()
app.define_workdir()
app.define_set()
FLAGS = flags.FLAGS
flags.adopt_module_key_flags(app)


def plan():
    """Returns the workdir and its configuration, which is not written yet."""
    from tfformer.training.workdir import Workdir

    workdir = Workdir(FLAGS.workdir)
    return workdir, workdir.plan(*app.planned())


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
    from tfformer.training.distribution import make_distribution
    from tfformer.training.trainer import train

    workdir, config = plan()
    distribution = make_distribution(config.train)
    with app.errors_reported(distribution.leave):
        train(config, workdir, FLAGS.data_dir, distribution)
    distribution.leave(0)


if __name__ == "__main__":
    app.run(main, list_devices=False, check=begin)
