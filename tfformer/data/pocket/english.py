"""From an abstract sentence to its English tree, and from tree to text.

Trees follow Penn conventions without traces and function tags. They are
plain tuples: ``(label, child, ...)`` or ``(tag, word)``.
"""

from __future__ import annotations

from functools import singledispatch

from tfformer.data.pocket.structure import (
    Argument,
    Clause,
    Common,
    Compound,
    Coordination,
    Description,
    Fronted,
    Gap,
    Infinitive,
    NounPhrase,
    Quality,
    Sentence,
    Statement,
    Subordinate,
    There,
    Wh,
    WhQuestion,
    YesNo,
)
from tfformer.data.pocket.verbs import MODALS, SPECIAL, EnglishVerb
from tfformer.data.pocket.words import (
    DETERMINERS,
    Adverb,
    Name,
    Pronoun,
    Time,
    Tree,
)

_VOWELS = "aeiou"


def bracket(tree: Tree) -> str:
    """Write a tree as one line of Penn brackets.

    Args:
        tree: the tree.

    Returns:
        The bracket string, without a root around it.
    """
    if isinstance(tree[1], str):
        return f"({tree[0]} {tree[1]})"
    return f"({tree[0]} {' '.join(bracket(child) for child in tree[1:])})"


def leaves(tree: Tree) -> list[str]:
    """Return the words of a tree in order.

    Args:
        tree: the tree.

    Returns:
        Its leaves.
    """
    if isinstance(tree[1], str):
        return [tree[1]]
    return [word for child in tree[1:] for word in leaves(child)]


def detokenise(words: list[str]) -> str:
    """Join Treebank tokens into text with punctuation attached.

    Args:
        words: the tokens.

    Returns:
        The sentence as it is written.
    """
    text = " ".join(words)
    for mark in (",", ".", "?", "'s"):
        text = text.replace(" " + mark, mark)
    return text


def capitalise(tree: Tree) -> Tree:
    """Return a tree whose first word begins with a capital.

    Args:
        tree: the tree.

    Returns:
        The same tree with another first leaf.
    """
    label, first, *rest = tree
    if isinstance(first, str):
        return (label, first[0].upper() + first[1:])
    return (label, capitalise(first), *rest)


def sentence_tree(sentence: Sentence) -> Tree:
    """Realise a sentence as an English tree.

    Args:
        sentence: the abstract sentence.

    Returns:
        The tree under the root, punctuated and capitalised.
    """
    return capitalise(_sentence(sentence))


# --- noun phrases -----------------------------------------------------------


def _article(word: str) -> str:
    vowel = word[0] in _VOWELS and not word.startswith("use")
    return "an" if vowel or word.startswith("honest") else "a"


def _degree(description: Description) -> list[Tree]:
    adjective = description.adjective
    if description.superlative:
        return [("JJS", adjective.superlative)]
    head = ("JJ", adjective.english)
    if description.degree is None:
        return [head]
    return [("ADJP", ("RB", description.degree.english), head)]


def _descriptions(common: Common) -> list[Tree]:
    parts = [tree for one in common.descriptions for tree in _degree(one)]
    if common.joined:
        return [("ADJP", parts[0], ("CC", "and"), parts[1])]
    return parts


def _determiner(common: Common, follower: str) -> list[Tree]:
    word = DETERMINERS[common.determiner]
    if common.owner is not None:
        owner = noun_phrase(common.owner)
        return [(*owner, ("POS", "'s"))]
    if common.determiner == "how_many":
        return [("WHADJP", ("WRB", "how"), ("JJ", "many"))]
    if not word.english:
        return []
    english = word.english
    return [(word.tag, _article(follower) if english == "a" else english)]


def _common(common: Common) -> Tree:
    noun = common.noun
    head = ("NNS", noun.plural) if common.plural else ("NN", noun.english)
    body = [*_descriptions(common), head]
    determiner = _determiner(common, leaves(body[0])[0])
    question = common.determiner in ("which", "how_many")
    flat = ("WHNP" if question else "NP", *determiner, *body)
    if common.tail is None:
        return flat
    if isinstance(common.tail, Fronted):
        return ("NP", flat, _opened(common.tail))
    return ("NP", flat, argument(common.tail))


