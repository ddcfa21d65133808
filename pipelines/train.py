"""Trains a model, or goes on training it, in a workdir.

python -m pipelines.train --preset=translation/multi30k --data_dir=D \\
    --workdir=W [--set train.steps=2000 ...]

Makes the vocabulary first if there is none. Run again on the same workdir, it
continues from the newest checkpoint.
"""

from absl import flags

from pipelines import app

app.define_preset()
app.define_data_dir()
app.define_workdir()
app.define_set()
FLAGS = flags.FLAGS
flags.adopt_module_key_flags(app)


def main() -> None:
    """Configures the workdir and trains."""
    from tfformer.training.trainer import train
    from tfformer.training.workdir import Workdir

    workdir = Workdir(FLAGS.workdir)
    config = workdir.configure(FLAGS.preset, app.assignments())
    train(config, workdir, FLAGS.data_dir)


if __name__ == "__main__":
    app.run(main)
