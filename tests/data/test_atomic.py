import pytest

from tfformer.data.atomic import written_aside


def test_a_file_appears_whole(tmp_path):
    path = tmp_path / "new" / "file"
    with written_aside(path) as aside:
        aside.write_text("content")
        assert not path.exists()
    assert path.read_text() == "content"
    assert [p.name for p in path.parent.iterdir()] == ["file"]


def test_a_failure_leaves_the_old_content_and_no_trace(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(RuntimeError), written_aside(path) as aside:
        aside.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_folder_in_use_is_not_replaced(tmp_path):
    path = tmp_path / "folder"
    path.mkdir()
    (path / "kept").write_text("x")
    with pytest.raises(OSError), written_aside(path) as aside:
        aside.mkdir()
    assert (path / "kept").exists()
