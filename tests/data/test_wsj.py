import re
import zipfile

import pytest

from tests.conftest import SHARED_DATA
from tfformer.data.wsj import NltkTreebank, PtbTreebank
from tfformer.errors import DataError

TREE = "\n( (S \n    (NP-SBJ (NN n{number}) (-NONE- *))\n    (. .) ))\n"


@pytest.fixture
def make_ptb(tmp_path):
    """Writes the Penn Treebank, two files of one tree to a section."""

    def make(layout, suffix="mrg", sections=range(25)):
        for section in sections:
            folder = tmp_path / layout / f"{section:02}"
            folder.mkdir(parents=True)
            for number in (section * 100, section * 100 + 1):
                path = folder / f"wsj_{number:04}.{suffix}"
                path.write_text(TREE.format(number=number))
        return tmp_path

    return make


def sample(folder, numbers):
    folder.mkdir(parents=True)
    for number in numbers:
        path = folder / f"wsj_{number:04}.mrg"
        path.write_text(TREE.format(number=number))


def first_words(treebank, split):
    return [tree.leaves()[0] for tree in treebank.trees(split)]


@pytest.mark.parametrize(
    "layout",
    [
        "parsed/mrg/wsj",
        "combined/wsj",
        "combined",
        "wsj",
        "WSJ",
        ".",
        "treebank_3/parsed/mrg/wsj",
    ],
)
def test_sections_are_split_as_in_papers(make_ptb, layout):
    treebank = PtbTreebank(make_ptb(layout))
    assert first_words(treebank, "dev") == ["n2200", "n2201"]
    assert first_words(treebank, "test") == ["n2300", "n2301"]
    train = first_words(treebank, "train")
    assert (train[0], train[-1], len(train)) == ("n200", "n2101", 40)


def test_upper_case_files_are_found(make_ptb):
    assert first_words(PtbTreebank(make_ptb("WSJ", "MRG")), "dev")


def test_missing_sections_matter_to_their_split_alone(make_ptb):
    folder = make_ptb("combined/wsj", sections=[2, 3, 22])
    treebank = PtbTreebank(folder)
    assert len(first_words(treebank, "dev")) == 2
    with pytest.raises(DataError, match="Missing: 23.*catalog.ldc"):
        first_words(treebank, "test")
    with pytest.raises(DataError, match="02 to 21.*Missing: 04, 05.*, 21"):
        first_words(treebank, "train")


def test_a_folder_that_is_no_treebank_says_how_to_obtain_it(tmp_path):
    with pytest.raises(DataError, match="not the Penn.*LDC99T42"):
        first_words(PtbTreebank(tmp_path), "dev")
    with pytest.raises(DataError, match="not exist.*LDC99T42"):
        first_words(PtbTreebank(tmp_path / "none"), "dev")


@pytest.mark.parametrize("kind", [PtbTreebank, NltkTreebank])
def test_trees_of_ones_own_are_another_source(tmp_path, kind):
    (tmp_path / "train.mrg").write_text("(S (NN a))\n")
    with pytest.raises(DataError) as caught:
        first_words(kind(tmp_path), "train")
    assert str(caught.value).endswith(
        f"To read {tmp_path}/train.mrg, trees of your own, "
        "--set data.source=text."
    )
    with pytest.raises(DataError, match="LDC99T42|nltk.downloader"):
        first_words(kind(tmp_path), "dev")


def test_a_broken_file_is_named(make_ptb):
    folder = make_ptb("wsj")
    path = folder / "wsj/22/wsj_2201.mrg"
    path.write_text(TREE + "\n( (S (NN a)\n")
    with pytest.raises(DataError, match=re.escape(f"{path}:6: ")):
        first_words(PtbTreebank(folder), "dev")


@pytest.mark.parametrize(
    "way", ["corpora/treebank/combined", "treebank/combined", "combined"]
)
def test_the_sample_is_split_by_file(tmp_path, way):
    sample(tmp_path / way, range(1, 200))
    treebank = NltkTreebank(tmp_path)
    dev = first_words(treebank, "dev")
    assert (dev[0], dev[-1]) == ("n160", "n179")
    assert len(first_words(treebank, "train")) == 159
    assert len(first_words(treebank, "test")) == 20


def test_an_absent_split_is_missed_when_it_is_asked_for(tmp_path):
    sample(tmp_path / "corpora/treebank/combined", range(1, 180))
    treebank = NltkTreebank(tmp_path)
    assert len(first_words(treebank, "train")) == 159
    with pytest.raises(
        DataError, match="wsj_0180.*0199.*20 of them.*nltk.downloader"
    ):
        first_words(treebank, "test")


def test_the_sample_is_read_from_its_zip_file(tmp_path):
    archive = tmp_path / "corpora/treebank.zip"
    archive.parent.mkdir()
    with zipfile.ZipFile(archive, "w") as file:
        for number in range(1, 180):
            name = f"treebank/combined/wsj_{number:04}.mrg"
            file.writestr(name, TREE.format(number=number))
    treebank = NltkTreebank(tmp_path)
    assert len(first_words(treebank, "dev")) == 20
    assert treebank.fingerprint("dev") == treebank.fingerprint("dev")
    with pytest.raises(DataError, match="Missing: 20 of them"):
        first_words(treebank, "test")


def test_without_a_folder_nltk_knows_where_to_look(tmp_path, monkeypatch):
    sample(tmp_path / "b/corpora/treebank/combined", range(160, 180))
    paths = [str(tmp_path / "a"), str(tmp_path / "b")]
    monkeypatch.setattr("nltk.data.path", paths)
    assert len(first_words(NltkTreebank(), "dev")) == 20
    monkeypatch.setattr("nltk.data.path", paths[:1])
    with pytest.raises(DataError, match="in none of: .*/a.*nltk.downloader"):
        first_words(NltkTreebank(), "dev")


@pytest.mark.parametrize("kind", [PtbTreebank, NltkTreebank])
def test_an_unknown_split_is_named(tmp_path, kind):
    with pytest.raises(DataError, match="train, dev, test.*'valid'"):
        first_words(kind(tmp_path), "valid")


def test_the_real_sample_is_read():
    folder = SHARED_DATA / "nltk_data"
    if not folder.is_dir():
        pytest.skip(f"real data not at hand: {folder} is absent")
    treebank = NltkTreebank(folder)
    trees = list(treebank.trees("dev"))
    tags = {tag for tree in trees for _, tag in tree.pos()}
    assert {tree.label() for tree in trees} == {"TOP"}
    assert "-NONE-" not in tags and "-LRB-" in tags
    assert sum(1 for _ in treebank.trees("train")) + len(trees) == 3669


def test_half_an_archive_is_named(tmp_path):
    archive = tmp_path / "corpora/treebank.zip"
    archive.parent.mkdir()
    archive.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(DataError, match=r"treebank\.zip: must be the archive"):
        list(NltkTreebank(tmp_path).trees("dev"))