def _coordination(phrase: Coordination) -> Tree:
    parts = [noun_phrase(part) for part in phrase.parts]
    # Penn joins single words without a bracket around each.
    if all(len(part) == 2 for part in parts):
        parts = [part[1] for part in parts]
    *before, last = parts
    listed: list[Tree] = [before[0]]
    for part in before[1:]:
        listed += [(",", ","), part]
    return ("NP", *listed, ("CC", phrase.conjunction), last)


def _wh(phrase: Wh) -> Tree:
    if phrase.noun is not None:
        return ("WHNP", ("WP$", "whose"), *_common(phrase.noun)[1:])
    tag = "WDT" if phrase.english in ("that", "which") else "WP"
    return ("WHNP", (tag, phrase.english))


def noun_phrase(phrase: NounPhrase, subject: bool = False) -> Tree:
    """Realise a noun phrase.

    Args:
        phrase: the noun phrase, not a gap.
        subject: whether a pronoun takes its subject form.

    Returns:
        Its tree.
    """
    if isinstance(phrase, Common):
        return _common(phrase)
    if isinstance(phrase, Pronoun):
        word = phrase.english if subject else phrase.oblique
        return ("NP", ("PRP", word))
    if isinstance(phrase, Name):
        return ("NP", ("NNP", phrase.english))
    if isinstance(phrase, Coordination):
        return _coordination(phrase)
    if isinstance(phrase, Wh):
        return _wh(phrase)
    return ("NP", ("EX", "there"))


def argument(arg: Argument) -> Tree:
    """Realise a noun phrase with its preposition.

    Args:
        arg: the phrase in its role.

    Returns:
        An NP, a PP, or a WHNP or WHPP in front of a clause.
    """
    phrase = noun_phrase(arg.phrase)
    if not arg.english:
        return phrase
    if arg.english == "in front of":
        front = ("NP", ("NN", "front"))
        inner = ("NP", front, ("PP", ("IN", "of"), phrase))
        return ("PP", ("IN", "in"), inner)
    label = "WHPP" if phrase[0] == "WHNP" else "PP"
    tag = "TO" if arg.english == "to" else "IN"
    return (label, (tag, arg.english), phrase)


# --- verb phrases -----------------------------------------------------------


def _finite(
    verb: EnglishVerb, tense: str, phrase: NounPhrase
) -> tuple[str, str]:
    plural = phrase.plural or (isinstance(phrase, There) and phrase.many)
    other = plural or phrase.person != 3
    if verb.base != "be":
        if tense == "past":
            return ("VBD", verb.past)
        return ("VBP", verb.base) if other else ("VBZ", verb.third)
    if tense == "past":
        many = plural or phrase.person == 2
        return ("VBD", "were" if many else "was")
    if phrase.person == 1 and not plural:
        return ("VBP", "am")
    return ("VBP", "are") if other else ("VBZ", "is")


_BE = SPECIAL["be"].english
_HAVE = ("have", "has", "had", "had", "having", "")
_HAVE_VERB = EnglishVerb(*_HAVE)
_DO_VERB = EnglishVerb("do", "does", "did", "done", "doing", "")


def _main_forms(clause: Clause, verb: EnglishVerb) -> dict[str, list[Tree]]:
    """The verb's own nonfinite forms, passive where the clause is."""
    if not clause.passive or clause.wrapper:
        return {
            "base": [("VB", verb.base)],
            "participle": [("VBN", verb.participle)],
            "gerund": [("VBG", verb.gerund)],
        }
    done = ("VBN", verb.participle)
    return {
        "base": [("VB", "be"), done],
        "participle": [("VBN", "been"), done],
        "gerund": [("VBG", "being"), done],
    }


