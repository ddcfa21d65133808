"""The Penn Treebank as a TensorFlow Datasets builder.

Importing this module registers `penn_treebank`:

    import tensorflow_datasets as tfds
    import tfformer.data.penn_treebank

    tfds.load("penn_treebank", split="validation")

Besides this module only `tfds_source` and `tfds_fields` import TensorFlow
Datasets, inside functions.
"""

from collections.abc import Iterator
from typing import Any

import tensorflow_datasets as tfds

from tfformer.data.trees import to_line
from tfformer.data.wsj import PtbTreebank

_DESCRIPTION = """
Constituency trees of the Wall Street Journal from the Penn Treebank 3, in the
split of parsing papers: sections 02-21 to train, 22 to validate, 23 to test.
Function tags, indices, traces and the nodes that these leave empty are taken
out, and the root is TOP.
"""
_CITATION = """
@article{marcus-etal-1993-building,
  title = "Building a Large Annotated Corpus of {E}nglish: The {P}enn
    {T}reebank",
  author = "Marcus, Mitchell P. and Santorini, Beatrice and Marcinkiewicz,
    Mary Ann",
  journal = "Computational Linguistics",
  volume = "19",
  number = "2",
  year = "1993",
  pages = "313--330"
}
"""
_HOMEPAGE = "https://catalog.ldc.upenn.edu/LDC99T42"
_SPLITS = {"train": "train", "validation": "dev", "test": "test"}


class PennTreebank(tfds.core.GeneratorBasedBuilder):
    """Builds `penn_treebank` from a copy of LDC99T42."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "The first."}
    MANUAL_DOWNLOAD_INSTRUCTIONS = """
    The Penn Treebank 3 (LDC99T42) is licensed by the Linguistic Data
    Consortium: obtain it from https://catalog.ldc.upenn.edu/LDC99T42 and
    unpack it into manual_dir, so that manual_dir/treebank_3 (or manual_dir
    itself) holds parsed/mrg/wsj/NN/wsj_*.mrg for the sections NN from 02 to
    23. The layout combined/wsj/NN/wsj_*.mrg of older releases will do too.
    """

    def _info(self) -> Any:
        strings = tfds.features.Sequence(tfds.features.Text())
        return self.dataset_info_from_configs(
            description=_DESCRIPTION,
            features=tfds.features.FeaturesDict(
                {
                    "words": strings,
                    "tags": strings,
                    "tree": tfds.features.Text(),
                }
            ),
            supervised_keys=None,
            homepage=_HOMEPAGE,
            citation=_CITATION,
        )

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        treebank = PtbTreebank(dl_manager.manual_dir)
        for split in _SPLITS.values():
            # Before anything is written: what is absent is named at once.
            treebank.files(split)
        return {
            name: self._generate_examples(treebank, split)
            for name, split in _SPLITS.items()
        }

    def _generate_examples(
        self, treebank: PtbTreebank, split: str
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        for number, tree in enumerate(treebank.trees(split)):
            words, tags = zip(*tree.pos(), strict=True)
            yield (
                number,
                {"words": words, "tags": tags, "tree": to_line(tree)},
            )
