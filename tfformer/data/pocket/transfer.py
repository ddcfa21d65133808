"""From an abstract sentence to its German words.

German clauses are laid out in fields: what stands before the finite verb,
the finite verb, the middle, the right bracket (prefix, participle,
infinitive), and after it relative and other clauses. The order of the clause
decides where the finite verb goes: second, first, or last.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import singledispatch

from tfformer.data.pocket import german
from tfformer.data.pocket.structure import (
    Argument,
    Clause,
    Common,
    Compound,
    Coordination,
    Front,
    Fronted,
    Gap,
    Infinitive,
    NounPhrase,
    Quality,
    Sentence,
    Statement,
    Subordinate,
    Wh,
    WhQuestion,
    YesNo,
)
from tfformer.data.pocket.verbs import (
    HABEN,
    MODALS,
    SEIN,
    SPECIAL,
    WERDEN,
    GermanVerb,
)
from tfformer.data.pocket.words import DETERMINERS, Adverb, Name, Pronoun, Time

_CASE_INDEX = {"n": 0, "a": 1, "d": 2}
_WH = {
    "who": {"n": "wer"},
    "whom": {"a": "wen", "d": "wem"},
    "what": {"n": "was", "a": "was"},
}


@dataclass
class Words:
    """German words, and a relative clause that may move to the right.

    Args:
        core: the words that stay.
        tail: the relative clause with its commas, or nothing.
    """

    core: list[str] = field(default_factory=list)
    tail: list[str] = field(default_factory=list)

    @property
    def all(self) -> list[str]:
        """The words with the relative clause in its place."""
        return self.core + self.tail


def text(words: list[str]) -> str:
    """Join words and commas into a sentence.

    Args:
        words: the words, commas among them wherever a clause begins or ends,
            and the final mark.

    Returns:
        The sentence: doubled commas are one, none stands before the final
        mark, and the first letter is a capital.
    """
    kept: list[str] = []
    for word in words:
        if word == "," and (not kept or kept[-1] == ","):
            continue
        if word in ".?" and kept[-1] == ",":
            kept.pop()
        kept.append(word)
    line = " ".join(kept)
    for mark in ",.?":
        line = line.replace(" " + mark, mark)
    return line[0].upper() + line[1:]


def sentence_text(sentence: Sentence) -> str:
    """Realise a sentence in German.

    Args:
        sentence: the abstract sentence.

    Returns:
        The German sentence.
    """
    return text(_sentence(sentence))


# --- noun phrases -----------------------------------------------------------


def _adjectives(common: Common, case: str, key: str) -> list[str]:
    word = DETERMINERS[common.determiner]
    declension = "strong" if isinstance(common.owner, Name) else word.adjectives
    found: list[str] = []
    for number, one in enumerate(common.descriptions):
        if number and common.joined:
            found.append("und")
        if one.degree is not None:
            found.append(one.degree.german)
        stem = (
            one.adjective.german_superlative
            if one.superlative
            else one.adjective.stem
        )
        found.append(german.adjective_form(stem, declension, case, key))
    return found


def _noun(common: Common, case: str) -> str:
    noun = common.noun
    if common.feminine:
        return noun.feminine + ("nen" if common.plural else "")
    return german.noun_form(noun, case, common.plural)


def _common(common: Common, case: str) -> Words:
    key = german.gender_key(common.noun, common.plural)
    if common.feminine and not common.plural:
        key = "f"
    owner, name = common.owner, isinstance(common.owner, Name)
    words: list[str] = []
    if isinstance(owner, Name):
        words = [owner.german + "s"]
    else:
        form = german.determiner_form(DETERMINERS[common.determiner], case, key)
        words = [form] if form else []
    words += [*_adjectives(common, case, key), _noun(common, case)]
    if owner is not None and not name:
        words += noun_phrase(owner, "g").all
    tail = common.tail
    if isinstance(tail, Fronted):
        return Words(words, _verb_last(tail))
    if isinstance(tail, Argument):
        inner = argument(tail)
        return Words(words + inner.core, inner.tail)
    return Words(words)


def _wh(phrase: Wh, case: str) -> list[str]:
    if phrase.noun is not None:
        noun = _common(phrase.noun, case).core
        return [german.relative_form("g", phrase.gender), *noun]
    if phrase.gender:
        return [german.relative_form(case, phrase.gender)]
    return [_WH[phrase.english][case]]


def _coordination(phrase: Coordination, case: str) -> list[str]:
    *before, last = (noun_phrase(part, case).all for part in phrase.parts)
    words = before[0]
    for part in before[1:]:
        words = [*words, ",", *part]
    return [*words, "und" if phrase.conjunction == "and" else "oder", *last]


def noun_phrase(phrase: NounPhrase, case: str) -> Words:
    """Realise a noun phrase.

    Args:
        phrase: the noun phrase.
        case: its case.

    Returns:
        Its words; none for a gap.
    """
    if isinstance(phrase, Common):
        return _common(phrase, case)
    if isinstance(phrase, Pronoun):
        return Words([phrase.german[_CASE_INDEX[case]]])
    if isinstance(phrase, Name):
        return Words([phrase.german])
    if isinstance(phrase, Coordination):
        return Words(_coordination(phrase, case))
    if isinstance(phrase, Wh):
        return Words(_wh(phrase, case))
    return Words([] if isinstance(phrase, Gap) else ["es"])


def _contracts(phrase: NounPhrase) -> bool:
    """Whether the article is weak: not before a relative clause."""
    return (
        isinstance(phrase, Common)
        and phrase.determiner == "the"
        and not isinstance(phrase.owner, Name)
        and not isinstance(phrase.tail, Fronted)
    )


def argument(arg: Argument) -> Words:
    """Realise a noun phrase with its preposition.

    Args:
        arg: the phrase in its role.

    Returns:
        Its words, with in + dem as im and the like.
    """
    words = noun_phrase(arg.phrase, arg.case)
    if not arg.german:
        return words
    pair = (arg.german, words.core[0])
    if pair in german.CONTRACTIONS and _contracts(arg.phrase):
        return Words([german.CONTRACTIONS[pair], *words.core[1:]], words.tail)
    return Words([arg.german, *words.core], words.tail)


# --- the verb ---------------------------------------------------------------


@dataclass
class Bracket:
    """The parts of the verb.

    Args:
        finite: the finite verb.
        right: what closes the clause when the finite verb is second.
        last: what closes it when the finite verb is last.
    """

    finite: str
    right: list[str]
    last: list[str]


def _base(clause: Clause) -> list[str]:
    """The infinitive, passive where the clause is."""
    verb = clause.verb.german
    if clause.passive:
        return [verb.participle, "werden"]
    return [verb.prefix + verb.infinitive]


def _done(clause: Clause) -> tuple[list[str], GermanVerb]:
    """The participle and its auxiliary."""
    verb = clause.verb.german
    if clause.passive:
        return [verb.participle, "worden"], SEIN
    return [verb.participle], SEIN if verb.sein else HABEN


def _closed(
    verb: GermanVerb, past: bool, subject: NounPhrase, right: list[str]
) -> Bracket:
    form = german.finite(verb, past, subject.person, subject.plural)
    return Bracket(form, right, [*right, form])


def _bracket(clause: Clause) -> Bracket:
    subject, tense = clause.subject, clause.tense
    verb, past = clause.verb.german, tense == "past"
    if clause.wrapper == "want":
        wollen = SPECIAL["want"].german
        return _closed(wollen, past, subject, _base(clause))
    if tense in MODALS:
        # "must not" forbids: darf nicht.
        forbids = tense == "must" and clause.negated
        modal, preterite = MODALS["may" if forbids else tense]
        return _closed(modal, preterite, subject, _base(clause))
    if tense == "future":
        return _closed(WERDEN, False, subject, _base(clause))
    if tense == "perfect":
        right, auxiliary = _done(clause)
        return _closed(auxiliary, False, subject, right)
    if clause.passive:
        return _closed(WERDEN, past, subject, [verb.participle])
    form = german.finite(verb, past, subject.person, subject.plural)
    prefix = [verb.prefix] if verb.prefix else []
    return Bracket(form, prefix, [verb.prefix + form])


# --- the middle field -------------------------------------------------------


def _time(time: Time | Argument) -> Words:
    if isinstance(time, Argument):
        return argument(time)
    return Words(time.german.split())


def _quality(quality: Quality) -> Words:
    description = quality.description
    adjective = description.adjective
    if quality.standard is None:
        degree = description.degree
        before = [degree.german] if degree is not None else []
        return Words([*before, adjective.german])
    standard = noun_phrase(quality.standard, "n")
    words = [adjective.german_comparative, "als"]
    if quality.equal:
        words = ["so", adjective.german, "wie"]
    return Words([*words, *standard.core], standard.tail)


def _light(phrase: NounPhrase) -> bool:
    return isinstance(phrase, Pronoun)


def _indefinite(phrase: NounPhrase) -> bool:
    return isinstance(phrase, Common) and (
        phrase.determiner == "a"
        or (phrase.determiner == "bare" and phrase.owner is None)
    )


def _deny(arg: Argument) -> Argument:
    """The object with kein in place of its article."""
    phrase = arg.phrase
    assert isinstance(phrase, Common)
    denied = Common(
        "no",
        phrase.noun,
        phrase.plural,
        phrase.descriptions,
        phrase.joined,
        tail=phrase.tail,
        feminine=phrase.feminine,
    )
    return Argument(denied, arg.english, arg.german, arg.case)


def _denied(clause: Clause) -> tuple[tuple[Argument, ...], bool]:
    """The objects, one with kein, and whether nicht remains to be said."""
    # "does not like to" denies the liking: nicht gern.
    if not clause.negated or clause.wrapper == "like":
        return clause.arguments, False
    found = list(clause.arguments)
    for place, arg in enumerate(found):
        direct = not arg.german and not isinstance(arg.phrase, Gap)
        if direct and _indefinite(arg.phrase):
            found[place] = _deny(arg)
            return tuple(found), False
    return clause.arguments, True


def _predicate(clause: Clause) -> tuple[list[Words], bool]:
    """The predicate of "be", and whether kein has denied it."""
    predicate = clause.predicate
    if predicate is None:
        return [], False
    if isinstance(predicate, Quality):
        return [_quality(predicate)], False
    if clause.negated and not predicate.german:
        return [argument(_deny(predicate))], True
    phrase = predicate.phrase
    bare = (
        isinstance(phrase, Common)
        and phrase.determiner == "a"
        and phrase.noun.feminine
        and not phrase.descriptions
    )
    # A profession alone takes no article: Er ist Lehrer.
    words = argument(predicate)
    return [Words(words.core[1:]) if bare else words], False


def _reflexive(clause: Clause) -> list[Words]:
    if not clause.verb.german.reflexive:
        return []
    subject = clause.subject
    return [Words([german.reflexive(subject.person, subject.plural)])]


def _objects(arguments: tuple[Argument, ...]) -> tuple[list[Words], ...]:
    """The objects as pronouns, noun phrases, prepositional phrases."""
    pronouns: list[Words] = []
    nouns: list[Words] = []
    heavy: list[Words] = []
    # A dative noun phrase stands before an accusative one.
    for arg in sorted(arguments, key=lambda arg: arg.case != "d"):
        if isinstance(arg.phrase, Gap):
            continue
        if arg.german:
            heavy.append(argument(arg))
        elif _light(arg.phrase):
            pronouns.append(argument(arg))
        else:
            nouns.append(argument(arg))
    return pronouns, nouns, heavy


def _adverbs(clause: Clause) -> list[Words]:
    """The time and the adverbs that stand before the objects."""
    found: list[Words] = []
    if clause.time is not None:
        found.append(_time(clause.time))
    if clause.frequency is not None:
        found.append(Words([clause.frequency.german]))
    if clause.tense == "progressive":
        found.append(Words(["gerade"]))
    if clause.wrapper == "like":
        found.append(Words(["nicht", "gern"] if clause.negated else ["gern"]))
    return found


def _middle(clause: Clause) -> list[Words]:
    """The middle field without the subject."""
    arguments, nicht = _denied(clause)
    pronouns, nouns, heavy = _objects(arguments)
    predicate, kein = _predicate(clause)
    if kein:
        nicht = False
    found = [*pronouns, *_adverbs(clause), *nouns]
    if nicht:
        found.append(Words(["nicht"]))
    if clause.manner is not None:
        found.append(Words([clause.manner.german]))
    if clause.adjunct is not None:
        found.append(argument(clause.adjunct))
    found += heavy
    if clause.home:
        found.append(Words(["nach", "Hause"]))
    return found + predicate


# --- clauses ----------------------------------------------------------------


def _infinitive(infinitive: Infinitive) -> list[str]:
    clause = infinitive.clause
    opener = ["um"] if infinitive.purpose else []
    zu = list(clause.verb.german.zu)
    middle = [*_reflexive(clause), *_middle(clause)]
    return [",", *opener, *_filled(middle, zu), ","]


def _complement(clause: Clause) -> list[str]:
    complement = clause.complement
    if complement is None:
        return []
    if isinstance(complement, Infinitive):
        return _infinitive(complement)
    if isinstance(complement, Fronted):
        return _verb_last(complement)
    return [",", *_subordinate(complement), ","]


def _subordinate(subordinate: Subordinate) -> list[str]:
    word, clause = subordinate.conjunction, subordinate.clause
    past = clause.tense == "past"
    opener = word.german_past if past else word.german
    return [opener, *_clause(clause, "last")]


def _filled(middle: list[Words], right: list[str]) -> list[str]:
    """The middle field and the bracket after it.

    A relative clause at the very end of the middle moves behind the
    bracket: Er hat den Hund gesehen, der schläft.
    """
    words = [word for part in middle[:-1] for word in part.all]
    if not middle:
        return right
    return [*words, *middle[-1].core, *right, *middle[-1].tail]


def _clause(clause: Clause, order: str) -> list[str]:
    """A clause from its finite verb (first) or its subject (last) on.

    Args:
        clause: the clause.
        order: ``first`` (what precedes the finite verb is not included, and
            the subject follows it), ``taken`` (the subject precedes it) or
            ``last``.
    """
    bracket = _bracket(clause)
    middle = _middle(clause)
    subject = noun_phrase(clause.subject, "n")
    opening = _reflexive(clause)
    if order != "taken" and subject.core:
        # sich stands before a noun and after a pronoun.
        light = _light(clause.subject)
        opening = [subject, *opening] if light else [*opening, subject]
    middle = [*opening, *middle]
    if order == "last":
        words = _filled(middle, bracket.last)
    else:
        words = [bracket.finite, *_filled(middle, bracket.right)]
    words += _complement(clause)
    if clause.second is not None:
        words += ["und", *_clause(clause.second, order)]
    return words


def _main(clause: Clause) -> list[str]:
    """A main clause with the subject in front."""
    subject = noun_phrase(clause.subject, "n").all
    return [*subject, *_clause(clause, "taken")]


def _front(front: Argument | Adverb) -> list[str]:
    if isinstance(front, Adverb):
        return [front.german]
    return argument(front).all


def _verb_last(fronted: Fronted) -> list[str]:
    """A relative clause or embedded question between its commas."""
    clause = _clause(fronted.clause, "last")
    return [",", *_front(fronted.front), *clause, ","]


def _opening(front: Front) -> list[str]:
    if isinstance(front, Subordinate):
        return [*_subordinate(front), ","]
    return _time(front).all


@singledispatch
def _sentence(sentence: Sentence) -> list[str]:
    raise TypeError(f"sentence must be a Sentence, got {type(sentence)}")


@_sentence.register
def _(sentence: Statement) -> list[str]:
    if sentence.front is None:
        return [*_main(sentence.clause), "."]
    opening = _opening(sentence.front)
    return [*opening, *_clause(sentence.clause, "first"), "."]


@_sentence.register
def _(sentence: YesNo) -> list[str]:
    return [*_clause(sentence.clause, "first"), "?"]


@_sentence.register
def _(sentence: WhQuestion) -> list[str]:
    fronted = sentence.fronted
    front = _front(fronted.front)
    return [*front, *_clause(fronted.clause, "first"), "?"]


@_sentence.register
def _(sentence: Compound) -> list[str]:
    joint = ["und"] if sentence.conjunction == "and" else [",", "aber"]
    first, second = _main(sentence.first), _main(sentence.second)
    return [*first, *joint, *second, "."]
