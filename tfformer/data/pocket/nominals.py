"""Sampling noun phrases and prepositional phrases of place.

What may be attached where is decided here, so that an English string has one
reading: "of" and "with" + clothing belong to the noun, a place belongs to
the noun only in front of the verb, and a relative clause belongs to the noun
just before it and ends the verb phrase it is in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tfformer.data.pocket.chance import Chance
from tfformer.data.pocket.nouns import NOUNS, Noun
from tfformer.data.pocket.structure import (
    Argument,
    Common,
    Coordination,
    Description,
    Fronted,
    NounPhrase,
)
from tfformer.data.pocket.words import (
    ADJECTIVES,
    DEGREES,
    NUMERALS,
    PEOPLE,
    POSSESSIVES,
    PRONOUNS,
    TOWNS,
    Adjective,
)

_SINGULAR = {
    "the": 48.0,
    "a": 22.0,
    "this": 6.0,
    "every": 4.0,
    "own": 16.0,
    "no": 2.0,
}
_PLURAL = {
    "the": 42.0,
    "bare": 14.0,
    "these": 6.0,
    "own": 13.0,
    "some": 5.0,
    "many": 4.0,
    "several": 3.0,
    "few": 2.0,
    "all": 4.0,
    "both": 2.0,
    "number": 7.0,
    "no": 1.0,
}
_MASS = {"bare": 45.0, "the": 35.0, "own": 12.0, "this": 8.0}
# What each circumstance leaves of the determiners; None leaves all.
_ALLOWED: dict[str, tuple[str, ...] | None] = {
    "any": None,
    "positive": tuple(key for key in {**_SINGULAR, **_PLURAL} if key != "no"),
    "negated": ("the", "a", "this", "these", "own", "bare"),
    "definite": ("the", "this", "these", "own"),
    "article": ("the", "a", "this", "these", "own"),
    "explicit": ("the", "a", "this", "these", "own", "every", "some", "many"),
}


def _narrowed(
    weights: dict[str, float], allowed: tuple[str, ...] | None
) -> dict[str, float]:
    if allowed is None:
        return weights
    return {key: value for key, value in weights.items() if key in allowed}


_WEIGHTS = {
    (form, mood): _narrowed(weights, allowed)
    for form, weights in (("s", _SINGULAR), ("p", _PLURAL), ("m", _MASS))
    for mood, allowed in _ALLOWED.items()
}
_BY_KIND: dict[str, list[Noun]] = {}
for _entry in NOUNS:
    _BY_KIND.setdefault(_entry.kind, []).append(_entry)
_DESCRIBING: dict[str, list[Adjective]] = {
    kind: [one for one in ADJECTIVES if kind in one.kinds] for kind in _BY_KIND
}
_OWNED = "ATCVXUKB"
_SIDES = {
    "B": (("behind", "hinter"), ("beside", "neben"), ("in front of", "vor")),
    "V": (("behind", "hinter"), ("beside", "neben"), ("in front of", "vor")),
    "U": (("under", "unter"), ("beside", "neben"), ("behind", "hinter")),
    "G": (("under", "unter"), ("behind", "hinter"), ("beside", "neben")),
    "L": (),
    "K": (("beside", "neben"),),
    "R": (),
}


def _site(noun: Noun) -> tuple[str, str]:
    if noun.kind == "U":
        return ("on", "auf")
    if noun.kind == "G":
        return ("under", "unter")
    return noun.site


@dataclass(frozen=True)
class Place:
    """Where a noun phrase stands, which decides what may belong to it.

    Args:
        mood: a key of the allowed determiners.
        depth: how many clauses are around it.
        last: whether nothing follows it in its verb phrase.
        before: whether it stands before its verb.
    """

    mood: str = "any"
    depth: int = 0
    last: bool = False
    before: bool = False


class NominalSampler:
    """Samples noun phrases.

    Args:
        chance: the source of choices.
    """

    def __init__(self, chance: Chance) -> None:
        self.chance = chance

    def relative(self, noun: Noun, plural: bool, depth: int) -> Fronted:
        """Sample a relative clause.

        Args:
            noun: the noun it belongs to.
            plural: the number of that noun.
            depth: how many clauses are around it.

        Returns:
            The clause.

        Raises:
            NotImplementedError: the clause sampler knows how.
        """
        raise NotImplementedError

    def noun(self, kinds: str) -> Noun:
        """Sample a noun.

        Args:
            kinds: the kinds it may have.

        Returns:
            The noun; each kind counts by the number of its nouns, people
            and animals no more than the rest.
        """
        return self.chance.choice(_BY_KIND[self.chance.choice(kinds)])

    def _determiner(self, noun: Noun, plural: bool, mood: str) -> str:
        form = "m" if noun.mass else "p" if plural else "s"
        key = self.chance.weighted(_WEIGHTS[form, mood])
        if key == "own":
            return self.chance.choice(POSSESSIVES)
        if key == "number":
            return self.chance.choice(NUMERALS)
        return key

    def _description(self, adjective: Adjective) -> Description:
        if self.chance.maybe(0.12):
            return Description(adjective, self.chance.choice(DEGREES))
        return Description(adjective)

    def _describe(self, common: Common) -> Common:
        chance, options = self.chance, _DESCRIBING[common.noun.kind]
        if not options or not chance.maybe(0.34):
            return common
        first = chance.choice(options)
        superlative = bool(first.comparative) and common.determiner == "the"
        if superlative and chance.maybe(0.12):
            most = Description(first, superlative=True)
            return replace(common, descriptions=(most,))
        second = chance.choice(options)
        one = self._description(first)
        if first.rank < second.rank and chance.maybe(0.45):
            return replace(common, descriptions=(one, Description(second)))
        if first.rank == second.rank == 1 and chance.maybe(0.3):
            if first.english != second.english:
                pair = (Description(first), Description(second))
                return replace(common, descriptions=pair, joined=True)
        return replace(common, descriptions=(one,))

    def _owner(self) -> NounPhrase:
        if self.chance.maybe(0.5):
            return self.chance.choice(PEOPLE)
        noun = self.noun("P")
        return Common(self._determiner(noun, False, "definite"), noun)

    def simple(
        self, kinds: str, mood: str = "any", plural: bool | None = None
    ) -> Common:
        """Sample a noun phrase that nothing follows.

        Args:
            kinds: the kinds of its noun.
            mood: a key of the allowed determiners.
            plural: its number, or none for either.

        Returns:
            The phrase.
        """
        noun = self.noun(kinds)
        many = self.chance.maybe(0.27) if plural is None else plural
        many = many and not noun.mass
        return self._describe(
            Common(self._determiner(noun, many, mood), noun, many)
        )

    def _tail(self, common: Common, place: Place) -> Common:
        """Add what follows the noun, or a possessor before it."""
        chance, noun = self.chance, common.noun
        definite = common.determiner == "the"
        open_end = place.last or place.before
        owns = common.determiner in POSSESSIVES
        rate = 0.2 / (1 + 2 * place.depth) if place.depth < 2 else 0
        if open_end and not owns and not noun.mass and chance.maybe(rate):
            clause = self.relative(noun, common.plural, place.depth + 1)
            return replace(common, tail=clause)
        if definite and noun.kind == "R" and chance.maybe(0.5):
            return self._of(common, self.simple("BV", "article", False))
        if definite and noun.kind in _OWNED and chance.maybe(0.16):
            if chance.maybe(0.5):
                return replace(common, owner=self._owner())
            return self._of(common, self.simple("P", "article"))
        if noun.kind == "P" and chance.maybe(0.06):
            clothing = self.simple("C", "article", False)
            return self._with(common, clothing)
        if noun.kind == "X" and chance.maybe(0.22):
            topic = self.simple("PALEG", "article")
            about = Argument(topic, "about", "über", "a")
            return replace(common, tail=about)
        if place.before and noun.kind in "PA" and chance.maybe(0.05):
            return replace(common, tail=self.place())
        return common

    def _of(self, common: Common, owner: Common) -> Common:
        return replace(common, tail=Argument(owner, "of", "", "g"))

    def _with(self, common: Common, clothing: Common) -> Common:
        return replace(common, tail=Argument(clothing, "with", "mit", "d"))

    def common(self, kinds: str, place: Place) -> Common:
        """Sample a noun phrase around a common noun.

        Args:
            kinds: the kinds of its noun.
            place: where it stands.

        Returns:
            The phrase.
        """
        return self._tail(self.simple(kinds, place.mood), place)

    def _pair(self, kind: str) -> Coordination:
        chance = self.chance
        count = 3 if chance.maybe(0.12) else 2
        if kind == "P" and chance.maybe(0.3):
            first = chance.choice(PEOPLE)
            second = chance.choice(PEOPLE)
            if first != second:
                return Coordination((first, second), "and")
        parts = tuple(self.simple(kind, "article") for _ in range(count))
        return Coordination(parts, "and")

    def subject(self, kind: str, place: Place, pronouns: bool) -> NounPhrase:
        """Sample a subject.

        Args:
            kind: the kind of its noun.
            place: where it stands.
            pronouns: whether it may be a pronoun.

        Returns:
            The phrase.
        """
        chance = self.chance
        if kind == "P":
            if pronouns and chance.maybe(0.22):
                keys = ("I", "you", "he", "she", "we", "they", "he", "she")
                return PRONOUNS[chance.choice(keys)]
            if chance.maybe(0.13):
                return chance.choice(PEOPLE)
        elif pronouns and chance.maybe(0.05):
            return PRONOUNS["it"]
        if kind in "PA" and chance.maybe(0.05):
            return self._pair(kind)
        return self.common(kind, place)

    def object(
        self, kinds: str, place: Place, subject: NounPhrase, pronouns: bool
    ) -> NounPhrase:
        """Sample an object.

        Args:
            kinds: the kinds of its noun.
            place: where it stands.
            subject: the subject, which a pronoun must not repeat.
            pronouns: whether it may be a pronoun.

        Returns:
            The phrase.
        """
        chance = self.chance
        kind = chance.choice(kinds)
        if kind == "P" and chance.maybe(0.32):
            if not pronouns or chance.maybe(0.4):
                return chance.choice(PEOPLE)
            keys = ("I", "you", "he", "she", "we", "they")
            found = PRONOUNS[chance.choice(keys)]
            if found.person == 3 or found.person != subject.person:
                return found
        free = pronouns and subject != PRONOUNS["it"]
        if free and kind in _OWNED and chance.maybe(0.04):
            return PRONOUNS["it"]
        if place.mood != "negated" and chance.maybe(0.06):
            if kind not in "SD":
                pair = self._pair(kind)
                joint = "or" if chance.maybe(0.2) else "and"
                return replace(pair, conjunction=joint)
        return self.common(kind, place)

    def place(self, kinds: str = "LLBBUVG") -> Argument:
        """Sample a phrase that says where something is.

        Args:
            kinds: the kinds of its noun.

        Returns:
            A preposition with the German dative.
        """
        chance = self.chance
        if "L" in kinds and chance.maybe(0.08):
            return Argument(chance.choice(TOWNS), "in", "in", "d")
        phrase = self.simple(kinds, "article", False)
        sides = _SIDES[phrase.noun.kind]
        english, german = _site(phrase.noun)
        if sides and chance.maybe(0.4):
            english, german = chance.choice(sides)
        return Argument(phrase, english, german, "d")

    def goal(self, far: bool = True) -> Argument:
        """Sample a phrase that says where somebody goes.

        Args:
            far: whether it may be another town.

        Returns:
            A preposition with the German accusative, or to with zu or nach.
        """
        chance = self.chance
        if far and chance.maybe(0.12):
            return Argument(chance.choice(TOWNS), "to", "nach", "d")
        phrase = self.simple("LLBBUVG", "article", False)
        noun = phrase.noun
        if noun.kind in "LB" and chance.maybe(0.5):
            return Argument(phrase, "to", "zu", "d")
        ways = list(_SIDES[noun.kind])
        if noun.kind in "LBV" and noun.site == ("in", "in"):
            ways += [("into", "in")] * 2
        if noun.kind in "LU" and _site(noun) == ("on", "auf"):
            ways += [("onto", "auf")] * 2
        english, german = chance.choice(ways or [("to", "zu")])
        case = "d" if german == "zu" else "a"
        return Argument(phrase, english, german, case)

    def spot(self, kinds: str) -> Argument:
        """Sample a phrase that says where something is put.

        Args:
            kinds: the kinds of its noun.

        Returns:
            A two-way preposition with the German accusative.
        """
        phrase = self.simple(kinds, "article", False)
        ways = (_site(phrase.noun), *_SIDES[phrase.noun.kind])
        first = self.chance.maybe(0.6)
        way = ways[0] if first else self.chance.choice(ways)
        return Argument(phrase, *way, "a")