def _chain(clause: Clause, support: bool) -> list[Tree]:
    """The verbs of a clause, the finite one first."""
    wrapped = bool(clause.wrapper)
    lexical = SPECIAL[clause.wrapper] if wrapped else clause.verb
    verb = lexical.english
    subject, tense = clause.subject, clause.tense
    forms = _main_forms(clause, verb)
    if tense in MODALS:
        return [("MD", tense), *forms["base"]]
    if tense == "future":
        return [("MD", "will"), *forms["base"]]
    if tense == "perfect":
        have = _finite(_HAVE_VERB, "present", subject)
        return [have, *forms["participle"]]
    if tense == "progressive":
        return [_finite(_BE, "present", subject), *forms["gerund"]]
    if clause.passive and not wrapped:
        done = ("VBN", verb.participle)
        return [_finite(_BE, tense, subject), done]
    if support and verb.base != "be":
        return [_finite(_DO_VERB, tense, subject), ("VB", verb.base)]
    return [_finite(verb, tense, subject)]


def _particle(verb: EnglishVerb) -> list[Tree]:
    if not verb.particle:
        return []
    if verb.particle == "asleep":
        return [("ADJP", ("JJ", "asleep"))]
    if verb.particle == "back":
        return [("ADVP", ("RB", "back"))]
    return [("PRT", ("RP", verb.particle))]


def _quality(quality: Quality) -> Tree:
    adjective = quality.description.adjective
    plain = _degree(quality.description)[0]
    if quality.standard is None:
        return plain if plain[0] == "ADJP" else ("ADJP", plain)
    standard = noun_phrase(quality.standard)
    if quality.equal:
        than = ("PP", ("IN", "as"), standard)
        return ("ADJP", ("RB", "as"), ("JJ", adjective.english), than)
    than = ("PP", ("IN", "than"), standard)
    if adjective.comparative:
        return ("ADJP", ("JJR", adjective.comparative), than)
    more = ("RBR", "more")
    return ("ADJP", more, ("JJ", adjective.english), than)


def _opened(fronted: Fronted) -> Tree:
    """A relative clause or an embedded question."""
    clause = fronted.clause
    return ("SBAR", _front(fronted.front), ("S", *_statement(clause)))


def _front(front: Argument | Adverb) -> Tree:
    if isinstance(front, Adverb):
        return ("WHADVP", ("WRB", front.english))
    return argument(front)


def _infinitive(infinitive: Infinitive) -> Tree:
    clause = infinitive.clause
    inner = ("VP", ("VB", clause.verb.english.base), *_contents(clause))
    tree = ("S", ("VP", ("TO", "to"), inner))
    if infinitive.purpose:
        return ("SBAR", ("IN", "in"), ("NN", "order"), tree)
    return tree


def _complement(
    complement: Infinitive | Subordinate | Fronted,
) -> Tree:
    if isinstance(complement, Infinitive):
        return _infinitive(complement)
    if isinstance(complement, Fronted):
        return _opened(complement)
    word = complement.conjunction
    opener = (
        ("WHADVP", ("WRB", word.english))
        if word.adverb
        else ("IN", word.english)
    )
    return ("SBAR", opener, ("S", *_statement(complement.clause)))


def _time(time: Time | Argument) -> Tree:
    return argument(time) if isinstance(time, Argument) else time.tree


def _contents(clause: Clause) -> list[Tree]:
    """What follows the main verb, in English order."""
    found = _particle(clause.verb.english)
    for arg in clause.arguments:
        if not isinstance(arg.phrase, Gap):
            found.append(argument(arg))
    if isinstance(clause.predicate, Quality):
        found.append(_quality(clause.predicate))
    elif clause.predicate is not None:
        found.append(argument(clause.predicate))
    if clause.home:
        found.append(("ADVP", ("RB", "home")))
    if clause.manner is not None:
        found.append(("ADVP", ("RB", clause.manner.english)))
    if clause.adjunct is not None:
        found.append(argument(clause.adjunct))
    if clause.time is not None:
        found.append(_time(clause.time))
    if clause.complement is not None:
        found.append(_complement(clause.complement))
    return found


