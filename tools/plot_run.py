"""Draws the learning curves of a run, without TensorBoard.

python -m tools.plot_run --workdir=W [--output=F.png] [--only=loss,dev_f1]

Reads W/metrics.jsonl, also while the run goes on, and needs matplotlib (the
extra `[bench]`).
"""

import pathlib

from absl import flags

from pipelines import app

app.define_workdir()
FLAGS = flags.FLAGS
flags.DEFINE_string(
    "output",
    None,
    "Picture to write (.png, .svg or .pdf), in place of one that is there; by "
    "default curves.png in the workdir.",
)
flags.DEFINE_list("only", [], "Names of the curves to draw; all by default.")
flags.adopt_module_key_flags(app)


def main() -> None:
    """Draws the picture."""
    from tfformer.visual.curves import choose, read_metrics, save_curves
    from tfformer.visual.figure import check_picture

    workdir = pathlib.Path(FLAGS.workdir)
    output = pathlib.Path(FLAGS.output or workdir / "curves.png")
    check_picture(output, "output")
    series = choose(read_metrics(workdir / "metrics.jsonl"), FLAGS.only)
    save_curves(series, output, workdir.absolute().name)
    last = max(step for points in series.values() for step, _ in points)
    print(f"{output}: {len(series)} curves up to step {last}")


if __name__ == "__main__":
    app.run(main, needs_tensorflow=False)
