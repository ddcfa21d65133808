"""What no export can do, said before a model is loaded."""

from tfformer.config import DecodeConfig, ModelConfig
from tfformer.cost.parameters import head_dims
from tfformer.errors import ConfigError

# CTranslate2's, of weights.
QUANTIZATIONS = (
    "float32",
    "int8",
    "int8_float32",
    "int16",
    "float16",
    "bfloat16",
)


def check_search(config: DecodeConfig, jit_max_hypotheses: int) -> None:
    """Raises for a search that XLA is not to compile.

    Args:
        config: how to search.
        jit_max_hypotheses: how many XLA is wanted for; 0 where it is not.

    Raises:
        ConfigError: if it samples, as XLA may draw other numbers, fills a
            chart, whose loops follow the sentence's length, or has a beam of
            more hypotheses than that.
    """
    if not jit_max_hypotheses:
        return
    if config.method not in ("greedy", "beam"):
        raise ConfigError(
            "`--jit_compile` needs a decode.method of greedy or beam: XLA "
            "may draw other numbers than the plain graph, and knows no "
            f"charts. Received: {config.method}. Leave it out."
        )
    if config.hypotheses > jit_max_hypotheses:
        raise ConfigError(
            "`--jit_max_hypotheses` must be at least decode.beam_size, or "
            f"nothing is compiled. Received: {jit_max_hypotheses}, with "
            f"decode.beam_size={config.beam_size}. Leave --jit_compile out, "
            f"or try --jit_max_hypotheses={config.beam_size}."
        )


def check_ctranslate2(config: ModelConfig, quantization: str) -> None:
    """Raises where CTranslate2 computes something else.

    Args:
        config: of a translation model.
        quantization: of its weights.

    Raises:
        ConfigError: if CTranslate2 has no such model or quantization.
    """
    cure = "Try python -m tools.export_saved_model."
    if quantization not in QUANTIZATIONS:
        raise ConfigError(
            f"`--quantization` must be one of {', '.join(QUANTIZATIONS)}. "
            f"Received: {quantization}. Try --quantization=int8."
        )
    if config.attention_window:
        raise ConfigError(
            "`model.attention_window` must be 0: CTranslate2 attends to all "
            f"positions. Received: {config.attention_window}. {cure}"
        )
    names = ("key_dim", "value_dim")
    for name, width in zip(names, head_dims(config), strict=True):
        if width * config.num_heads != config.model_dim:
            raise ConfigError(
                f"`model.{name}` must be model_dim / num_heads for "
                f"CTranslate2. Received: {width}, with model_dim="
                f"{config.model_dim} and num_heads={config.num_heads}. {cure}"
            )
