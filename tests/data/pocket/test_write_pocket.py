"""The tool that writes the corpus."""

import pytest

from tfformer.data.pocket import triples
from tfformer.errors import ConfigError
from tools import write_pocket


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(write_pocket, "SPLIT_SIZES", {"dev": 5})
    monkeypatch.setattr(
        write_pocket, "triples", lambda split, seed: triples(split, 5, seed)
    )


def test_writes_three_files_a_split(small, tmp_path):
    write_pocket.write(tmp_path / "new")
    names = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert names == ["dev.de", "dev.en", "dev.mrg"]
    text = (tmp_path / "new" / "dev.de").read_text("utf-8")
    assert text.splitlines() == [one.german for one in triples("dev", 5)]
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_refuses_a_folder_that_is_not_empty(small, tmp_path):
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(ConfigError, match="`--output_dir` must be .* an empty"):
        write_pocket.write(tmp_path)
    assert (tmp_path / "mine").read_text() == "mine"
