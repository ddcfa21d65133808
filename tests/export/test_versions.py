import pytest

from tfformer.errors import UserError
from tfformer.export.versions import new_version


def test_the_next_is_one_more_than_the_largest(tmp_path):
    folder = tmp_path / "model"
    assert new_version(folder) == folder / "1"
    for name in ("2", "10", "11.aside", "notes"):
        (folder / name).mkdir(parents=True)
    assert new_version(folder) == folder / "11"
    assert new_version(folder, 3) == folder / "3"


def test_what_is_there_is_kept(tmp_path):
    (tmp_path / "4").mkdir()
    with pytest.raises(UserError, match="Leave --version out for 5"):
        new_version(tmp_path, 4)
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="which is a file"):
        new_version(tmp_path / "file")


def test_a_folder_that_cannot_be_written_to_is_refused(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr("os.access", lambda path, _: seen.append(path))
    with pytest.raises(UserError, match="can be written to"):
        new_version(tmp_path / "not" / "there")
    assert seen == [tmp_path]
