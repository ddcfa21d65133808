"""Languages whose words neither spaces nor punctuation set apart."""

import re

# Written without spaces or, Korean, with endings that are words elsewhere;
# each by its codes of two and of three letters and the suffixes cn and jp that
# files often have, with the tokenizer of sacreBLEU that is made for it.
_TOKENIZERS = {
    "zh": "zh zho chi cmn lzh yue wuu cn",
    "ja-mecab": "ja jpn jp",
    "ko-mecab": "ko kor",
    "flores200": "th tha lo lao km khm my mya bur bo bod tib dz dzo",
}
_BY_LANGUAGE = {
    code: tokenizer
    for tokenizer, codes in _TOKENIZERS.items()
    for code in codes.split()
}
# Tokenizers that look for spaces and punctuation.
_OF_SPACES = ("13a", "intl")


def has_words(language: str) -> bool:
    """Tells whether a tokenizer of spaces and punctuation finds words.

    Args:
        language: such as "de"; of "zh-CN" or "zho_Hans", what comes first
            counts.
    """
    return language_code(language) not in _BY_LANGUAGE


def better_tokenizer(language: str, tokenize: str) -> str | None:
    """Returns sacreBLEU's tokenizer for a language, if another was used.

    Args:
        language: as of `has_words`.
        tokenize: the tokenizer of sacreBLEU that was used.

    Returns:
        None if nothing speaks against the one that was used.
    """
    if tokenize not in _OF_SPACES:
        return None
    return _BY_LANGUAGE.get(language_code(language))


def language_code(language: str) -> str:
    """Returns the "de" of "de", "de-AT" and "de_AT"."""
    return re.split(r"[^a-z]", language.lower())[0]
