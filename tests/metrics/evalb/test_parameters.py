import pytest

from tests.metrics.evalb.trees import COLLINS, NK
from tfformer.errors import DataError
from tfformer.metrics.evalb import Parameters, read_parameters


def read(tmp_path, text, start=None):
    path = tmp_path / "own.prm"
    path.write_text(text, encoding="utf-8")
    return read_parameters(path, start)


def test_the_defaults_are_those_of_evalb_without_a_file():
    found = Parameters()
    assert (found.cutoff, found.max_error, found.labeled) == (40, 10, 1)
    assert not found.delete_labels | found.delete_labels_for_length
    assert not found.equal_labels | found.equal_words


def test_collins_and_nk_are_built_in():
    punctuation = {",", ":", "``", "''", "."}
    assert COLLINS.delete_labels == {"TOP", "-NONE-"} | punctuation
    assert NK.delete_labels == COLLINS.delete_labels | {"S1", "?", "!"}
    assert COLLINS.quote_labels == set()
    assert NK.quote_labels == {"``", "''", "POS", "NN", "CD", "VBZ", ":"}
    assert (COLLINS.max_error, NK.max_error) == (10, 10000)
    for found in (COLLINS, NK):
        assert found.delete_labels_for_length == {"-NONE-"}
        assert found.equal_labels == {("ADVP", "PRT")}
        assert found.equal_words == set()
        assert (found.labeled, found.cutoff, found.warnings) == (1, 40, ())


def test_every_key_is_read(tmp_path):
    found = read(
        tmp_path,
        "# a comment\n\nx\n"
        "DEBUG 1\nMAX_ERROR 7\nCUTOFF_LEN  70 \t\nLABELED 0\r\n"
        "DELETE_LABEL ROOT\nDELETE_LABEL_FOR_LENGTH *\nQUOTE_LABEL POS\n"
        "EQ_LABEL A\tB\nEQ_WORD Ä ä",
    )
    assert found == Parameters(
        delete_labels=frozenset({"ROOT"}),
        delete_labels_for_length=frozenset({"*"}),
        quote_labels=frozenset({"POS"}),
        equal_labels=frozenset({("A", "B")}),
        equal_words=frozenset({("Ä", "ä")}),
        labeled=0,
        cutoff=70,
        max_error=7,
    )
    assert found.warnings == ()


def test_a_second_file_adds_labels_and_replaces_numbers(tmp_path):
    found = read(tmp_path, "DELETE_LABEL S1\nMAX_ERROR 3\n", COLLINS)
    assert found.delete_labels == COLLINS.delete_labels | {"S1"}
    assert (found.max_error, found.cutoff) == (3, 40)


@pytest.mark.parametrize(
    "line, warning",
    [
        ("DISC_ONLY 1", "own.prm:2: unknown keyword 'DISC_ONLY'"),
        (" LABELED 1", "own.prm:2: unknown keyword ' LABELED 1'"),
        ("EQ_LABEL A", "own.prm:2: EQ_LABEL requires two values"),
        ("EQ_WORD a b c", "own.prm:2: EQ_WORD requires two values"),
        ("DELETE_LABEL  ", "own.prm:2: empty value of DELETE_LABEL"),
    ],
)
def test_strange_lines_are_passed_over_with_a_warning(tmp_path, line, warning):
    found = read(tmp_path, f"# strange\n{line}\n")
    assert found == Parameters()
    assert found.warnings[0].endswith(warning)


@pytest.mark.parametrize(
    "line",
    [
        "DELETE_LABEL TOP S1",
        "DELETE_LABEL TOP # root",
        "DELETE_LABEL_FOR_LENGTH (TOP",
        "QUOTE_LABEL ``\t''",
    ],
)
def test_a_label_that_no_tree_can_have_is_told(tmp_path, line):
    """It is one label to EVALB, with its space."""
    key, value = line.split(maxsplit=1)
    found = read(tmp_path, f"{line}\n")
    (warning,) = found.warnings
    assert warning.endswith(
        f"own.prm:1: {key} takes one label to the line's end, and no tree can "
        f"have {value!r}; write a line for each"
    )
    assert value in {
        *found.delete_labels,
        *found.delete_labels_for_length,
        *found.quote_labels,
    }


def test_a_number_that_is_none_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"own.prm:1: CUTOFF_LEN .* 'all'"):
        read(tmp_path, "CUTOFF_LEN all\n")


def test_a_missing_file_is_refused_and_the_names_are_told():
    with pytest.raises(DataError, match="COLLINS, nk. Received: nowhere.prm"):
        read_parameters("nowhere.prm")


def test_equality_is_symmetric_and_not_transitive(tmp_path):
    found = read(tmp_path, "EQ_LABEL A B\nEQ_LABEL B C\nEQ_WORD x y\n")
    assert found.same_label("A", "B") and found.same_label("B", "A")
    assert found.same_label("C", "B") and not found.same_label("A", "C")
    assert found.same_word("y", "x") and not found.same_word("x", "X")


def test_what_equals_a_deleted_label_is_deleted_as_a_bracket(tmp_path):
    found = read(tmp_path, "DELETE_LABEL PRT\nEQ_LABEL ADVP PRT\n")
    assert found.deleted_brackets == {"PRT", "ADVP"}
    assert found.delete_labels == {"PRT"}
