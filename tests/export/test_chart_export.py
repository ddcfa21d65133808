"""A chart parser's export, loaded where nothing of this repository is."""

import pytest

from tests.conftest import export
from tests.export.served import assert_served_as_decoded
from tests.pipelines.test_parsing_programs import ODD_LINES
from tfformer.data.pocket import triples

LINES = [triple.english for triple in triples("test", 93)] + ODD_LINES


@pytest.mark.slow
def test_it_equals_decode_string_by_string(trained_chart_parser, tmp_path):
    exported = export(trained_chart_parser, tmp_path / "parser") / "1"
    assert_served_as_decoded(exported, trained_chart_parser, LINES, tmp_path)
