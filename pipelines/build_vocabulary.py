"""Builds the vocabulary of a workdir from the training split.

python -m pipelines.build_vocabulary --preset=translation/multi30k \\
    --data_dir=D --workdir=W

pipelines.train does the same where a workdir has no vocabulary yet.
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
    """Configures the workdir and builds what it lacks."""
    from tfformer.data.lock import sole_writer
    from tfformer.errors import WorkdirError
    from tfformer.tasks.task import make_task
    from tfformer.training.corpora import prepare_vocabularies
    from tfformer.training.workdir import Workdir

    workdir = Workdir(FLAGS.workdir)
    config = workdir.plan(*app.planned())
    task = make_task(config, FLAGS.data_dir)
    with sole_writer(workdir.path):
        if task.has_vocabularies(workdir.path):
            raise WorkdirError(
                f"{workdir.path}: has a vocabulary already. Train with it, or "
                "use another --workdir."
            )
        workdir.write(config)
        sizes = [v.size for v in prepare_vocabularies(task, workdir)]
    print(
        f"{workdir.path}: vocabulary of {sizes[0]} source and {sizes[1]} "
        "target pieces"
    )


if __name__ == "__main__":
    app.run(main, needs_tensorflow=False)
