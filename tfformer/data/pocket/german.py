"""German inflection: articles, adjectives, nouns, pronouns and verbs.

Cases are ``n``, ``a``, ``d`` and ``g``; a gender is ``m``, ``f`` or ``n``,
and ``p`` stands in its place for any plural.
"""

from __future__ import annotations

from tfformer.data.pocket.nouns import Noun
from tfformer.data.pocket.verbs import GermanVerb
from tfformer.data.pocket.words import Determiner

_KEYS = "mfnp"
_CASES = "nadg"


def _table(rows: str) -> dict[str, dict[str, str]]:
    table = {}
    for case, row in zip(_CASES, rows.strip().splitlines(), strict=True):
        cells = [cell.strip("-") for cell in row.split()]
        table[case] = dict(zip(_KEYS, cells, strict=True))
    return table


_DER = _table(
    """
der die das die
den die das die
dem der dem den
des der des der
"""
)
_DIES = _table(
    """
er e es e
en e es e
em er em en
es er es er
"""
)
_EIN = _table(
    """
- e - e
en e - e
em er em en
es er es er
"""
)
_STRONG = _table(
    """
er e es e
en e es e
em er em en
en er en er
"""
)
_WEAK = _table(
    """
e e e en
en e e en
en en en en
en en en en
"""
)
_MIXED = _table(
    """
er e es en
en e es en
en en en en
en en en en
"""
)
_ADJECTIVES = {"strong": _STRONG, "weak": _WEAK, "mixed": _MIXED}
_DETERMINERS = {"dies": _DIES, "ein": _EIN}
_RELATIVE_GENITIVE = {"m": "dessen", "n": "dessen", "f": "deren", "p": "deren"}
_REFLEXIVES = {
    (1, False): "mich",
    (2, False): "dich",
    (1, True): "uns",
}
CONTRACTIONS = {
    ("in", "dem"): "im",
    ("in", "das"): "ins",
    ("an", "dem"): "am",
    ("an", "das"): "ans",
    ("von", "dem"): "vom",
    ("bei", "dem"): "beim",
    ("zu", "dem"): "zum",
    ("zu", "der"): "zur",
}


def gender_key(noun: Noun, plural: bool) -> str:
    """Return the column of the tables for a noun.

    Args:
        noun: the noun.
        plural: its number.

    Returns:
        Its gender, or ``p`` for the plural.
    """
    return "p" if plural else noun.gender


def determiner_form(word: Determiner, case: str, key: str) -> str:
    """Inflect a determiner.

    Args:
        word: the determiner.
        case: the case.
        key: the gender, or ``p``.

    Returns:
        The form; empty for a bare noun phrase.
    """
    if word.endings == "der":
        return _DER[case][key]
    if word.endings == "none":
        return word.german
    stem = word.german.replace("_", " ")
    return stem + _DETERMINERS[word.endings][case][key]


def adjective_form(stem: str, declension: str, case: str, key: str) -> str:
    """Inflect an attributive adjective.

    Args:
        stem: the stem that takes endings.
        declension: strong, weak or mixed.
        case: the case.
        key: the gender, or ``p``.

    Returns:
        The form.
    """
    return stem + _ADJECTIVES[declension][case][key]


def noun_form(noun: Noun, case: str, plural: bool) -> str:
    """Inflect a noun.

    Args:
        noun: the noun.
        case: the case.
        plural: the number.

    Returns:
        The form.
    """
    if plural:
        form = noun.german_plural
        if case == "d" and not form.endswith(("n", "s")):
            return form + "n"
        return form
    if noun.weak and case != "n":
        return noun.german_plural
    if case == "g" and noun.gender != "f":
        return genitive(noun.german)
    return noun.german


def genitive(singular: str) -> str:
    """Return the strong genitive singular of a masculine or neuter.

    Args:
        singular: the nominative.

    Returns:
        The form in -es after one syllable or a hissing sound, else in -s.
    """
    if singular.endswith("nis"):
        return singular + "ses"
    if singular.endswith("us") and len(singular) <= 3:
        return singular + "ses"
    if singular.endswith(("s", "ß", "z", "x", "sch")):
        return singular + "es"
    lower = singular.lower()
    starts = [
        index
        for index, letter in enumerate(lower)
        if letter in "aeiouäöü"
        and (index == 0 or lower[index - 1] not in "aeiouäöü")
    ]
    loan = singular in ("Park", "Kuchen", "Schal")
    if len(starts) == 1 and lower[-1] not in "aeiouäöüh" and not loan:
        return singular + "es"
    return singular + "s"


def relative_form(case: str, key: str) -> str:
    """Return the relative pronoun.

    Args:
        case: the case.
        key: the gender of its noun, or ``p``.

    Returns:
        The form (der, die, dessen, denen, ...).
    """
    if case == "g":
        return _RELATIVE_GENITIVE[key]
    if (case, key) == ("d", "p"):
        return "denen"
    return _DER[case][key]


def reflexive(person: int, plural: bool) -> str:
    """Return the accusative reflexive pronoun.

    Args:
        person: 1, 2 or 3.
        plural: the number.

    Returns:
        The pronoun.
    """
    return _REFLEXIVES.get((person, plural), "sich")


def finite(verb: GermanVerb, past: bool, person: int, plural: bool) -> str:
    """Inflect a finite verb, without its separable prefix.

    Args:
        verb: the verb.
        past: whether it is the preterite rather than the present.
        person: 1, 2 or 3.
        plural: the number.

    Returns:
        The form.
    """
    forms = verb.past if past else verb.present
    return forms[3 if plural else person - 1]
