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
app.define_init_from()
FLAGS = flags.FLAGS
flags.adopt_module_key_flags(app)


def plan():
    """Returns the workdir, its configuration and what it begins from.

    Nothing is written yet.
    """
    from tfformer.training.teacher_workdirs import check_teachers
    from tfformer.training.warm_start import has_begun
    from tfformer.training.workdir import Workdir

    workdir, start = Workdir(FLAGS.workdir), app.warm_start()
    if start is not None and has_begun(workdir, start):
        start = None
    config = workdir.plan(*app.planned(), start and start.config())
    if start is not None:
        start.check(config, workdir)
    check_teachers(config, workdir, start.path if start else None)
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
