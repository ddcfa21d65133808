"""Writes the trees that a preset trains on, for another parser to train on.

python -m bench.clean_trees --preset=parsing/craft_chart --data_dir=D \\
    --output_dir=O

O/train.mrg and O/dev.mrg get the cleaned trees, one a line, each with the root
TOP and its tags: what supar, benepar and EVALB read.
"""

import argparse
import pathlib

from pipelines.app import errors_reported
from tfformer.data.atomic import written_aside
from tfformer.progress import announce
from tfformer.tasks.task import get_preset, make_task


def main() -> None:
    """Writes both splits."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--preset", default="parsing/wsj_sample_chart")
    parser.add_argument("--data_dir", required=True)
    parser.add_argument("--output_dir", type=pathlib.Path, required=True)
    options = parser.parse_args()
    config = get_preset(options.preset)
    task = make_task(config, options.data_dir)
    for split in (config.data.train_split, config.data.dev_split):
        lines = [example.targets for example in task.examples(split)]
        path = options.output_dir / f"{split}.mrg"
        with written_aside(path) as aside:
            aside.write_text("\n".join(lines) + "\n", encoding="utf-8")
        announce(f"{path}: {len(lines)} trees")


if __name__ == "__main__":
    with errors_reported():
        main()
