"""Sampling clauses: a verb, what its frame asks for, and what may be added.

The frame of the verb decides its arguments. What follows the object (an
adverb, a place, a time) is decided before the object is, because a relative
clause may only end a verb phrase.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tfformer.data.pocket.nominals import NominalSampler, Place
from tfformer.data.pocket.nouns import NOUNS, Noun
from tfformer.data.pocket.structure import (
    Argument,
    Clause,
    Common,
    Coordination,
    Description,
    Fronted,
    Gap,
    NounPhrase,
    Quality,
    There,
    Wh,
)
from tfformer.data.pocket.verbs import SPECIAL, VERBS, Verb
from tfformer.data.pocket.words import (
    ADJECTIVES,
    DEGREES,
    FREQUENCIES,
    MANNERS,
    PRONOUNS,
    SPANS,
    TIMES,
    Name,
    Pronoun,
    Time,
)

TENSES = {
    "present": 40.0,
    "past": 28.0,
    "perfect": 13.0,
    "progressive": 6.0,
    "future": 5.0,
    "can": 3.0,
    "must": 3.0,
    "should": 1.5,
    "could": 1.5,
    "may": 1.0,
}
_MODALS = ("can", "must", "should", "could", "may")
_KINDS = {"P": 74.0, "A": 18.0, "T": 2.0, "V": 3.0, "G": 2.0, "C": 2.0}
_FRAMES = {
    "i": 20.0,
    "t": 40.0,
    "d": 8.0,
    "p": 11.0,
    "b": 8.0,
    "m": 10.0,
    "l": 7.0,
    "o": 8.0,
    "be": 13.0,
}
_POOLS: dict[tuple[str, str], list[Verb]] = {}
for _verb in VERBS:
    for _kind in _verb.subjects:
        _POOLS.setdefault((_verb.frame, _kind), []).append(_verb)
_GOVERNING: dict[str, list[Verb]] = {}
for _verb in VERBS:
    for _kind in _verb.objects if _verb.frame in "td" else "":
        _GOVERNING.setdefault(_kind, []).append(_verb)
_WEATHER = [verb for verb in VERBS if verb.frame == "w"]
_PASSIVES = [
    verb
    for verb in VERBS
    if verb.frame == "t"
    and not set("vy") & set(verb.flags)
    and not verb.german.reflexive
]
_PROFESSIONS = [noun for noun in NOUNS if noun.feminine]
_SPOTS = {"hang": "RK", "lead": "B", "throw": "KUV"}


@dataclass(frozen=True)
class Plan:
    """What is already settled about a clause.

    Args:
        depth: how many clauses are around it.
        kind: the kind of its subject, or empty for any.
        subject: its subject, or none to sample one.
        tenses: the weights of its tenses.
        denial: how likely it is negated.
        extras: how likely it has adverbs and places, as a factor.
        closed: whether something will follow it, so that no relative clause
            may end it.
        frames: the frames it may have, empty for any.
        moods: the determiners of its subject.
        question: whether it is a question.
    """

    depth: int = 0
    kind: str = ""
    subject: NounPhrase | None = None
    tenses: tuple[str, ...] = tuple(TENSES)
    denial: float = 0.1
    extras: float = 1.0
    closed: bool = False
    frames: str = ""
    moods: str = "positive"
    question: bool = False


def gap(phrase: NounPhrase) -> Gap:
    """Return the silent subject that agrees with a phrase.

    Args:
        phrase: the noun phrase.

    Returns:
        A gap of the same person, number and sex.
    """
    return Gap(phrase.person, phrase.plural, phrase.sex)


def tense_class(tense: str) -> str:
    """Return the name under which the word tables know a tense.

    Args:
        tense: the tense or a modal.

    Returns:
        The tense, or "modal".
    """
    return "modal" if tense in _MODALS else tense


class ClauseSampler(NominalSampler):
    """Samples clauses, and so relative clauses too."""

    # --- the pieces ---------------------------------------------------------

    def tense(self, plan: Plan, flags: str) -> str:
        """Sample a tense that the verb has.

        Args:
            plan: the clause.
            flags: the flags of the verb.

        Returns:
            The tense.
        """
        weights = {
            tense: TENSES[tense]
            for tense in plan.tenses
            if not (tense == "progressive" and "g" in flags)
            and not (tense == "past" and "s" in flags)
        }
        return self.chance.weighted(weights or {"present": 1.0})

    def time(self, tense: str, negated: bool = False) -> Time | None:
        """Sample a time that goes with a tense.

        Args:
            tense: the tense.
            negated: whether the clause is negated, where "not every day"
                would be in doubt.

        Returns:
            The time, or none where the one drawn does not go with it.
        """
        found = self.chance.choice(TIMES)
        if negated and found.german.startswith(("jed", "wieder")):
            return None
        return found if tense_class(tense) in found.tenses else None

    def _event(self) -> Argument:
        ways = {
            ("after", "nach", "d"): 2.0,
            ("before", "vor", "d"): 2.0,
            ("during", "während", "g"): 2.0,
        }
        phrase = self.simple("E", "definite", False)
        return Argument(phrase, *self.chance.weighted(ways))

    def _when(self, clause: Clause) -> Time | Argument | None:
        chance = self.chance
        tensed = clause.tense in ("past", "future")
        lasting = "u" in clause.verb.flags and not clause.negated
        if tensed and lasting and not clause.wrapper and chance.maybe(0.25):
            return chance.choice(SPANS)
        if clause.tense in ("present", "past") and chance.maybe(0.15):
            return self._event()
        return self.time(clause.tense, clause.negated)

    def _adjunct(self, clause: Clause) -> Argument | None:
        chance, verb = self.chance, clause.verb
        person = isinstance(clause.subject, (Pronoun, Name)) or (
            isinstance(clause.subject, Common)
            and clause.subject.noun.kind == "P"
        )
        if verb.tools and chance.maybe(0.5):
            tool = self.simple(verb.tools, "article", False)
            return Argument(tool, "with", "mit", "d")
        if "b" in verb.flags and chance.maybe(0.35):
            who = self.simple("P", "article")
            return Argument(who, "for", "für", "a")
        if verb.frame == "i" and "u" in verb.flags and person:
            if chance.maybe(0.25):
                return Argument(self.simple("P", "article"), "with", "mit", "d")
        if verb.frame == "i" and "n" not in verb.flags:
            return self.place()
        if verb.frame == "t" and "v" not in verb.flags:
            return self.place("LLB")
        return None

    def _extras(self, clause: Clause, plan: Plan, alive: bool) -> Clause:
        """Add an adverb, a place and a time, each perhaps."""
        chance, rate = self.chance, plan.extras
        verb = clause.verb
        simple = verb.frame in "itml" and not clause.passive
        dynamic = not set("gv") & set(verb.flags)
        if simple and dynamic and alive and chance.maybe(0.11 * rate):
            clause = replace(clause, manner=chance.choice(MANNERS))
        if verb.frame in "it" and chance.maybe(0.24 * rate):
            if not clause.passive:
                clause = replace(clause, adjunct=self._adjunct(clause))
        if chance.maybe(0.2 * rate):
            clause = replace(clause, time=self._when(clause))
        return clause

    def _frequency(self, clause: Clause) -> Clause:
        if clause.negated or clause.wrapper or not self.chance.maybe(0.1):
            return clause
        found = self.chance.choice(FREQUENCIES)
        tense = tense_class(clause.tense)
        if found.tenses and tense not in found.tenses:
            return clause
        odd = not found.tenses and tense in ("progressive", "perfect")
        return clause if odd else replace(clause, frequency=found)

    # --- the frames ---------------------------------------------------------

    def _object(
        self, clause: Clause, kinds: str, last: bool, pronouns: bool = True
    ) -> NounPhrase:
        mood = "negated" if clause.negated else "positive"
        lone = clause.verb.english.particle
        place = Place(mood, self._depth, last)
        free = pronouns and not lone
        return self.object(kinds, place, clause.subject, free)

    def _transitive(self, clause: Clause, last: bool) -> tuple[Argument, ...]:
        case = "d" if clause.verb.frame == "d" else "a"
        english, german, other = clause.verb.preposition
        if other:
            case = other
        kinds = clause.verb.objects
        prepositional = bool(german)
        # A preposition with "it" would be darauf, damit and so on.
        if prepositional and self.chance.maybe(0.2) and "P" in kinds:
            found = self._object(clause, "P", last)
        else:
            found = self._object(clause, kinds, last, not prepositional)
        return (Argument(found, english, german, case),)

    def _ditransitive(self, clause: Clause, last: bool) -> tuple[Argument, ...]:
        chance, verb = self.chance, clause.verb
        single = Place("definite", 9)
        who = self.object("P", single, clause.subject, True)
        shifted = "T" in verb.flags or chance.maybe(0.35)
        if isinstance(who, Coordination):
            who = chance.choice((PRONOUNS["he"], PRONOUNS["she"]))
        mood = "article" if clause.negated else "explicit"
        place = Place(mood, self._depth, last and not shifted)
        what = self.common(verb.objects, place)
        if shifted:
            return (Argument(what), Argument(who, "to", "", "d"))
        return (Argument(who, case="d"), Argument(what))

    def _placement(self, clause: Clause) -> tuple[Argument, ...]:
        verb = clause.verb
        what = self._object(clause, verb.objects, False)
        base = verb.english.base
        if base in ("bring", "carry", "push", "pull", "lead"):
            return (Argument(what), self.goal())
        return (Argument(what), self.spot(_SPOTS.get(base, "UK")))

    def _stay(self, clause: Clause) -> Argument:
        base = clause.verb.english.base
        kinds = {"hang": "R", "live": "LBB", "lie": "UULG", "sit": "UULBG"}
        if base == "hang":
            wall = Common("the", next(n for n in NOUNS if n.english == "wall"))
            return Argument(wall, "on", "an", "d")
        return self.place(kinds.get(base, "LLBBUG"))

    def _profession(self, subject: NounPhrase) -> Common:
        noun = self.chance.choice(_PROFESSIONS)
        determiner = "bare" if subject.plural else "a"
        found = Common(
            determiner, noun, subject.plural, feminine=subject.sex == "f"
        )
        if self.chance.maybe(0.4):
            fitting = [one for one in ADJECTIVES if "P" in one.kinds]
            one = Description(self.chance.choice(fitting))
            return replace(found, descriptions=(one,))
        return found

    def _predicate(self, kind: str, subject: NounPhrase) -> Quality | Argument:
        chance = self.chance
        group = isinstance(subject, Coordination)
        if kind == "P" and not group and chance.maybe(0.22):
            return Argument(self._profession(subject), case="n")
        if kind in "PATV" and chance.maybe(0.2):
            return self.place()
        options = [one for one in ADJECTIVES if kind in one.kinds]
        adjective = chance.choice(options)
        if adjective.rank < 4 and kind in "PATUCVB" and chance.maybe(0.3):
            standard = self.simple(kind, "article")
            equal = chance.maybe(0.35)
            return Quality(Description(adjective), standard, equal)
        degree = chance.choice(DEGREES) if chance.maybe(0.3) else None
        return Quality(Description(adjective, degree))

    def _fill(self, clause: Clause, kind: str, last: bool) -> Clause:
        """Give the verb what its frame asks for."""
        frame = clause.verb.frame
        if frame == "be":
            found = self._predicate(kind, clause.subject)
            return replace(clause, predicate=found)
        if frame in "tdp":
            args = self._transitive(clause, last)
            return replace(clause, arguments=args)
        if frame == "b":
            args = self._ditransitive(clause, last)
            return replace(clause, arguments=args)
        if frame == "l":
            return replace(clause, arguments=self._placement(clause))
        if frame == "m":
            if "h" in clause.verb.flags and self.chance.maybe(0.12):
                return replace(clause, home=True)
            far = "h" in clause.verb.flags
            return replace(clause, arguments=(self.goal(far),))
        if frame == "o":
            return replace(clause, adjunct=self._stay(clause))
        return clause

    # --- whole clauses ------------------------------------------------------

    _depth = 0

    def _verb(self, kind: str, plan: Plan) -> Verb:
        weights = {
            frame: weight
            for frame, weight in _FRAMES.items()
            if (frame == "be" or (frame, kind) in _POOLS)
            and (not plan.frames or frame in plan.frames.split())
        }
        frame = self.chance.weighted(weights)
        if frame == "be":
            return SPECIAL["be"]
        pool = _POOLS[frame, kind]
        verb = self.chance.choice(pool)
        silent = isinstance(plan.subject, Pronoun)
        while "y" in verb.flags and silent:
            verb = self.chance.choice(pool)
        return verb

    def _wrapper(self, verb: Verb, tense: str, kind: str) -> str:
        if kind != "P" or verb.frame in ("be", "o"):
            return ""
        if tense not in ("present", "past") or "g" in verb.flags:
            return ""
        if self.chance.maybe(0.06):
            return "want"
        if verb.frame in "it" and self.chance.maybe(0.06):
            return "" if verb.german.sein and verb.frame == "m" else "like"
        return ""

    def clause(self, plan: Plan) -> Clause:
        """Sample a clause.

        Args:
            plan: what is settled about it.

        Returns:
            The clause.
        """
        outer, self._depth = self._depth, plan.depth
        found = self._clause(plan)
        self._depth = outer
        return found

    def _clause(self, plan: Plan) -> Clause:
        chance = self.chance
        kind = plan.kind or ("P" if plan.frames else chance.weighted(_KINDS))
        verb = self._verb(kind, plan)
        negated = chance.maybe(plan.denial)
        subject = plan.subject
        if subject is None:
            mood = "definite" if negated else plan.moods
            place = Place(mood, plan.depth, before=not plan.question)
            subject = self.subject(kind, place, "y" not in verb.flags)
        tense = self.tense(plan, verb.flags)
        if verb.frame == "be" and tense in ("progressive", "may", "could"):
            tense = "present"
        # English would write "cannot".
        if negated and tense == "can":
            tense = "could"
        wrapper = self._wrapper(verb, tense, kind)
        clause = Clause(subject, verb, tense, negated, wrapper=wrapper)
        clause = self._frequency(self._extras(clause, plan, kind in "PA"))
        extras = (clause.manner, clause.adjunct, clause.time)
        last = not plan.closed and all(one is None for one in extras)
        return self._fill(clause, kind, last)

    def passive(self, plan: Plan) -> Clause:
        """Sample a passive clause.

        Args:
            plan: what is settled about it.

        Returns:
            The clause, half the time with its agent.
        """
        chance = self.chance
        verb = chance.choice(_PASSIVES)
        tenses = ("present", "past", "past", "perfect", "future", "must")
        tense = chance.choice([one for one in tenses if one in plan.tenses])
        kind = chance.choice(verb.objects)
        place = Place("definite", plan.depth, before=True)
        clause = Clause(self.common(kind, place), verb, tense, passive=True)
        agents: tuple[Argument, ...] = ()
        if chance.maybe(0.5):
            agent = self.simple(chance.choice(verb.subjects), "article")
            agents = (Argument(agent, "by", "von", "d"),)
        clause = replace(clause, arguments=agents)
        if chance.maybe(0.1):
            clause = replace(clause, negated=True)
        time = self._when(clause) if chance.maybe(0.25) else None
        return replace(clause, time=time)

    def weather(self, plan: Plan) -> Clause:
        """Sample a clause about the weather.

        Args:
            plan: what is settled about it.

        Returns:
            The clause.
        """
        verb = self.chance.choice(_WEATHER)
        tenses = tuple(one for one in plan.tenses if one not in _MODALS)
        tense = self.tense(replace(plan, tenses=tenses), verb.flags)
        clause = Clause(PRONOUNS["it"], verb, tense)
        when = self._when(clause) if self.chance.maybe(0.4) else None
        return replace(clause, time=when)

    def existence(self, question: bool) -> Clause:
        """Sample a clause with "there is".

        Args:
            question: whether it is asked.

        Returns:
            The clause.
        """
        chance = self.chance
        tense = "past" if chance.maybe(0.35) else "present"
        phrase = self.simple("PATUKVGBFC", "any", chance.maybe(0.45))
        fitting = ("a", "no", "some", "many", "several", "few", "two")
        options = [one for one in fitting if (one in ("a",)) != phrase.plural]
        if question:
            options = [one for one in options if one not in ("no", "few")]
        if phrase.determiner not in options:
            phrase = replace(phrase, determiner=chance.choice(options))
        plain = all(not one.superlative for one in phrase.descriptions)
        if not plain:
            phrase = replace(phrase, descriptions=())
        return Clause(
            There(phrase.plural),
            SPECIAL["there"],
            tense,
            arguments=(Argument(phrase),),
            adjunct=self.place(),
        )

    # --- relative clauses ---------------------------------------------------

    def relative(self, noun: Noun, plural: bool, depth: int) -> Fronted:
        """Sample a relative clause.

        Args:
            noun: the noun it belongs to.
            plural: the number of that noun.
            depth: how many clauses are around it.

        Returns:
            The clause.
        """
        chance, key = self.chance, "p" if plural else noun.gender
        draw = chance.weighted(
            {"subject": 50.0, "object": 34.0, "preposition": 30.0, "of": 16.0}
        )
        plan = Plan(depth, denial=0.08, extras=0.4)
        if draw == "object" and noun.kind in _GOVERNING:
            return self._object_relative(noun, key, plan)
        if draw == "preposition" and noun.kind in "LBP":
            return self._far_relative(noun, key, plan)
        if draw == "of" and noun.kind == "P":
            return self._whose(key, plan)
        return self._subject_relative(noun, key, plan)

    def _marker(self, noun: Noun, person: str) -> str:
        if noun.kind == "P":
            return person if self.chance.maybe(0.6) else "that"
        return "which" if self.chance.maybe(0.4) else "that"

    def _subject_relative(self, noun: Noun, key: str, plan: Plan) -> Fronted:
        sex = Common("the", noun).sex
        silent = Gap(3, key == "p", sex)
        inner = replace(plan, kind=noun.kind, subject=silent)
        front = Wh(self._marker(noun, "who"), key)
        return Fronted(Argument(front, case="n"), self.clause(inner), True)

    def _bearer(self, kind: str, pronouns: bool = True) -> NounPhrase:
        return self.subject(kind, Place("definite", 9), pronouns)

    def _object_relative(self, noun: Noun, key: str, plan: Plan) -> Fronted:
        chance = self.chance
        verb = chance.choice(_GOVERNING[noun.kind])
        kind = chance.choice(verb.subjects)
        subject = self._bearer(kind, "y" not in verb.flags)
        case = "d" if verb.frame == "d" else "a"
        tense = self.tense(plan, verb.flags + "g")
        clause = Clause(
            subject,
            verb,
            tense,
            tense != "can" and chance.maybe(0.06),
            arguments=(Argument(Gap(), case=case),),
        )
        if "y" not in verb.flags and chance.maybe(0.12):
            when = self.time(clause.tense, clause.negated)
            clause = replace(clause, time=when)
        front = Wh(self._marker(noun, "whom"), key)
        return Fronted(Argument(front, case=case), clause)

    def _far_relative(self, noun: Noun, key: str, plan: Plan) -> Fronted:
        chance = self.chance
        frame = "p" if noun.kind == "P" else "o"
        pool = [
            verb
            for verb in _POOLS[frame, "P"]
            if frame == "o"
            and verb.english.base != "hang"
            or frame == "p"
            and verb.preposition[0]
            and noun.kind in verb.objects
        ]
        verb = chance.choice(pool)
        english, german, case = verb.preposition
        word = "whom"
        if frame == "o":
            word, case = "which", "d"
            english, german = noun.site
        tense = self.tense(plan, verb.flags + "g")
        clause = Clause(
            self._bearer("P"),
            verb,
            tense,
            tense != "can" and chance.maybe(0.06),
        )
        front = Argument(Wh(word, key), english, german, case)
        return Fronted(front, clause)

    def _whose(self, key: str, plan: Plan) -> Fronted:
        kind = self.chance.choice("PAAVC")
        noun = self.simple(kind, "any", self.chance.maybe(0.2))
        described = tuple(
            replace(one, superlative=False) for one in noun.descriptions
        )
        owned = replace(noun, determiner="bare", descriptions=described)
        inner = replace(plan, kind=kind, subject=gap(owned))
        front = Argument(Wh("whose", key, owned), case="n")
        return Fronted(front, self.clause(inner), True)
