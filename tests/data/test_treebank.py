import pytest

from tfformer.data.treebanks import TextTreebank
from tfformer.errors import DataError

WORDS = "(TOP (NP (NP-SBJ (NN a) (-NONE- *))))\n"
TRACES = "(TOP (S (NP (-NONE- *))))\n"


def text(folder, **splits):
    for name, content in splits.items():
        (folder / f"{name}.mrg").write_text(content)
    return folder


def test_trees_of_traces_are_counted_and_reported(tmp_path):
    reports = []
    folder = text(tmp_path, dev=WORDS + TRACES + WORDS + TRACES)
    treebank = TextTreebank(folder, report=reports.append)
    assert len(list(treebank.trees("dev"))) == 2
    assert treebank.counts == {
        "dev": {"trees": 4, "kept": 2, "empty": 2, "malformed": 0}
    }
    (report,) = reports
    assert "left out 2 of 4" in report and "dev.mrg:2" in report


def test_reports_go_to_standard_error(tmp_path, capsys):
    list(TextTreebank(text(tmp_path, dev=WORDS + TRACES)).trees("dev"))
    assert "left out 1 of 2" in capsys.readouterr().err


def test_malformed_trees_are_an_error_or_left_out_by_choice(tmp_path):
    folder = text(tmp_path, dev=WORDS + "(TOP (NN a b))\n" + WORDS)
    with pytest.raises(DataError, match=r"dev\.mrg:2: .*skip_malformed=true"):
        list(TextTreebank(folder).trees("dev"))
    reports = []
    treebank = TextTreebank(folder, skip_malformed=True, report=reports.append)
    assert len(list(treebank.trees("dev"))) == 2
    assert treebank.counts["dev"]["malformed"] == 1
    (report,) = reports
    assert "left out 1 of 3" in report and "(NN a b)" in report


def test_unbalanced_trees_are_an_error_always(tmp_path):
    treebank = TextTreebank(text(tmp_path, dev="(S\n"), skip_malformed=True)
    with pytest.raises(DataError, match=r"dev\.mrg:1: .*1 open"):
        list(treebank.trees("dev"))


def test_a_split_of_traces_alone_is_an_error(tmp_path):
    treebank = TextTreebank(text(tmp_path, dev=TRACES))
    with pytest.raises(DataError, match=r"dev\.mrg:1: .*only traces"):
        list(treebank.trees("dev"))


def test_collapsing_is_a_choice(tmp_path):
    folder = text(tmp_path, dev=WORDS)
    (kept,) = TextTreebank(folder).trees("dev")
    (collapsed,) = TextTreebank(folder, collapse=True).trees("dev")
    assert (kept.height(), collapsed.height()) == (5, 4)


def test_trees_come_one_by_one(tmp_path):
    folder = text(tmp_path, dev=WORDS + "(broken\n")
    assert next(TextTreebank(folder).trees("dev")).leaves() == ["a"]


def test_the_fingerprint_follows_files_and_choices(tmp_path):
    treebank = TextTreebank(text(tmp_path, dev=WORDS))
    before = treebank.fingerprint("dev")
    assert treebank.fingerprint("dev") == before
    other = TextTreebank(tmp_path, collapse=True)
    assert other.fingerprint("dev") != before
    text(tmp_path, dev=WORDS + WORDS)
    assert treebank.fingerprint("dev") != before
