import signal
import types

import pytest

from tfformer.errors import ConfigError
from tfformer.serving.metrics import Metrics
from tfformer.serving.server import address, open_socket, open_versions, stop


def test_a_second_signal_ends_at_once():
    codes, told = [], []
    server = types.SimpleNamespace(
        should_exit=False, handle_exit=lambda number, frame: told.append(number)
    )
    stop(server, signal.SIGTERM, codes.append)
    assert (told, codes) == ([signal.SIGTERM], [])
    server.should_exit = True
    stop(server, signal.SIGTERM, codes.append)
    stop(server, signal.SIGINT, codes.append)
    assert codes == [143, 130]


@pytest.mark.parametrize("name", ["a/b", "a:b", "en#de", "en?de", "a b", "%41"])
def test_a_name_that_no_request_reaches_is_refused(tmp_path, name):
    with pytest.raises(ConfigError, match="`--model_name`.*Try --model_name="):
        open_versions(str(tmp_path), name, 1, {}, Metrics())
    (tmp_path / "fine").mkdir()
    found = open_versions(str(tmp_path / "fine"), None, 1, {}, Metrics())
    assert found.name == "fine"


def test_an_address_is_what_an_url_has():
    pair = ("::1", 8501, 0, 0)
    listener = types.SimpleNamespace(getsockname=lambda: pair)
    assert address(listener) == "[::1]:8501"
    listener = types.SimpleNamespace(getsockname=lambda: ("127.0.0.1", 80))
    assert address(listener) == "127.0.0.1:80"


def test_a_host_that_is_no_name_is_refused():
    with pytest.raises(ConfigError, match="`--host` and `--port`"):
        open_socket("x..y", 0)
