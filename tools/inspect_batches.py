"""Prints the pairs that a step of training reads.

python -m tools.inspect_batches --workdir=W --data_dir=D --step=N

Of each pair: its number in the data, counted from 0, the lengths of both sides
in tokens, their text, and their pieces. Steps are counted as in metrics.jsonl
and bad_steps.jsonl. The ids are the workdir's own, which training has made; the
data is only compared with them. Which pairs share a step depends on
train.batch_tokens and train.seed: for a run that was begun with others, --set
them.
"""

import sys

from absl import flags

from pipelines import app

app.define_workdir()
app.define_data_dir()
app.define_set()
FLAGS = flags.FLAGS
flags.DEFINE_integer(
    "step",
    None,
    "Which step, counted from 1; it may be one that is still to come.",
    lower_bound=1,
    required=True,
)
flags.adopt_module_key_flags(app)


def main() -> None:
    """Reads the step and prints it."""
    from tfformer.tasks.task import make_task
    from tfformer.training.step_pairs import read_step
    from tfformer.training.workdir import Workdir

    config = app.read_config()
    task = make_task(config, FLAGS.data_dir)
    pairs = read_step(task, config, Workdir(FLAGS.workdir), FLAGS.step)
    print(f"step {FLAGS.step}: {len(pairs)} pairs of {config.data.train_split}")
    for pair in pairs:
        print(render(pair))
    for note in notes(config, FLAGS.step):
        print(note, file=sys.stderr)


def render(pair) -> str:
    """Returns the lines of one pair.

    Args:
        pair: a `tfformer.training.step_pairs.Pair`.
    """
    lines = [
        f"\n{pair.number}: {pair.inputs.length} + {pair.targets.length} tokens"
    ]
    for name in ("inputs", "targets"):
        side = getattr(pair, name)
        lines.append(f"  {name:7}  {side.text}")
        if side.pieces:
            lines.append(f"  pieces   {' '.join(side.pieces)}")
    return "\n".join(lines)


def notes(config, step: int) -> list[str]:
    """Says where the model saw something else than what is stored.

    Args:
        config: the workdir's.
        step: which was printed.
    """
    found = []
    if config.data.bpe_dropout:
        found.append(
            "pieces are as stored: data.bpe_dropout cuts texts anew in a step"
        )
    if step <= config.train.bidirectional_steps:
        found.append(
            "sides are as stored: train.bidirectional_steps swaps those of "
            "half of the pairs"
        )
    return found


if __name__ == "__main__":
    app.run(main, needs_tensorflow=False)
