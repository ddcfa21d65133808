"""The BLEU that the paper reports: tokenised, with compounds split.

What tensor2tensor's `get_ende_bleu.sh` measures: Unicode punctuation replaced
as by Moses's script, Moses's tokenizer with its escapes, hyphens inside words
set apart as "##AT##-##AT##", then Moses's `multi-bleu.perl`, with case and
without smoothing. It is higher than sacreBLEU, which scores text as it is read.
"""

import functools
import importlib.metadata
import re
from collections.abc import Callable, Sequence

from tfformer.metrics.bleu import BleuStats, bleu_stats
from tfformer.metrics.unspaced import language_code

_COMPOUND = re.compile(r"(\S)-(\S)")


def paper_bleu_stats(
    hypotheses: Sequence[str], references: Sequence[str], language: str
) -> BleuStats:
    """Counts n-grams of tokenised texts.

    Both sides are raw text and go through the same steps. (The script has a
    reference that was tokenised beforehand.)

    Args:
        hypotheses: one text for each reference.
        references: one reference each.
        language: of both, such as "de"; the tokenizer takes English
            abbreviations for a language that it does not know.

    Raises:
        ValueError: if there are not as many hypotheses as references.
    """
    tokenize = tokenizer(language)
    return bleu_stats(
        [tokenize(text) for text in hypotheses],
        [tokenize(text) for text in references],
        tokenize="none",
        smooth="none",
    )


@functools.cache
def tokenizer(language: str) -> Callable[[str], str]:
    """Returns what makes a text tokens with spaces between.

    Args:
        language: such as "de"; of "de-AT" or "de_AT", "de" counts.
    """
    from sacremoses import MosesPunctNormalizer, MosesTokenizer

    code = language_code(language) or "en"
    moses, punctuation = MosesTokenizer(code), MosesPunctNormalizer(code)

    def tokenize(text: str) -> str:
        plain = punctuation.replace_unicode_punct(text)
        return split_compounds(moses.tokenize(plain, return_str=True))

    return tokenize


def split_compounds(text: str) -> str:
    """Sets hyphens inside words apart: "a-b" to "a ##AT##-##AT## b".

    Of two hyphens around one letter only the first is, as in the script.
    """
    return _COMPOUND.sub(r"\1 ##AT##-##AT## \2", text)


def paper_signature(language: str) -> str:
    """Says how the score came about, in the manner of sacreBLEU."""
    versions = ".".join(
        f"{name}-{importlib.metadata.version(name)}"
        for name in ("sacremoses", "sacrebleu")
    )
    return (
        f"nrefs:1|case:mixed|eff:no|tok:moses-{language}|punctuation:moses|"
        f"compounds:split|smooth:none|version:{versions}"
    )
