"""What no export can do, said before a model is loaded."""

from tfformer.config import DecodeConfig
from tfformer.errors import ConfigError


def check_search(config: DecodeConfig, jit_compile: bool) -> None:
    """Raises for a search that XLA is not to compile.

    Args:
        config: how to search.
        jit_compile: whether XLA is wanted.

    Raises:
        ConfigError: if it samples, as XLA may draw other numbers, or fills a
            chart, whose loops follow the sentence's length.
    """
    if jit_compile and config.method not in ("greedy", "beam"):
        raise ConfigError(
            "`--jit_compile` needs a decode.method of greedy or beam: XLA "
            "may draw other numbers than the plain graph, and knows no "
            f"charts. Received: {config.method}. Leave it out."
        )
