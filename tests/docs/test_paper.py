"""The map leaves out nothing of the paper, and each row leads somewhere."""

import re

import pytest

from bench.margins import QUESTIONS
from tests.conftest import ROOT
from tests.docs.links import commands

TEXT = (ROOT / "docs" / "paper.md").read_text(encoding="utf-8")
PLACES = [
    *(f"Section {number}" for number in (1, 2, 3, 4, 5, 6, 7)),
    *(f"Section 3.{number}" for number in (1, 2, 3, 4, 5)),
    *(f"Section 3.2.{number}" for number in (1, 2, 3)),
    *(f"Section 5.{number}" for number in (1, 2, 3, 4)),
    *(f"Section 6.{number}" for number in (1, 2, 3)),
    *(f"Equation {number}" for number in (1, 2, 3)),
    *(f"Table {number}" for number in (1, 2, 3, 4)),
    *(f"Figure {number}" for number in (1, 2, 3, 4, 5)),
    *("Footnote 4", "Footnote 5", "MultiHead}(Q,K,V)", "PE_{(pos,2i)}"),
]


def rows():
    """Cells of the rows of the map, headings left out."""
    return [
        line.strip("| ").split(" | ")
        for line in TEXT.partition("## Questions")[0].splitlines()
        if line.startswith("|") and not re.match(r"\| (paper|---) ", line)
    ]


@pytest.mark.parametrize("place", PLACES)
def test_every_place_of_the_paper_has_a_row(place):
    # "Figures 3, 4 and 5" are five words that name three places.
    kind, _, number = place.partition(" ")
    pattern = rf"{kind}s?[ ,\dand]*\b{number}(?![.\d])" if number else None
    assert any(
        re.search(pattern, row[0], re.IGNORECASE)
        if pattern
        else place in row[0]
        for row in rows()
    )


def test_every_row_names_what_realises_it_and_a_test():
    for row in rows():
        assert len(row) == 3, row
        assert "](" in row[1] or "`python" in row[1], row
        assert re.search(r"\[`test_\w+`\]\(\.\./tests/", row[2]), row


def test_every_answer_has_its_command():
    _, *answers = TEXT.partition("## Questions")[2].split("\n### ")
    for answer in answers:
        assert any(
            program.startswith("bench.") for program, _ in commands(answer)
        ), answer.splitlines()[0]


def test_every_question_has_its_command():
    asked = {
        arguments[0]
        for program, arguments in commands(TEXT)
        if program == "bench.margins" and arguments
    }
    assert asked - {"NAME"} == set(QUESTIONS)
