"""Raw English to Penn Treebank tokens, by rules that a graph can run too.

The rules are regular expressions that Python's `re` (in ASCII mode) and
TensorFlow's RE2 read alike, so that a served model tokenises as training does.
Conventions: Marcus et al. (1993) and the treebank's tokenisation guide. One
sentence a text: only the last full stop is taken off its word.
"""

import functools
import re

# What EVALB takes for a space, and what others take for one besides.
_ASCII_SPACES = r" \t\n\r\f\v"
_OTHER_SPACES = (
    r"\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}"
    r"\x{202f}\x{205f}\x{3000}"
)
# Pattern and replacement, in RE2's syntax, applied one after the other to a
# text between two spaces.
RULES = (
    (f"[{_ASCII_SPACES}{_OTHER_SPACES}]+", " "),
    # Quotation marks: opening after a space or a bracket, else closing.
    ("\u2019", "'"),
    ("\u2018", " ` "),
    ("[\u201c\u201e]|``", " `` "),
    ("\u201d|''", " '' "),
    (r'([ ([{<])"', r"\1 `` "),
    ('"', " '' "),
    # Dashes and dots.
    ("\u2014", " -- "),
    ("(--+)", r" \1 "),
    ("\u2026", "..."),
    (r"(\.\.\.)", r" \1 "),
    # Punctuation; commas and colons inside numbers stay.
    (r"([,:])([^0-9])", r" \1 \2"),
    (r"([^0-9 ])([,:])([0-9])", r"\1 \2 \3"),
    (r"([;?!%])", r" \1 "),
    (r"\$([0-9.])", r"$ \1"),
    (r"#([0-9])", r"# \1"),
    (r"([\[\](){}])", r" \1 "),
    (r"([^ .])(\.)([ )}\]']*) $", r"\1 \2 \3 "),
    # A quotation of one word, while no clitic looks like one; the apostrophe.
    (r" ['`]([^' ]+( +[.,?!] +)?)' ", r" ` \1 ' "),
    (r"([^' ])' ", r"\1 ' "),
    # Clitics and contractions.
    (r"([^' ])('[sSmMdD]|'ll|'LL|'re|'RE|'ve|'VE|n't|N'T) ", r"\1 \2 "),
    (r"\b([Cc][Aa][Nn])([Nn][Oo][Tt])\b", r"\1 \2"),
    (r"\b([Gg][Oo][Nn]|[Ww][Aa][Nn])([Nn][Aa])\b", r"\1 \2"),
    (r"\b([Gg][Oo][Tt])([Tt][Aa])\b", r"\1 \2"),
    (r"\b([Gg][Ii][Mm]|[Ll][Ee][Mm])([Mm][Ee])\b", r"\1 \2"),
    (r" ('[Tt])([Ii][Ss]|[Ww][Aa][Ss])\b", r" \1 \2"),
)
# Words in trees: a bracket would end the tree.
ESCAPES = (
    (r"\(", "-LRB-"),
    (r"\)", "-RRB-"),
)
# Only ASCII spaces separate words that come tokenised; another is part of its
# word, and is made visible so that no reader of the tree cuts there.
_TOKENIZED = (
    (f"[{_ASCII_SPACES}]+", " "),
    (f"[{_OTHER_SPACES}]", "_"),
    *ESCAPES,
)
_RAW = (*RULES, (" +", " "), *ESCAPES)


def rules(tokenized: bool) -> tuple[tuple[str, str], ...]:
    """Returns pattern and replacement of each step.

    Args:
        tokenized: whether a text's words are set apart already.
    """
    return _TOKENIZED if tokenized else _RAW


def to_words(text: str, tokenized: bool = False) -> str:
    """Tokenises one sentence.

    Args:
        text: any text.
        tokenized: whether its words are set apart already; then only spaces
            are made single and, inside words, visible, and round brackets
            escaped.

    Returns:
        The words, joined by single spaces.
    """
    text = f" {text} "
    for pattern, replacement in rules(tokenized):
        text = _compiled(pattern).sub(replacement, text)
    return text.strip(" ")


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    r"""Compiles RE2's syntax for Python: \x{a0} is \u00a0 there."""
    pattern = re.sub(
        r"\\x\{([0-9a-f]+)\}", lambda m: f"\\u{int(m[1], 16):04x}", pattern
    )
    return re.compile(pattern, re.ASCII)
