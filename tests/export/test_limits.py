"""What no export can do."""

import pytest

from tfformer.config import CHART_METHODS, DecodeConfig
from tfformer.errors import ConfigError
from tfformer.export.limits import check_search


@pytest.mark.parametrize("method", ["sample", *CHART_METHODS])
def test_xla_compiles_only_what_follows_from_the_scores(method):
    config = DecodeConfig(method=method)
    check_search(config, jit_compile=False)
    with pytest.raises(ConfigError, match=f"Received: {method}. Leave it out"):
        check_search(config, jit_compile=True)


@pytest.mark.parametrize("method", ["greedy", "beam"])
def test_it_compiles_these(method):
    check_search(DecodeConfig(method=method), jit_compile=True)
