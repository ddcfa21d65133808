"""Sampling whole sentences from clauses.

A clause that ends in another clause has nothing after that one, and clauses
are joined with a comma where verb phrases are joined without, so that the
scope of every conjunction can be seen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tfformer.data.pocket.clauses import ClauseSampler, Plan, gap, tense_class
from tfformer.data.pocket.nominals import Place
from tfformer.data.pocket.structure import (
    Argument,
    Clause,
    Common,
    Compound,
    Fronted,
    Gap,
    Infinitive,
    NounPhrase,
    Sentence,
    Statement,
    Subordinate,
    Wh,
    WhQuestion,
    YesNo,
)
from tfformer.data.pocket.verbs import VERBS, Verb
from tfformer.data.pocket.words import CONJUNCTIONS, OPENERS, Adverb, Pronoun

_WEIGHTS = {
    "plain": 26.0,
    "fronted": 9.0,
    "passive": 4.0,
    "yes_no": 8.0,
    "wh": 9.0,
    "compound": 7.0,
    "before": 8.0,
    "after": 7.0,
    "that": 8.0,
    "indirect": 5.0,
    "infinitive": 5.0,
    "purpose": 3.0,
    "existence": 2.5,
    "weather": 1.0,
    "verbs": 6.0,
}
_OPEN = {
    frame: [verb for verb in VERBS if verb.frame == frame] for frame in "cqnx"
}
_DIRECT = [
    verb for verb in VERBS if verb.frame in "td" and not verb.english.particle
]
_DISTANT = [
    verb
    for verb in VERBS
    if verb.frame == "p" and verb.preposition[0] and "P" in verb.objects
]
_SIMPLE = ("present", "past")
_COMMON = ("present", "past", "perfect", "future", "can", "must")
_WHENS = {
    "because": 24.0,
    "although": 14.0,
    "while": 10.0,
    "before": 9.0,
    "after": 8.0,
    "until": 5.0,
    "if": 13.0,
    "when": 17.0,
}
WHERE = Adverb("where", "wo")
WHITHER = Adverb("where", "wohin")
WHEN = Adverb("when", "wann")
WHY = Adverb("why", "warum")
HOW = Adverb("how", "wie")


class SentenceSampler(ClauseSampler):
    """Samples sentences of the SYNTHETIC pocket language."""

    def sentence(self) -> Sentence:
        """Sample a sentence.

        Returns:
            The abstract sentence.
        """
        makers: dict[str, Callable[[], Sentence]] = {
            "plain": self._plain,
            "fronted": self._fronted,
            "passive": self._passive,
            "yes_no": self._yes_no,
            "wh": self._question,
            "compound": self._compound,
            "before": self._before,
            "after": self._after,
            "that": self._that,
            "indirect": self._indirect,
            "infinitive": self._infinitive,
            "purpose": self._purpose,
            "existence": self._existence,
            "weather": self._weather,
            "verbs": self._verbs,
        }
        return makers[self.chance.weighted(_WEIGHTS)]()

    # --- statements ---------------------------------------------------------

    def _plain(self) -> Statement:
        return Statement(self.clause(Plan(moods="any", denial=0.14)))

    def _fronted(self) -> Statement:
        chance = self.chance
        clause = self.clause(Plan(extras=0.3))
        if clause.time is not None:
            return Statement(replace(clause, time=None), clause.time)
        front = self.time(clause.tense)
        if chance.maybe(0.35) and clause.verb.frame in "itdpm":
            if clause.adjunct is None and clause.verb.german.prefix != "an":
                return Statement(clause, self.place("LLBB"))
        if front is None or chance.maybe(0.25):
            opener = chance.choice(OPENERS)
            if tense_class(clause.tense) in opener.tenses:
                front = opener
        return Statement(clause, front)

    def _passive(self) -> Statement:
        return Statement(self.passive(Plan()))

    def _weather(self) -> Statement:
        return Statement(self.weather(Plan()))

    def _existence(self) -> Sentence:
        question = self.chance.maybe(0.25)
        clause = self.existence(question)
        return YesNo(clause) if question else Statement(clause)

    def _compound(self) -> Compound:
        first = self.clause(Plan(depth=1, extras=0.5))
        second = self.clause(Plan(depth=1, extras=0.5))
        return Compound(
            first, "but" if self.chance.maybe(0.4) else "and", second
        )

    def _verbs(self) -> Statement:
        tense = self.chance.choice(_SIMPLE)
        plan = Plan(
            depth=2,
            kind="P" if self.chance.maybe(0.85) else "A",
            tenses=(tense,),
            denial=0.0,
            extras=0.3,
            closed=True,
            frames="i t d p m l",
        )
        first = self.clause(plan)
        first = replace(first, time=None, wrapper="", frequency=None)
        again = replace(plan, subject=gap(first.subject), closed=False)
        second = replace(self.clause(again), wrapper="", frequency=None)
        # A verb without a past, or twice the same verb: only the first.
        if first.tense != second.tense or first.verb == second.verb:
            return Statement(first)
        return Statement(replace(first, second=second))

    # --- sentences with a subordinate clause --------------------------------

    def _linked(self) -> tuple[Clause, Subordinate]:
        """A main clause, still open, and a clause beside it."""
        word = self.chance.weighted(_WHENS)
        tense = self.chance.choice(_SIMPLE)
        main: tuple[str, ...] = (*_COMMON,)
        side: tuple[str, ...] = (*_COMMON,)
        if word in ("when", "while", "before", "until"):
            main = side = (tense,)
        elif word == "if":
            main, side = ("present", "future", "can", "must"), ("present",)
        elif word == "after":
            main, side = ("present",), ("perfect",)
        clause = self.clause(
            Plan(1, tenses=main, extras=0.25, closed=True, denial=0.08)
        )
        inner = Plan(1, tenses=side, extras=0.35, denial=0.08)
        if self.chance.maybe(0.07):
            aside = self.weather(inner)
        else:
            aside = self.clause(inner)
        return clause, Subordinate(CONJUNCTIONS[word], aside)

    def _before(self) -> Statement:
        clause, aside = self._linked()
        return Statement(clause, aside)

    def _after(self) -> Statement:
        clause, aside = self._linked()
        return Statement(replace(clause, complement=aside))

    def _opening(self, frame: str) -> Clause:
        """A clause around a verb that takes a clause."""
        chance = self.chance
        verb: Verb = chance.choice(_OPEN[frame])
        kind = "A" if "A" in verb.subjects and chance.maybe(0.2) else "P"
        subject = self.subject(kind, Place("definite", 1, before=True), True)
        tenses = _SIMPLE if frame in "cqx" else (*_SIMPLE, "perfect")
        tense = self.tense(Plan(tenses=tenses), verb.flags)
        return Clause(subject, verb, tense, chance.maybe(0.09))

    def _that(self) -> Statement:
        frame = "x" if self.chance.maybe(0.2) else "c"
        clause = self._opening(frame)
        inner = Plan(1, tenses=_COMMON, extras=0.4)
        aside = Subordinate(CONJUNCTIONS["that"], self.clause(inner))
        if frame == "x":
            who = self._hearer(clause.subject)
            clause = replace(clause, arguments=(who,))
        return Statement(replace(clause, complement=aside))

    def _hearer(self, subject: NounPhrase) -> Argument:
        found = self.object("P", Place("negated", 9), subject, True)
        if isinstance(found, Common):
            found = self.simple("P", "definite")
        return Argument(found, case="d")

    def _indirect(self) -> Statement:
        clause = self._opening("q")
        if self.chance.maybe(0.35):
            inner = self.clause(Plan(1, tenses=_COMMON, extras=0.4))
            word = CONJUNCTIONS["whether"]
            aside: Subordinate | Fronted = Subordinate(word, inner)
        else:
            aside = self._asked(1)
        return Statement(replace(clause, complement=aside))

    def _bare(self, subject: NounPhrase, kind: str) -> Clause:
        """What "to" opens: a clause without subject and tense."""
        plan = Plan(
            depth=1,
            kind=kind,
            subject=gap(subject),
            tenses=("present",),
            denial=0.0,
            extras=0.4,
            frames="i t d p b m l",
        )
        found = self.clause(plan)
        # Nobody tries, or works, in order to need or to know.
        while "g" in found.verb.flags:
            found = self.clause(plan)
        return replace(found, wrapper="", frequency=None)

    def _infinitive(self) -> Statement:
        clause = self._opening("n")
        kind = "P"
        if isinstance(clause.subject, Common):
            kind = clause.subject.noun.kind
        elif not isinstance(clause.subject, Pronoun):
            return self._plain()
        bare = self._bare(clause.subject, kind)
        if "y" in bare.verb.flags and kind == "P":
            return self._plain()
        return Statement(replace(clause, complement=Infinitive(bare)))

    def _purpose(self) -> Statement:
        plan = Plan(
            depth=1,
            kind="P",
            tenses=("present", "past", "perfect"),
            denial=0.0,
            extras=0.0,
            closed=True,
            frames="i t p b m l",
        )
        clause = self.clause(plan)
        bare = self._bare(clause.subject, "P")
        aim = Infinitive(bare, purpose=True)
        return Statement(replace(clause, complement=aim))

    # --- questions ----------------------------------------------------------

    def _yes_no(self) -> YesNo:
        plan = Plan(depth=1, question=True, denial=0.1, extras=0.7)
        clause = self.clause(plan)
        return YesNo(clause)

    def _question(self) -> WhQuestion:
        return WhQuestion(self._asked(0))

    def _asked(self, depth: int) -> Fronted:
        """A question word with its clause."""
        return self.chance.weighted(
            {
                self._who: 20.0,
                self._whom: 18.0,
                self._what: 14.0,
                self._which: 12.0,
                self._for_whom: 5.0,
                self._where: 16.0,
                self._adverbial: 22.0,
            }
        )(depth)

    def _who(self, depth: int) -> Fronted:
        plan = Plan(
            max(depth, 1),
            kind="P",
            subject=Gap(),
            denial=0.05,
            extras=0.6,
            tenses=_COMMON,
        )
        clause = replace(self.clause(plan), frequency=None)
        return Fronted(Argument(Wh("who"), case="n"), clause, True)

    def _asker(self, verb: Verb) -> NounPhrase:
        kind = self.chance.choice(verb.subjects)
        return self.subject(kind, Place("definite", 9), True)

    def _missing(self, verb: Verb, front: NounPhrase) -> Fronted:
        """A question for an object."""
        case = "d" if verb.frame == "d" else "a"
        english, german, other = verb.preposition
        case = other or case
        tenses = Plan(tenses=(*_COMMON, "should", "could"))
        clause = Clause(self._asker(verb), verb, self.tense(tenses, verb.flags))
        if self.chance.maybe(0.15):
            clause = replace(clause, time=self.time(clause.tense))
        return Fronted(Argument(front, english, german, case), clause)

    def _whom(self, depth: int) -> Fronted:
        pool = [
            verb
            for verb in _DIRECT
            if "P" in verb.objects and "y" not in verb.flags
        ]
        return self._missing(self.chance.choice(pool), Wh("whom"))

    def _for_whom(self, depth: int) -> Fronted:
        return self._missing(self.chance.choice(_DISTANT), Wh("whom"))

    def _what(self, depth: int) -> Fronted:
        pool = [
            verb
            for verb in _DIRECT
            if verb.frame == "t"
            and "y" not in verb.flags
            and set("TZFXCSD") & set(verb.objects)
        ]
        return self._missing(self.chance.choice(pool), Wh("what"))

    def _which(self, depth: int) -> Fronted:
        verb = self.chance.choice(
            [verb for verb in _DIRECT if "y" not in verb.flags]
        )
        noun = self.noun(verb.objects)
        while noun.mass:
            noun = self.noun(verb.objects + "PAT")
            verb = self.chance.choice(
                [
                    verb
                    for verb in _DIRECT
                    if "y" not in verb.flags and noun.kind in verb.objects
                ]
            )
        many = self.chance.maybe(0.35)
        word = "how_many" if many else "which"
        plural = many or self.chance.maybe(0.25)
        return self._missing(verb, Common(word, noun, plural))

    def _where(self, depth: int) -> Fronted:
        chance = self.chance
        frame = chance.choice("iommlo")
        plan = Plan(
            9,
            kind="P",
            denial=0.0,
            extras=0.0,
            closed=True,
            question=True,
            frames=frame,
            moods="definite",
            tenses=_COMMON,
        )
        clause = self.clause(plan)
        clause = replace(clause, wrapper="", frequency=None)
        if frame in "ml":
            kept = clause.arguments[:-1]
            return Fronted(WHITHER, replace(clause, arguments=kept, home=False))
        return Fronted(WHERE, replace(clause, adjunct=None))

    def _adverbial(self, depth: int) -> Fronted:
        word = self.chance.choice((WHEN, WHY, WHY, WHEN, HOW))
        plan = Plan(
            max(depth, 1),
            denial=0.1 if word is WHY else 0.0,
            extras=0.3 if word is WHY else 0.0,
            question=True,
            moods="definite",
            frames="t m l" if word is HOW else "",
            tenses=_COMMON,
        )
        clause = replace(self.clause(plan), frequency=None)
        return Fronted(word, clause)
