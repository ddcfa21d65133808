"""Writes the SYNTHETIC pocket corpus as text files.

python -m tools.write_pocket --output_dir=D

Writes <split>.en, <split>.de and <split>.mrg, a sentence or a Penn tree a
line, for train, dev and test into the new folder D. No sentence of it was
ever said by anybody: a small grammar makes them from the seed.
"""

import os
import pathlib

from absl import flags

from pipelines import app
from tfformer.data.atomic import written_aside
from tfformer.data.pocket import SPLIT_SIZES, triples
from tfformer.errors import ConfigError

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "output_dir",
    None,
    "Folder to write; it must not exist, or be empty.",
    required=True,
)
flags.DEFINE_integer("seed", 0, "Seed of the corpus.")


def write(output_dir: str | os.PathLike, seed: int = 0) -> None:
    """Writes every split, into a sibling folder that is then renamed.

    Args:
        output_dir: the folder; it must not exist, or be empty.
        seed: the seed of the corpus.

    Raises:
        ConfigError: the folder exists and is not empty, or is a file.
    """
    path = pathlib.Path(output_dir)
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise ConfigError(
            "`--output_dir` must be a new or an empty folder. Received: "
            f"{path}, which is neither. Name another one, or remove it."
        )
    with written_aside(path) as aside:
        aside.mkdir()
        for split in SPLIT_SIZES:
            _write_split(aside, split, seed)


def _write_split(folder: pathlib.Path, split: str, seed: int) -> None:
    found = list(triples(split, seed=seed))
    columns = {
        "en": [triple.english for triple in found],
        "de": [triple.german for triple in found],
        "mrg": [triple.tree for triple in found],
    }
    for suffix, lines in columns.items():
        text = "".join(line + "\n" for line in lines)
        target = folder / f"{split}.{suffix}"
        target.write_text(text, encoding="utf-8", newline="\n")


def main() -> None:
    """Writes the corpus and says where."""
    write(FLAGS.output_dir, FLAGS.seed)
    print(f"{FLAGS.output_dir}: wrote {', '.join(SPLIT_SIZES)}")


if __name__ == "__main__":
    app.run(main, needs_tensorflow=False)
