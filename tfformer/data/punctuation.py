"""The Penn tag of a token that is punctuation, from the words alone.

EVALB deletes punctuation by its tag, not by its word, and then compares words
by position. A parse must therefore tag as punctuation exactly the tokens that
the treebank does, or the whole sentence is an error. For most tokens the word
decides.
"""

import re
from collections.abc import Container, Sequence

UNKNOWN_TAG = "XX"
_TERMINAL = re.compile(r"\(([^\s()]+) ([^\s()]+)\)")
# The tags that EVALB's COLLINS.prm deletes, and that new.prm deletes besides.
DELETED_TAGS = frozenset((",", ":", "``", "''", "."))
SOMETIMES_DELETED_TAGS = frozenset(("?", "!", "TOP", "S1", "-NONE-"))
# A hyphen and an en dash are not here: they are part of a compound (HYPH) or a
# formula (SYM) 50 times for each time that they are a dash (measured on CRAFT).
KNOWN_TAGS = {
    ",": ",",
    ".": ".",
    "?": ".",
    "!": ".",
    ":": ":",
    ";": ":",
    "--": ":",
    "...": ":",
    "\u2014": ":",
    "\u2026": ":",
    "``": "``",
    "`": "``",
    "\u201c": "``",
    "\u2018": "``",
    "''": "''",
    "\u201d": "''",
    "\u2019": "''",
    '"': "''",
    "-LRB-": "-LRB-",
    "-LSB-": "-LRB-",
    "-LCB-": "-LRB-",
    "(": "-LRB-",
    "[": "-LRB-",
    "{": "-LRB-",
    "-RRB-": "-RRB-",
    "-RSB-": "-RRB-",
    "-RCB-": "-RRB-",
    ")": "-RRB-",
    "]": "-RRB-",
    "}": "-RRB-",
    "$": "$",
    "#": "#",
}


def punctuation_tags(words: Sequence[str]) -> list[str]:
    """Tags punctuation; every other word is `XX`.

    The word `'` is a possessive (the dogs ' tails), which EVALB counts, unless
    a single quotation mark is open: then it closes that.

    Args:
        words: a sentence in Penn tokens.

    Returns:
        A tag for each word.
    """
    tags = []
    quoted = False
    for word in words:
        if word == "'" and quoted:
            tags.append("''")
            quoted = False
        else:
            tags.append(KNOWN_TAGS.get(word, UNKNOWN_TAG))
            quoted |= word == "`"
    return tags


def settle_tag(
    tag: str, guess: str, word: str, ambiguous: Container[str]
) -> str:
    """Decides between a predicted tag and what the word says.

    A wrong guess between deleted and kept makes EVALB refuse the sentence, so
    the prediction counts only where the word alone does not decide. So a word
    that is in no table and was taken for punctuation is `XX`: the best tag that
    EVALB keeps is not known any more, and this one claims nothing.

    Args:
        tag: predicted.
        guess: from `punctuation_tags`.
        word: the word.
        ambiguous: words that a treebank tags both ways.
    """
    if word in ambiguous or same_to_evalb(tag, guess):
        return tag
    return guess


def settle_line(line: str, gold: str, deleted: Container[str]) -> str:
    """Makes EVALB delete the same words of a parse as of the gold tree.

    A word that is punctuation in one tree only would make EVALB leave the
    sentence out, at no cost. It takes gold's tag where gold's is deleted, and
    else `XX`, which counts as a wrong tag.

    Args:
        line: a tree in brackets.
        gold: the gold tree.
        deleted: tags whose words EVALB deletes, by its parameter file.

    Returns:
        The tree; as it is if it is not over gold's words.
    """
    tags, gold_tags = _TERMINAL.findall(line), _TERMINAL.findall(gold)
    if [word for _, word in tags] != [word for _, word in gold_tags]:
        return line
    wanted = iter(gold_tags)

    def settle(terminal: re.Match) -> str:
        tag, word = terminal.groups()
        gold_tag, _ = next(wanted)
        if (tag in deleted) == (gold_tag in deleted):
            return terminal[0]
        return f"({gold_tag if gold_tag in deleted else UNKNOWN_TAG} {word})"

    return _TERMINAL.sub(settle, line)


def same_to_evalb(tag: str, other: str) -> bool:
    """Tells whether EVALB keeps, or deletes, the word under both tags."""
    if tag == other:
        return True
    if tag in DELETED_TAGS:
        return other in DELETED_TAGS
    deletable = DELETED_TAGS | SOMETIMES_DELETED_TAGS
    return not {tag, other} & deletable
