import subprocess
import sys

import pytest
from nltk.tree import Tree

from tfformer.errors import DataError

RAW = "( (S (NP-SBJ (NNP S{section}) (-NONE- *)) (VP=1 (VBZ runs)) (. .)))\n"


@pytest.fixture
def builder(tmp_path):
    import tensorflow_datasets as tfds

    from tfformer.data.penn_treebank import PennTreebank

    manual_dir = tmp_path / "manual"
    for section in range(2, 24):
        folder = manual_dir / f"treebank_3/parsed/mrg/wsj/{section:02}"
        folder.mkdir(parents=True)
        path = folder / f"wsj_{section:02}00.mrg"
        path.write_text(RAW.format(section=section) * 2)
    config = tfds.download.DownloadConfig(manual_dir=manual_dir)
    return PennTreebank(data_dir=tmp_path / "data"), config


def test_the_splits_are_those_of_papers(builder):
    import tensorflow_datasets as tfds

    builder, config = builder
    assert builder.name == "penn_treebank"
    builder.download_and_prepare(download_config=config)
    sizes = {k: split.num_examples for k, split in builder.info.splits.items()}
    assert sizes == {"train": 40, "validation": 2, "test": 2}
    for example in tfds.as_numpy(builder.as_dataset(split="validation")):
        assert example["words"].tolist() == [b"S22", b"runs", b"."]
        assert example["tags"].tolist() == [b"NNP", b"VBZ", b"."]
        assert Tree.fromstring(example["tree"].decode()) == Tree.fromstring(
            "(TOP (S (NP (NNP S22)) (VP (VBZ runs)) (. .)))"
        )


def test_an_absent_treebank_says_how_to_obtain_it(builder, tmp_path):
    builder, config = builder
    (tmp_path / "manual").rename(tmp_path / "elsewhere")
    with pytest.raises(AssertionError, match="LDC99T42"):
        builder.download_and_prepare(download_config=config)
    (tmp_path / "manual/other").mkdir(parents=True)
    with pytest.raises(DataError, match="LDC99T42"):
        builder.download_and_prepare(download_config=config)


def test_no_other_module_imports_tensorflow_datasets():
    code = (
        "import sys, tfformer.data.treebanks, tfformer.data.linearize; "
        "sys.exit(bool({'tensorflow_datasets', 'tensorflow'} & "
        "set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
