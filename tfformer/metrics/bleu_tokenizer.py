"""sacreBLEU's tokenizers: what some need besides, and how to come by it."""

import contextlib
import http.client
import os
import pathlib
from collections.abc import Iterator

import sacrebleu
from sacrebleu.metrics import BLEU
from sacrebleu.tokenizers.tokenizer_spm import SPM_MODELS
from sacrebleu.utils import SACREBLEU_DIR

from tfformer.errors import ConfigError
from tfformer.progress import announce

# What pip calls sacreBLEU with a tokenizer's packages.
_EXTRAS = {"ja-mecab": "sacrebleu[ja]", "ko-mecab": "sacrebleu[ko]"}
# What a package, a model or a download that is not to be had ends in;
# AssertionError, where a dictionary is another one than sacreBLEU's.
_FAILURES = (
    AssertionError,
    ImportError,
    OSError,
    RuntimeError,
    http.client.HTTPException,
)


@contextlib.contextmanager
def loading(tokenize: str) -> Iterator[None]:
    """Tells what sacreBLEU downloads in the body, and why it cannot.

    Args:
        tokenize: the tokenizer that the body has sacreBLEU load.

    Raises:
        ConfigError: if this sacreBLEU has none of that name, or its packages
            or its model cannot be loaded.
    """
    if tokenize not in BLEU.TOKENIZERS:
        # Its versions differ in them.
        raise ConfigError(
            "`tokenize` (data.bleu_tokenize) must be a tokenizer of sacreBLEU "
            f"{sacrebleu.__version__}. Received: {tokenize!r}. Try one of "
            f"{', '.join(BLEU.TOKENIZERS)}."
        )
    model = _model(tokenize)
    if model is not None and not model[1].exists():
        announce(f"sacreBLEU downloads {model[0]} to {model[1]}")
    try:
        yield
    except _FAILURES as error:
        if tokenize in _EXTRAS:
            why = "whose packages are not installed, or not sacreBLEU's"
            cure = f"Try python -m pip install '{_EXTRAS[tokenize]}'."
        elif model is not None:
            why = f"whose model could not be read ({_line(error)})"
            cure = f"Download {model[0]} and save it as {model[1]}."
        else:
            raise
        raise ConfigError(
            "`tokenize` (data.bleu_tokenize) must be a tokenizer that "
            f"sacreBLEU can load here. Received: {tokenize}, {why}. {cure}"
        ) from error


def _model(tokenize: str) -> tuple[str, pathlib.Path] | None:
    """Returns where a tokenizer's SentencePiece model comes from and lies."""
    if tokenize not in SPM_MODELS:
        return None
    url = SPM_MODELS[tokenize]["url"]
    return url, pathlib.Path(SACREBLEU_DIR, "models", os.path.basename(url))


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())
