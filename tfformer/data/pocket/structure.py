"""The abstract sentences from which both sides are made.

A sentence of the SYNTHETIC pocket language is sampled as one of these
structures and then realised twice: as an English tree and as German words.
Because neither realisation looks at anything else, a sentence and its
translation cannot drift apart.
"""

from __future__ import annotations

from dataclasses import dataclass

from tfformer.data.pocket.nouns import Noun
from tfformer.data.pocket.verbs import Verb
from tfformer.data.pocket.words import (
    Adjective,
    Adverb,
    Conjunction,
    Name,
    Pronoun,
    Time,
)


@dataclass(frozen=True)
class Description:
    """One adjective as it is used.

    Args:
        adjective: the adjective.
        degree: an adverb before it ("very"), or none.
        superlative: whether it is the superlative.
    """

    adjective: Adjective
    degree: Adverb | None = None
    superlative: bool = False


@dataclass(frozen=True)
class Common:
    """A noun phrase around a common noun.

    Args:
        determiner: a key of ``DETERMINERS``.
        noun: the noun.
        plural: its number.
        descriptions: its adjectives, in order.
        joined: whether two adjectives are joined by "and".
        owner: the possessor before it ("Anna's"), or none.
        tail: what follows it, a prepositional phrase or a relative clause.
        feminine: whether German names a woman of that profession.
    """

    determiner: str
    noun: Noun
    plural: bool = False
    descriptions: tuple[Description, ...] = ()
    joined: bool = False
    owner: NounPhrase | None = None
    tail: Argument | Fronted | None = None
    feminine: bool = False

    person = 3

    @property
    def sex(self) -> str:
        """``f`` for a woman, else ``m``."""
        woman = self.noun.gender == "f" or self.noun.english == "girl"
        return "f" if woman else "m"


@dataclass(frozen=True)
class Coordination:
    """Noun phrases joined by a conjunction.

    Args:
        parts: two or three noun phrases.
        conjunction: "and" or "or".
    """

    parts: tuple[NounPhrase, ...]
    conjunction: str

    person = 3
    plural = True
    sex = "m"


@dataclass(frozen=True)
class Gap:
    """The silent place of a noun phrase that stands elsewhere.

    Args:
        person: the person it has.
        plural: the number it has.
        sex: the sex it has.
    """

    person: int = 3
    plural: bool = False
    sex: str = "m"


@dataclass(frozen=True)
class There:
    """The subject of "there is", German es.

    Args:
        many: the number English agrees with.
    """

    many: bool

    person = 3
    plural = False
    sex = "m"


@dataclass(frozen=True)
class Wh:
    """A question or relative pronoun.

    Args:
        english: the English word, "who", "whom", "what", "that", "which"
            or "whose".
        gender: the German gender of the noun a relative refers to, ``p``
            for the plural; empty for a question word.
        noun: the phrase after "whose", bare, or none.
    """

    english: str
    gender: str = ""
    noun: Common | None = None

    person = 3
    plural = False
    sex = "m"


NounPhrase = Pronoun | Name | Common | Coordination | Gap | There | Wh


@dataclass(frozen=True)
class Argument:
    """A noun phrase in its role.

    Args:
        phrase: the noun phrase.
        english: the English preposition, or empty.
        german: the German preposition, or empty.
        case: the German case, ``n``, ``a``, ``d`` or ``g``.
    """

    phrase: NounPhrase
    english: str = ""
    german: str = ""
    case: str = "a"


@dataclass(frozen=True)
class Quality:
    """An adjective as a predicate.

    Args:
        description: the adjective.
        standard: what it is compared with, or none.
        equal: whether the comparison is "as old as".
    """

    description: Description
    standard: NounPhrase | None = None
    equal: bool = False


@dataclass(frozen=True)
class Infinitive:
    """An infinitive clause.

    Args:
        clause: the clause, its subject a gap.
        purpose: whether it is "in order to", German um zu.
    """

    clause: Clause
    purpose: bool = False


@dataclass(frozen=True)
class Subordinate:
    """A subordinate clause.

    Args:
        conjunction: its conjunction.
        clause: its clause.
    """

    conjunction: Conjunction
    clause: Clause


@dataclass(frozen=True)
class Fronted:
    """A clause opened by a question word or a relative pronoun.

    Args:
        front: the phrase in front.
        clause: the clause with the gap.
        subject: whether the gap is the subject.
    """

    front: Argument | Adverb
    clause: Clause
    subject: bool = False


@dataclass(frozen=True)
class Clause:
    """A subject and what is said of it.

    Args:
        subject: the subject.
        verb: the main verb.
        tense: present, past, perfect, progressive, future or a modal.
        negated: whether it is negated.
        passive: whether it is passive.
        wrapper: "want" or "like" for "wants to" and "likes to", or empty.
        arguments: the objects, in English order.
        predicate: what follows "be", or none.
        frequency: an adverb before the verb, or none.
        manner: an adverb after it, or none.
        adjunct: a prepositional phrase of place, tool and so on, or none.
        home: whether the goal is "home".
        time: a time, or none; "after the concert" is an argument.
        complement: the clause at the end, or none.
        second: a second verb phrase of the same subject, or none.
    """

    subject: NounPhrase
    verb: Verb
    tense: str = "present"
    negated: bool = False
    passive: bool = False
    wrapper: str = ""
    arguments: tuple[Argument, ...] = ()
    predicate: Quality | Argument | None = None
    frequency: Adverb | None = None
    manner: Adverb | None = None
    adjunct: Argument | None = None
    home: bool = False
    time: Time | Argument | None = None
    complement: Infinitive | Subordinate | Fronted | None = None
    second: Clause | None = None


Front = Time | Argument | Subordinate


@dataclass(frozen=True)
class Statement:
    """A main clause, perhaps with something before the subject.

    Args:
        clause: the clause.
        front: what opens the sentence, or none.
    """

    clause: Clause
    front: Front | None = None


@dataclass(frozen=True)
class YesNo:
    """A yes/no question.

    Args:
        clause: the clause asked about.
    """

    clause: Clause


@dataclass(frozen=True)
class WhQuestion:
    """A question with a question word.

    Args:
        fronted: the question word and its clause.
    """

    fronted: Fronted


@dataclass(frozen=True)
class Compound:
    """Two main clauses joined by "and" or "but".

    Args:
        first: the first clause.
        conjunction: the English conjunction.
        second: the second clause.
    """

    first: Clause
    conjunction: str
    second: Clause


Sentence = Statement | YesNo | WhQuestion | Compound
