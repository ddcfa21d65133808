"""Tokenises a corpus once, into shards that pipelines.train reads.

python -m pipelines.prepare_data --preset=translation/base --data_dir=D \\
    --output_dir=P
python -m pipelines.train --preset=translation/base --data_dir=P \\
    --set data.source=prepared --workdir=W

Run again after it was stopped, it keeps the shards that are whole. What it
writes is described in docs/data.md.
"""

import functools
import os
import pathlib

from absl import flags

from pipelines import app

app.define_preset()
app.define_data_dir()
app.define_set()
FLAGS = flags.FLAGS
flags.DEFINE_string(
    "output_dir", None, "Folder for the prepared data.", required=True
)
flags.DEFINE_string(
    "vocabulary_dir",
    None,
    "Folder to take the vocabulary from: a workdir or other prepared data. "
    "Made from the training split otherwise.",
)
flags.DEFINE_list(
    "eval_splits",
    None,
    "Splits to score, with commas between; their text is kept too. The "
    "default is data.dev_split.",
)
flags.DEFINE_integer(
    "num_shards",
    None,
    "Shards of the training split. The default is one for 100,000 pairs, at "
    "most 32.",
    lower_bound=1,
)
flags.DEFINE_integer(
    "num_workers",
    None,
    "Processes that tokenise at a time. The default is one for each core.",
    lower_bound=1,
)
flags.DEFINE_enum(
    "runner",
    "local",
    ["local", "beam"],
    "Who makes the shards: processes of this machine, or Apache Beam.",
)
flags.DEFINE_list(
    "beam_options",
    [],
    "Options of Beam's pipeline, with commas between, such as "
    "--runner=FlinkRunner,--flink_master=HOST:8081.",
)
flags.adopt_module_key_flags(app)


def main() -> None:
    """Plans, makes the shards that are missing, and joins them."""
    from tfformer.config import override
    from tfformer.errors import ConfigError
    from tfformer.tasks.task import get_preset
    from tfformer.training.preparation import prepare
    from tfformer.training.preparation_plan import Request
    from tfformer.training.shard_runners import run_beam, run_local

    if FLAGS.preset is None:
        raise ConfigError(
            "`--preset` is needed: the one that will be trained. Try "
            "--preset=translation/base."
        )
    config = override(get_preset(FLAGS.preset), app.assignments())
    if FLAGS.runner == "beam":
        run = functools.partial(run_beam, options=FLAGS.beam_options)
    else:
        num_workers = FLAGS.num_workers or os.cpu_count() or 1
        run = functools.partial(run_local, num_workers=num_workers)
    eval_splits = FLAGS.eval_splits or [config.data.dev_split]
    prepared = prepare(
        Request(
            config,
            FLAGS.data_dir,
            pathlib.Path(FLAGS.output_dir),
            FLAGS.vocabulary_dir,
            FLAGS.num_shards,
            eval_splits,
        ),
        run,
    )
    print(
        f"{prepared.directory}: {', '.join(prepared.splits)}; train with "
        f"--set data.source=prepared --data_dir={prepared.directory}"
    )


if __name__ == "__main__":
    app.run(main, needs_tensorflow=False)
