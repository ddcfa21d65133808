import pytest

from tfformer.data.parallel import pair_lines, require_as_many_lines
from tfformer.errors import DataError

NAMES = ("D/a.en", "<stdin>")


def test_lines_come_in_pairs():
    pairs = list(pair_lines(iter(["a", "", "c"]), ["A", "B", ""], NAMES))
    assert pairs == [("a", "A"), ("", "B"), ("c", "")]
    assert list(pair_lines([], [], NAMES)) == []


@pytest.mark.parametrize(("source", "target"), [(2, 5), (4, 3), (0, 1), (1, 0)])
def test_streams_that_end_apart_are_counted_to_the_end(source, target):
    """Empty lines are lines, also where the other text has ended."""
    pairs = pair_lines(iter([""] * source), iter([""] * target), NAMES)
    for _ in range(min(source, target)):
        assert next(pairs) == ("", "")
    with pytest.raises(DataError) as told:
        next(pairs)
    assert str(told.value) == (
        f"D/a.en:{min(source, target) + 1}: source and target must have as "
        f"many lines. Received: {source} lines in a.en, {target} in <stdin>. "
        "Align the files line by line."
    )


def test_files_of_one_name_are_told_apart(tmp_path):
    paths = [tmp_path / side / "text" for side in ("en", "de")]
    for path, text in zip(paths, ("a\nb\n", "A\nB\nC"), strict=True):
        path.parent.mkdir()
        path.write_text(text)
    told = f"Received: 2 lines in {paths[0]}, 3 in {paths[1]}"
    with pytest.raises(DataError, match=told):
        require_as_many_lines(paths)
    paths[0].write_text("\n\n\n")
    assert require_as_many_lines(paths) == 3