def _between(clause: Clause) -> list[Tree]:
    """What stands after the first auxiliary."""
    found: list[Tree] = []
    if clause.negated:
        found.append(("RB", "not"))
    if clause.frequency is not None:
        found.append(("ADVP", ("RB", clause.frequency.english)))
    return found


def _nest(chain: list[Tree], between: list[Tree], inner: list[Tree]) -> Tree:
    """Put each verb's phrase inside that of its auxiliary."""
    if len(chain) == 1:
        return ("VP", chain[0], *between, *inner)
    tree: Tree = ("VP", chain[-1], *inner)
    for verb in chain[-2:0:-1]:
        tree = ("VP", verb, tree)
    return ("VP", chain[0], *between, tree)


def _inner(clause: Clause) -> list[Tree]:
    """The contents of the verb phrase, below "wants to" where it is."""
    contents = _contents(clause)
    if not clause.wrapper:
        return contents
    verb = ("VP", ("VB", clause.verb.english.base), *contents)
    return [("S", ("VP", ("TO", "to"), verb))]


def _second(first: Tree, clause: Clause) -> Tree:
    other = _nest(_chain(clause, False), [], _inner(clause))
    if len(first) == len(other) == 2:
        return ("VP", first[1], ("CC", "and"), other[1])
    return ("VP", first, ("CC", "and"), other)


def _statement(clause: Clause) -> list[Tree]:
    """The children of a declarative S."""
    chain = _chain(clause, clause.negated)
    before: list[Tree] = []
    if not isinstance(clause.subject, Gap):
        before.append(noun_phrase(clause.subject, subject=True))
    between = _between(clause)
    copula = clause.verb.english.base == "be" and not clause.wrapper
    if len(chain) == 1 and clause.frequency is not None and not copula:
        before += between
        between = []
    tree = _nest(chain, between, _inner(clause))
    if clause.second is not None:
        tree = _second(tree, clause.second)
    return [*before, tree]


def _inverted(clause: Clause) -> list[Tree]:
    """The children of an SQ: auxiliary, subject, rest."""
    first, *chain = _chain(clause, support=True)
    subject = noun_phrase(clause.subject, subject=True)
    between = _between(clause)
    inner = _inner(clause)
    if not chain:
        return [first, subject, *between, *inner]
    tree = _nest(chain, [], inner)
    return [first, subject, *between, tree]


# --- sentences --------------------------------------------------------------

_STOP = (".", ".")
_ASK = (".", "?")
_COMMA = (",", ",")


@singledispatch
def _sentence(sentence: Sentence) -> Tree:
    raise TypeError(f"sentence must be a Sentence, got {type(sentence)}")


@_sentence.register
def _(sentence: Statement) -> Tree:
    front: list[Tree] = []
    opener = sentence.front
    if isinstance(opener, Subordinate):
        front = [_complement(opener), _COMMA]
    elif isinstance(opener, Argument):
        front = [argument(opener), _COMMA]
    elif opener is not None:
        front = [opener.tree, _COMMA] if opener.comma else [opener.tree]
    return ("S", *front, *_statement(sentence.clause), _STOP)


@_sentence.register
def _(sentence: YesNo) -> Tree:
    return ("SQ", *_inverted(sentence.clause), _ASK)


@_sentence.register
def _(sentence: WhQuestion) -> Tree:
    fronted = sentence.fronted
    children = (
        _statement(fronted.clause)
        if fronted.subject
        else _inverted(fronted.clause)
    )
    return ("SBARQ", _front(fronted.front), ("SQ", *children), _ASK)


@_sentence.register
def _(sentence: Compound) -> Tree:
    return (
        "S",
        ("S", *_statement(sentence.first)),
        _COMMA,
        ("CC", sentence.conjunction),
        ("S", *_statement(sentence.second)),
        _STOP,
    )
