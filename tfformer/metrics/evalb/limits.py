"""What the C program has no room for.

Such lines are scored here; C overwrites its memory or splits the line, so a
score of it for the same files is another one, if there is one at all.
"""

import re

from tfformer.metrics.evalb.brackets import Tree

_LINE_BYTES = 4998
_ITEMS = 200
_QUOTES = 20
_WORD_BYTES = 99
_LABEL_BYTES = 29
_LONG_WORD = re.compile(rb"[^\s()]{%d}" % (_WORD_BYTES + 1))
_LONG_LABEL = re.compile(rb"\([^\s()]{%d}" % (_LABEL_BYTES + 1))


def beyond_evalb(line: str, tree: Tree) -> list[str]:
    """Says what of a line EVALB cannot hold.

    Args:
        line: the text.
        tree: what was read of it.

    Returns:
        A phrase for each limit that is passed.
    """
    data = line.encode("utf-8", "surrogateescape")
    sizes = (
        ("bytes", len(data.rstrip(b"\n")), _LINE_BYTES),
        ("words", len(tree.words), _ITEMS),
        ("brackets", len(tree.brackets), _ITEMS),
        ("quotes", len(tree.quotes), _QUOTES),
    )
    found = [
        f"{size} {name}, of which EVALB holds {limit}"
        for name, size, limit in sizes
        if size > limit
    ]
    if _LONG_LABEL.search(data):
        found.append(f"a label of more than EVALB's {_LABEL_BYTES} bytes")
    if _LONG_WORD.search(data):
        found.append(f"a word of more than EVALB's {_WORD_BYTES} bytes")
    return found
