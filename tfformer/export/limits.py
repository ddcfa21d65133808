"""What no export can do, said before a model is loaded."""

from tfformer.config import DecodeConfig
from tfformer.errors import ConfigError


def check_search(config: DecodeConfig, jit_compile: bool) -> None:
    """Raises for a search that XLA may not compile.

    Args:
        config: how to search.
        jit_compile: whether XLA is wanted.

    Raises:
        ConfigError: if it samples: XLA may draw other numbers.
    """
    if jit_compile and config.method == "sample":
        raise ConfigError(
            "`--jit_compile` needs a decode.method of greedy or beam: XLA "
            "may draw other numbers than the plain graph. Received: "
            "sample. Leave it out."
        )
