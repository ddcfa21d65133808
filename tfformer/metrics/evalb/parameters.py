"""EVALB's parameters: .prm files, and COLLINS and nk by name."""

import dataclasses
import functools
import os
import pathlib
import re
from collections.abc import Iterable

from tfformer.errors import DataError

Pairs = frozenset[tuple[str, str]]

# The facts of the two files that papers report with, in a .prm's own words.
_COLLINS = """\
MAX_ERROR 10
CUTOFF_LEN 40
LABELED 1
DELETE_LABEL TOP
DELETE_LABEL -NONE-
DELETE_LABEL ,
DELETE_LABEL :
DELETE_LABEL ``
DELETE_LABEL ''
DELETE_LABEL .
DELETE_LABEL_FOR_LENGTH -NONE-
EQ_LABEL ADVP PRT
"""
_NK = (
    _COLLINS
    + """\
MAX_ERROR 10000
DELETE_LABEL S1
DELETE_LABEL ?
DELETE_LABEL !
QUOTE_LABEL ``
QUOTE_LABEL ''
QUOTE_LABEL POS
QUOTE_LABEL NN
QUOTE_LABEL CD
QUOTE_LABEL VBZ
QUOTE_LABEL :
"""
)
BUILT_IN = {"COLLINS": _COLLINS, "nk": _NK}

_SWITCHES = {
    "DEBUG": None,  # Prints more in C; nothing here depends on it.
    "MAX_ERROR": "max_error",
    "CUTOFF_LEN": "cutoff",
    "LABELED": "labeled",
}
_LABELS = {
    "DELETE_LABEL": "delete_labels",
    "DELETE_LABEL_FOR_LENGTH": "delete_labels_for_length",
    "QUOTE_LABEL": "quote_labels",
}
_PAIRS = {"EQ_LABEL": "equal_labels", "EQ_WORD": "equal_words"}

# What C calls a space; a no-break space is part of a word.
_SPACES = " \t\n\v\f\r"
_KEY = re.compile(r"(\S*)\s*(.*)", re.ASCII | re.DOTALL)
_NO_LABEL = re.compile(r"[\s()]", re.ASCII)
_INTEGER = re.compile(r"\s*([+-]?[0-9]+)", re.ASCII)


@dataclasses.dataclass(frozen=True)
class Parameters:
    """What EVALB deletes, equates and cuts; the defaults are those of no -p.

    Attributes:
        delete_labels: labels not scored; a terminal goes with its word, a
            bracket leaves its children.
        delete_labels_for_length: tags that do not count in a sentence's
            length.
        quote_labels: tags that a quote may be mistaken for.
        equal_labels: pairs of labels that are taken for the same.
        equal_words: pairs of words that are taken for the same.
        labeled: 0 compares spans only.
        cutoff: longest sentence of the second summary.
        max_error: how many errors `-e` tolerates.
        warnings: what was strange in the .prm file.
    """

    delete_labels: frozenset[str] = frozenset()
    delete_labels_for_length: frozenset[str] = frozenset()
    quote_labels: frozenset[str] = frozenset()
    equal_labels: Pairs = frozenset()
    equal_words: Pairs = frozenset()
    labeled: int = 1
    cutoff: int = 40
    max_error: int = 10
    warnings: tuple[str, ...] = dataclasses.field(default=(), compare=False)

    @functools.cached_property
    def deleted_brackets(self) -> frozenset[str]:
        """The labels of deleted brackets: an equal label goes, too."""
        return self.delete_labels | {
            other
            for pair in self.equal_labels
            for one, other in (pair, pair[::-1])
            if one in self.delete_labels
        }

    def same_label(self, one: str, other: str) -> bool:
        """Whether two labels are equal: symmetric, not transitive."""
        return one == other or _paired(one, other, self.equal_labels)

    def same_word(self, one: str, other: str) -> bool:
        """Whether two words are equal: symmetric, not transitive."""
        return one == other or _paired(one, other, self.equal_words)


def read_parameters(
    name: str | os.PathLike, start: Parameters | None = None
) -> Parameters:
    """Reads a .prm file, or what is built in under a name.

    Args:
        name: "COLLINS", "nk" or a path; a file of such a name is `./nk`.
        start: what the file adds to; its labels stay, its numbers are
            replaced. EVALB's defaults if not given.

    Raises:
        DataError: there is no such file, or a number of it is none.
    """
    if str(name) in BUILT_IN:
        return _parse(BUILT_IN[str(name)].split("\n"), str(name), start)
    try:
        data = pathlib.Path(name).read_bytes()
    except OSError as error:
        raise DataError(
            "EVALB's parameters must be a .prm file that can be read, or one "
            f"of {', '.join(BUILT_IN)}. Received: {name} ({error.strerror})."
        ) from error
    text = data.decode("utf-8", "surrogateescape")
    return _parse(text.split("\n"), str(name), start)


def _parse(
    lines: Iterable[str], path: str, start: Parameters | None
) -> Parameters:
    parameters = start or Parameters()
    for number, line in enumerate(lines, 1):
        line = line.rstrip(_SPACES)
        # EVALB passes over what is too short to say anything.
        if not line.startswith("#") and len(line) >= 3:
            parameters = _set(parameters, line, f"{path}:{number}")
    return parameters


def _set(parameters: Parameters, line: str, where: str) -> Parameters:
    """Returns the parameters with one line of a file applied."""
    key, value = _KEY.fullmatch(line).groups()  # type: ignore[union-attr]
    if not value:
        return _warned(parameters, f"{where}: empty value of {key}")
    if key in _SWITCHES:
        number, field = _integer(value, key, where), _SWITCHES[key]
        return parameters if field is None else _with(parameters, field, number)
    if key in _LABELS:
        field = _LABELS[key]
        if _NO_LABEL.search(value):
            parameters = _warned(
                parameters,
                f"{where}: {key} takes one label to the line's end, and no "
                f"tree can have {value!r}; write a line for each",
            )
        labels = getattr(parameters, field) | {value}
        return _with(parameters, field, labels)
    if key in _PAIRS:
        pair = tuple(re.findall(r"\S+", value, re.ASCII))
        if len(pair) != 2:
            return _warned(parameters, f"{where}: {key} requires two values")
        field = _PAIRS[key]
        return _with(parameters, field, getattr(parameters, field) | {pair})
    return _warned(parameters, f"{where}: unknown keyword {key or line!r}")


def _integer(value: str, key: str, where: str) -> int:
    found = _INTEGER.match(value)
    if found is None:
        raise DataError(
            f"{where}: {key} must be an integer. Received: {value!r}. Write a "
            "number, or take the line out."
        )
    return int(found.group(1))


def _with(parameters: Parameters, field: str, value: object) -> Parameters:
    return dataclasses.replace(parameters, **{field: value})  # type: ignore


def _warned(parameters: Parameters, warning: str) -> Parameters:
    return _with(parameters, "warnings", (*parameters.warnings, warning))


def _paired(one: str, other: str, pairs: Pairs) -> bool:
    return (one, other) in pairs or (other, one) in pairs
