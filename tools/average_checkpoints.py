"""Averages the weights of a workdir's newest checkpoints.

python -m tools.average_checkpoints --workdir=W --last=5

Writes W/checkpoints/averaged, which pipelines.evaluate, pipelines.decode and
tools.export_saved_model take as --checkpoint=averaged. Training that goes on
neither reads nor removes it.
"""

from absl import flags

from pipelines import app

app.define_workdir()
FLAGS = flags.FLAGS
flags.DEFINE_integer(
    "last",
    5,
    "How many checkpoints, the newest ones; the paper takes 5 for its base "
    "models and 20 for the big ones. Training keeps train.keep_checkpoints.",
)
flags.adopt_module_key_flags(app)


def main() -> None:
    """Averages and says what went in."""
    from tfformer.training.averaging import average_checkpoints

    found = average_checkpoints(FLAGS.workdir, FLAGS.last)
    print(f"{found.folder}: {found}")


if __name__ == "__main__":
    app.run(main)
