import json

import pytest

from tfformer.errors import DataError, UserError
from tfformer.visual.curves import (
    choose,
    panels,
    read_metrics,
    save_curves,
)
from tfformer.visual.figure import check_picture

LINES = [
    {"step": 50, "loss": 8.0, "learning_rate": 0.1},
    {"step": 100, "loss": 7.0, "learning_rate": 0.2},
    {"step": 100, "dev_loss": 6.0, "dev_bleu": 3.0, "signature": "nrefs:1"},
]


def test_every_number_is_in_one_panel(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in LINES))
    series = read_metrics(path)
    assert series["loss"] == [(50, 8.0), (100, 7.0)]
    drawn = [name for _, names in panels(series) for name in names]
    assert sorted(drawn) == ["dev_bleu", "dev_loss", "learning_rate", "loss"]


def test_a_last_line_that_is_cut_short_is_passed_over(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 1, "loss": 8.0}\n{"step": 2, "lo')
    assert read_metrics(path) == {"loss": [(1, 8.0)]}
    path.write_text('{"step": 1, "loss": 8.0}')
    assert read_metrics(path) == {"loss": [(1, 8.0)]}


def test_some_curves_are_chosen():
    series = {"loss": [(1, 2.0)], "dev_f1": [(1, 3.0)]}
    assert choose(series, []) == series
    assert choose(series, ["dev_f1"]) == {"dev_f1": [(1, 3.0)]}
    with pytest.raises(UserError, match="'bleu'. There are loss, dev_f1"):
        choose(series, ["bleu"])


def test_curves_become_a_picture(tmp_path):
    pytest.importorskip("matplotlib", reason="in the extra [bench]")
    path = tmp_path / "curves.png"
    save_curves({"loss": [(1, 2.0), (2, 1.0)]}, path, "a run")
    assert path.read_bytes().startswith(b"\x89PNG")
    assert [p.name for p in tmp_path.iterdir()] == ["curves.png"]


@pytest.mark.parametrize(
    "text, told",
    [
        (None, "no such file"),
        ("", "no line yet"),
        ('{"step": 1}\nhalf\n', r"metrics\.jsonl:2: not a line"),
        ('{"step": 1, "lo', "no line yet"),
        ('{"loss": 1}\n', r"metrics\.jsonl:1: not a line"),
        ('{"step": null}\n', r"metrics\.jsonl:1: not a line"),
        ('{"step": Infinity}\n', r"metrics\.jsonl:1: not a line"),
        ("[1]\n", r"metrics\.jsonl:1: not a line"),
        ('{"step": "\udcff"}\n', r"metrics\.jsonl:1: not a line"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path, text, told):
    path = tmp_path / "metrics.jsonl"
    if text is not None:
        path.write_text(text, errors="surrogateescape")
    with pytest.raises(DataError, match=told):
        read_metrics(path)


def test_a_picture_has_a_picture_s_name():
    with pytest.raises(UserError, match="must end in one of .png"):
        check_picture("curves.txt", "output")
