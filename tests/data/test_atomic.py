import pytest

from tfformer.data.atomic import (
    remove_remains,
    unwritable_parent,
    written_aside,
)


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


def test_remains_of_killed_processes_are_removed(tmp_path):
    (tmp_path / ".step-3.tmp-17-a1").mkdir()
    (tmp_path / ".step-3.tmp-17-a1" / "file").write_text("half")
    (tmp_path / ".config.json.tmp-18-b2").write_text("half")
    (tmp_path / ".hidden").write_text("kept")
    (tmp_path / "step-2").mkdir()
    remove_remains(tmp_path)
    remove_remains(tmp_path / "absent")
    assert sorted(p.name for p in tmp_path.iterdir()) == [".hidden", "step-2"]


def test_only_remains_of_that_name_are_removed(tmp_path):
    (tmp_path / ".step-3.tmp-17-a1").mkdir()
    (tmp_path / ".averaged.tmp-18-b2").mkdir()
    remove_remains(tmp_path, "step-*")
    assert [p.name for p in tmp_path.iterdir()] == [".averaged.tmp-18-b2"]


def test_the_folder_one_is_in_has_a_name(tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    with written_aside(".") as aside:
        aside.mkdir()
        (aside / "file").touch()
    assert [p.name for p in (tmp_path / "empty").iterdir()] == ["file"]


def test_an_error_names_what_was_asked_for(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "kept").touch()
    path = tmp_path / "folder"
    with pytest.raises(OSError) as caught, written_aside(path) as aside:
        aside.write_text("x")
    assert caught.value.filename == str(path)


def test_two_writers_of_one_process_id_do_not_meet(tmp_path):
    with written_aside(tmp_path / "file") as one:
        one.write_text("one")
        with written_aside(tmp_path / "file") as other:
            other.write_text("other")
        assert (tmp_path / "file").read_text() == "other"
    assert (tmp_path / "file").read_text() == "one"


def test_what_keeps_a_path_from_being_written_is_found(tmp_path):
    (tmp_path / "file").touch()
    assert unwritable_parent(tmp_path / "a" / "b" / "c") is None
    assert unwritable_parent(tmp_path / "file" / "b" / "c") == (
        tmp_path / "file"
    )
