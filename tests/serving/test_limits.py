import pytest

from tfformer.errors import ConfigError
from tfformer.serving.limits import Limits, read_limits


def test_limits_must_make_sense():
    with pytest.raises(ConfigError, match="`sentences`.*Try sentences=128"):
        Limits(sentences=0)
    with pytest.raises(ConfigError, match="Try padded_bytes=10"):
        Limits(sentence_characters=10, padded_bytes=9)
    with pytest.raises(ConfigError, match="Try attention_pairs=100"):
        Limits(sentence_characters=10, attention_pairs=99)


def test_what_is_counted_is_whole_and_what_is_timed_need_not_be():
    found = read_limits({"sentences": 64.0, "deadline_seconds": 0.5})
    assert found == Limits(sentences=64, deadline_seconds=0.5)
    assert type(found.sentences) is int


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"sentences": 0.5}, "`--limit=sentences`.*0.5. Try.*sentences=1"),
        ({"sentences": 64.9}, "whole number. Received: 64.9. Try.*=65"),
        ({"x": 1.0}, "must name one of body_bytes.*Received: x"),
    ],
)
def test_a_wrong_limit_is_refused(given, said):
    with pytest.raises(ConfigError, match=said):
        read_limits(given)
