"""Versions follow their folders and never leave a gap."""

import asyncio
import shutil

import pytest

from tests.serving.conftest import fake_model
from tfformer.errors import DataError
from tfformer.serving.metrics import Metrics
from tfformer.serving.rest_error import RestError
from tfformer.serving.versions import Versions


def add(folder, number, content="model"):
    (folder / str(number)).mkdir(exist_ok=True)
    (folder / str(number) / "saved_model.pb").write_text(content)


def load(path):
    if (path / "saved_model.pb").read_text() == "broken":
        raise ValueError("cannot be read\nmore")
    return fake_model(int(path.name))


def make(folder, **settings):
    return Versions(folder, load, "tiny", Metrics(), **settings)


def states(versions):
    return {n: state for n, (state, _) in versions.statuses().items()}


def test_the_newest_takes_over_and_the_old_goes_when_unused(tmp_path):
    async def test():
        add(tmp_path, 1)
        versions = make(tmp_path)
        await versions.start()
        with versions.held(None, None) as held:
            assert held.number == 1
            add(tmp_path, 10)
            await versions.refresh()
            assert versions.available() == [10]
            assert states(versions) == {10: "AVAILABLE", 1: "UNLOADING"}
            with versions.held(None, None) as newer:
                assert newer.number == 10
        assert states(versions) == {10: "AVAILABLE", 1: "END"}
        # The newest is taken back.
        shutil.rmtree(tmp_path / "10")
        await versions.refresh()
        assert versions.available() == [1]
        shutil.rmtree(tmp_path / "1")
        await versions.refresh()
        assert versions.available() == []
        with pytest.raises(RestError, match=r"Latest\(tiny\)"):
            versions.number(None, None)

    asyncio.run(test())


def test_a_broken_version_leaves_the_served_one_alone(tmp_path):
    async def test():
        add(tmp_path, 1)
        versions = make(tmp_path)
        await versions.start()
        add(tmp_path, 2, "broken")
        for _ in range(2):
            await versions.refresh()
            assert versions.available() == [1]
        assert versions.statuses()[2] == (
            "END",
            "version 2: cannot be read",
        )
        add(tmp_path, 2, "mended")
        await versions.refresh()
        assert versions.available() == [2]

    asyncio.run(test())


def test_a_broken_version_leaves_the_one_before_it_to_a_restart(tmp_path):
    async def test():
        add(tmp_path, 1)
        add(tmp_path, 2, "broken")
        add(tmp_path, 3, "broken")
        versions = make(tmp_path)
        await versions.start()
        assert versions.available() == [1]
        add(tmp_path, 3, "mended")
        await versions.refresh()
        assert versions.available() == [3]

    asyncio.run(test())


def test_several_versions_labels_and_odd_names(tmp_path):
    async def test():
        for number in (1, 2, 3):
            add(tmp_path, number)
        for name in ("0x4", "04", "4.tmp", "\u0664"):
            add(tmp_path, name)
        (tmp_path / "5").mkdir()
        versions = make(tmp_path, num_versions=2, labels={"old": 2, "gone": 1})
        await versions.start()
        assert versions.available() == [3, 2]
        assert versions.number("2", None) == 2
        assert versions.number(None, "old") == 2
        for version, label in (
            ("1", None),
            ("9" * 9999, None),
            (None, "gone"),
            (None, "../old"),
        ):
            with pytest.raises(RestError) as caught:
                versions.number(version, label)
            assert caught.value.status == 404

    asyncio.run(test())


def test_version_0_is_one(tmp_path):
    async def test():
        add(tmp_path, 0)
        versions = make(tmp_path)
        await versions.start()
        assert versions.number("0", None) == versions.number("00", None) == 0

    asyncio.run(test())


def test_nothing_to_serve_says_how_to_make_it(tmp_path):
    with pytest.raises(DataError, match="export_saved_model"):
        asyncio.run(make(tmp_path).start())
    add(tmp_path, 1, "broken")
    with pytest.raises(DataError, match="cannot be read"):
        asyncio.run(make(tmp_path).start())
