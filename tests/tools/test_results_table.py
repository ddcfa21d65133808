import csv

import pytest

from tests.conftest import ROOT
from tfformer.config import override
from tfformer.errors import UserError
from tfformer.tasks.task import get_preset
from tools.results_table import allowed, read_results

TABLE = ROOT / "docs" / "results.csv"


def test_what_is_not_in_the_table_is_refused(tmp_path):
    with pytest.raises(UserError, match="`--name` must be one of"):
        read_results(TABLE, "nothing")
    with pytest.raises(UserError, match="`--results`: .*No such file"):
        read_results(tmp_path / "none.csv", "nothing")


def test_room_grows_with_the_deviation():
    assert allowed(0.0) == allowed(0.1) == 0.5
    assert allowed(1.0) == 3.0


def test_every_line_of_the_table_can_be_run():
    with open(TABLE, encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    # A comma without quotes would move what follows it.
    assert all(None not in line for line in lines)
    assert "wsj_sample_chart_short" in {line["name"] for line in lines}
    for line in lines:
        override(get_preset(line["preset"]), line["settings"].split())
        assert float(line["score"]) > 0


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("name,", "title,"), r"table.csv:2: .*none for name"),
        ((",dev,f1,0,56.39", ""), r"table.csv:2: .*none for "),
        ((",dev,f1,0,56.39", ",a,b,dev,f1,0,56.39"), "Received: .* beyond"),
        (("56.39", "x"), r"table.csv:2: `score` must be a number"),
        (("name", "n\udcff"), "must be a table"),
    ],
)
def test_a_damaged_table_is_refused_before_anything_is_trained(
    change, told, tmp_path
):
    text = TABLE.read_text().replace(*change, 1)
    path = tmp_path / "table.csv"
    path.write_text(text, errors="surrogateescape")
    with pytest.raises(UserError, match=told):
        read_results(path, "wsj_sample_chart_short")
