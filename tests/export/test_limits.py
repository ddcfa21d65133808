"""What no export can do."""

import pytest

from tfformer.config import CHART_METHODS, DecodeConfig
from tfformer.errors import ConfigError
from tfformer.export.limits import check_search


@pytest.mark.parametrize("method", ["sample", *CHART_METHODS])
def test_xla_compiles_only_what_follows_from_the_scores(method):
    config = DecodeConfig(method=method)
    check_search(config, jit_max_hypotheses=0)
    with pytest.raises(ConfigError, match=f"Received: {method}. Leave it out"):
        check_search(config, jit_max_hypotheses=16)


@pytest.mark.parametrize("method", ["greedy", "beam"])
def test_it_compiles_these(method):
    check_search(DecodeConfig(method=method), jit_max_hypotheses=16)


def test_a_beam_that_is_never_compiled_is_refused():
    check_search(DecodeConfig(beam_size=20), jit_max_hypotheses=20)
    greedy = DecodeConfig(method="greedy", beam_size=20)
    check_search(greedy, jit_max_hypotheses=1)
    with pytest.raises(ConfigError, match="Received: 19, with .*size=20"):
        check_search(DecodeConfig(beam_size=20), jit_max_hypotheses=19)
