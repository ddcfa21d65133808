"""Sentences built by hand, both sides checked by a reader of both."""

from dataclasses import replace

import pytest

from tfformer.data.pocket.english import (
    bracket,
    detokenise,
    leaves,
    sentence_tree,
)
from tfformer.data.pocket.nouns import NOUNS
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
    Quality,
    Statement,
    Subordinate,
    There,
    Wh,
    WhQuestion,
    YesNo,
)
from tfformer.data.pocket.transfer import sentence_text
from tfformer.data.pocket.verbs import SPECIAL, VERBS
from tfformer.data.pocket.words import (
    ADJECTIVES,
    CONJUNCTIONS,
    FREQUENCIES,
    PEOPLE,
    PRONOUNS,
    TIMES,
    TOWNS,
    Adverb,
)

NOUN = {noun.english: noun for noun in NOUNS}
ADJECTIVE = {one.english: one for one in ADJECTIVES}
TIME = {time.german: time for time in TIMES}
OFTEN = FREQUENCIES[0]
HE, SHE, ME, IT = (PRONOUNS[key] for key in ("he", "she", "I", "it"))
ANNA = PEOPLE[0]
BE = SPECIAL["be"]


def verb(frame, base, particle="", german=""):
    """The verb of the table with this frame and these words."""
    return next(
        one
        for one in VERBS
        if (one.frame, one.english.base, one.english.particle)
        == (frame, base, particle)
        and german in one.german.prefix + one.german.infinitive
    )


def np(words, tail=None):
    """ "the old dog" as a noun phrase; a plural is written "dog+"."""
    determiner, *adjectives, noun = words.split()
    return Common(
        determiner,
        NOUN[noun.rstrip("+")],
        noun.endswith("+"),
        tuple(Description(ADJECTIVE[one]) for one in adjectives),
        tail=tail,
    )


def relative(front, clause, subject=False, case="n"):
    return Fronted(Argument(front, case=case), clause, subject)


SLEEP, SEE = verb("i", "sleep"), verb("t", "see")
DOG, CAT, MAN = np("the dog"), np("the cat"), np("the man")
HE_SLEEPS = Clause(HE, SLEEP)
HAT = Argument(np("the red hat"), "with", "mit", "d")
SCOPE = Argument(np("the telescope"), "with", "mit", "d")
ON_TABLE = Argument(np("the table"), "on", "auf", "d")
ONTO_TABLE = Argument(np("the table"), "on", "auf", "a")
GARDEN = Argument(np("the garden"), "in", "in", "d")
ASLEEP_DOG = np(
    "the dog", relative(Wh("that", "m"), Clause(Gap(), SLEEP), True)
)
HELPED = np(
    "the woman",
    relative(
        Wh("whom", "f"),
        Clause(HE, verb("d", "help"), arguments=(Argument(Gap(), case="d"),)),
        case="d",
    ),
)
TO_GET_UP = Infinitive(Clause(Gap(), verb("i", "get", "up")))
TO_READ = Infinitive(
    Clause(Gap(), verb("t", "read"), arguments=(Argument(np("a book")),)), True
)


def objects(*phrases, case="a"):
    return tuple(Argument(phrase, case=case) for phrase in phrases)


GOLDEN = [
    (
        Statement(Clause(ASLEEP_DOG, SEE, arguments=objects(np("a cat")))),
        "The dog that sleeps sees a cat.",
        "Der Hund, der schläft, sieht eine Katze.",
    ),
    (
        Statement(Clause(HE, SEE, "perfect", arguments=objects(ASLEEP_DOG))),
        "He has seen the dog that sleeps.",
        "Er hat den Hund gesehen, der schläft.",
    ),
    (
        Statement(Clause(HELPED, SLEEP)),
        "The woman whom he helps sleeps.",
        "Die Frau, der er hilft, schläft.",
    ),
    (
        Statement(Clause(DOG, verb("i", "wake", "up"))),
        "The dog wakes up.",
        "Der Hund wacht auf.",
    ),
    (
        Statement(
            Clause(DOG, SLEEP),
            Subordinate(
                CONJUNCTIONS["when"], Clause(HE, verb("i", "get", "up"))
            ),
        ),
        "When he gets up, the dog sleeps.",
        "Wenn er aufsteht, schläft der Hund.",
    ),
    (
        Statement(
            Clause(DOG, SLEEP, "past"),
            Subordinate(
                CONJUNCTIONS["when"],
                Clause(HE, verb("i", "arrive"), "past"),
            ),
        ),
        "When he arrived, the dog slept.",
        "Als er ankam, schlief der Hund.",
    ),
    (
        Statement(Clause(SHE, verb("n", "try"), complement=TO_GET_UP)),
        "She tries to get up.",
        "Sie versucht, aufzustehen.",
    ),
    (
        Statement(Clause(SHE, SLEEP, "past"), TIME["gestern"]),
        "Yesterday she slept.",
        "Gestern schlief sie.",
    ),
    (
        Statement(
            Clause(MAN, SEE, negated=True, arguments=objects(np("a bird")))
        ),
        "The man does not see a bird.",
        "Der Mann sieht keinen Vogel.",
    ),
    (
        Statement(Clause(MAN, SEE, negated=True, arguments=objects(CAT))),
        "The man does not see the cat.",
        "Der Mann sieht die Katze nicht.",
    ),
    (
        Statement(
            Clause(
                HE,
                verb("l", "put"),
                arguments=(Argument(np("the book")), ONTO_TABLE),
            )
        ),
        "He puts the book on the table.",
        "Er legt das Buch auf den Tisch.",
    ),
    (
        Statement(Clause(CAT, verb("o", "sit"), adjunct=ON_TABLE)),
        "The cat sits on the table.",
        "Die Katze sitzt auf dem Tisch.",
    ),
    (
        Statement(Clause(ME, verb("i", "hurry"), "must")),
        "I must hurry.",
        "Ich muss mich beeilen.",
    ),
    (
        Statement(Clause(HE, SLEEP, "must", negated=True)),
        "He must not sleep.",
        "Er darf nicht schlafen.",
    ),
    (
        Statement(
            Clause(np("the king", HAT), SEE, arguments=objects(np("the boy")))
        ),
        "The king with the red hat sees the boy.",
        "Der König mit dem roten Hut sieht den Jungen.",
    ),
    (
        Statement(
            Clause(
                HE, SEE, arguments=objects(np("two big bird+")), adjunct=SCOPE
            )
        ),
        "He sees two big birds with the telescope.",
        "Er sieht zwei große Vögel mit dem Fernrohr.",
    ),
    (
        Statement(
            Clause(
                HE,
                verb("b", "give"),
                arguments=(Argument(SHE, case="d"), Argument(np("a rose"))),
            )
        ),
        "He gives her a rose.",
        "Er gibt ihr eine Rose.",
    ),
    (
        Statement(
            Clause(
                HE,
                verb("b", "give"),
                arguments=(
                    Argument(np("a rose")),
                    Argument(np("the queen"), "to", "", "d"),
                ),
            )
        ),
        "He gives a rose to the queen.",
        "Er gibt der Königin eine Rose.",
    ),
    (
        YesNo(Clause(DOG, verb("t", "eat", german="fressen"))),
        "Does the dog eat?",
        "Frisst der Hund?",
    ),
    (
        WhQuestion(
            Fronted(
                Argument(Wh("whom"), case="d"), Clause(HE, verb("d", "help"))
            )
        ),
        "Whom does he help?",
        "Wem hilft er?",
    ),
    (
        WhQuestion(
            Fronted(Adverb("where", "wohin"), Clause(HE, verb("m", "go")))
        ),
        "Where does he go?",
        "Wohin geht er?",
    ),
    (
        Statement(
            Clause(
                HE,
                verb("c", "know"),
                complement=Subordinate(
                    CONJUNCTIONS["that"],
                    Clause(SHE, verb("i", "arrive"), "perfect"),
                ),
            )
        ),
        "He knows that she has arrived.",
        "Er weiß, dass sie angekommen ist.",
    ),
    (
        Compound(HE_SLEEPS, "but", Clause(SHE, verb("i", "work"), "past")),
        "He sleeps, but she worked.",
        "Er schläft, aber sie arbeitete.",
    ),
    (
        Statement(
            Clause(Coordination((DOG, CAT), "and"), SLEEP, frequency=OFTEN)
        ),
        "The dog and the cat often sleep.",
        "Der Hund und die Katze schlafen oft.",
    ),
    (
        Statement(
            Clause(
                HE,
                SEE,
                arguments=objects(CAT),
                second=Clause(Gap(), verb("i", "laugh")),
            )
        ),
        "He sees the cat and laughs.",
        "Er sieht die Katze und lacht.",
    ),
    (
        Statement(Clause(HE, verb("i", "dance"), wrapper="like")),
        "He likes to dance.",
        "Er tanzt gern.",
    ),
    (
        Statement(Clause(HE, SLEEP, complement=TO_READ)),
        "He sleeps in order to read a book.",
        "Er schläft, um ein Buch zu lesen.",
    ),
    (
        Statement(
            Clause(
                np("the house"),
                verb("t", "build"),
                "past",
                passive=True,
                arguments=(Argument(MAN, "by", "von", "d"),),
            )
        ),
        "The house was built by the man.",
        "Das Haus wurde vom Mann gebaut.",
    ),
    (
        Statement(
            Clause(
                There(False),
                SPECIAL["there"],
                arguments=objects(np("a dog")),
                adjunct=GARDEN,
            )
        ),
        "There is a dog in the garden.",
        "Es gibt einen Hund im Garten.",
    ),
    (
        Statement(
            Clause(
                SHE,
                BE,
                predicate=Argument(
                    replace(np("a teacher"), feminine=True), case="n"
                ),
            )
        ),
        "She is a teacher.",
        "Sie ist Lehrerin.",
    ),
    (
        Statement(
            Clause(
                DOG, BE, predicate=Quality(Description(ADJECTIVE["old"]), CAT)
            )
        ),
        "The dog is older than the cat.",
        "Der Hund ist älter als die Katze.",
    ),
    (
        Statement(Clause(CAT, SLEEP, "progressive")),
        "The cat is sleeping.",
        "Die Katze schläft gerade.",
    ),
    (
        Statement(
            Clause(
                Common("the", NOUN["dog"], owner=np("the king")),
                verb("p", "wait"),
                arguments=(Argument(ANNA, "for", "auf", "a"),),
            )
        ),
        "The king's dog waits for Anna.",
        "Der Hund des Königs wartet auf Anna.",
    ),
    (
        Statement(
            Clause(
                replace(np("the old dog"), owner=ANNA),
                verb("m", "run"),
                arguments=(Argument(np("the station"), "to", "zu", "d"),),
            )
        ),
        "Anna's old dog runs to the station.",
        "Annas alter Hund rennt zum Bahnhof.",
    ),
    (
        Statement(
            Clause(
                HE,
                verb("m", "fly"),
                "future",
                arguments=(Argument(TOWNS[2], "to", "nach", "d"),),
            )
        ),
        "He will fly to Vienna.",
        "Er wird nach Wien fliegen.",
    ),
    (
        Statement(
            Clause(
                MAN, verb("t", "turn", "on"), arguments=objects(np("the lamp"))
            )
        ),
        "The man turns on the lamp.",
        "Der Mann schaltet die Lampe an.",
    ),
    (
        Statement(Clause(IT, verb("w", "rain"), "perfect")),
        "It has rained.",
        "Es hat geregnet.",
    ),
]


@pytest.mark.parametrize(
    ("sentence", "english", "german"), GOLDEN, ids=[one[1] for one in GOLDEN]
)
def test_both_sides(sentence, english, german):
    assert detokenise(leaves(sentence_tree(sentence))) == english
    assert sentence_text(sentence) == german


def _tree_of(english):
    sentence = next(one[0] for one in GOLDEN if one[1] == english)
    return bracket(sentence_tree(sentence))


@pytest.mark.parametrize(
    ("english", "tree"),
    [
        (
            "The dog that sleeps sees a cat.",
            "(S (NP (NP (DT The) (NN dog)) (SBAR (WHNP (WDT that)) "
            "(S (VP (VBZ sleeps))))) (VP (VBZ sees) (NP (DT a) (NN cat))) "
            "(. .))",
        ),
        (
            "The king with the red hat sees the boy.",
            "(S (NP (NP (DT The) (NN king)) (PP (IN with) (NP (DT the) "
            "(JJ red) (NN hat)))) (VP (VBZ sees) (NP (DT the) (NN boy))) "
            "(. .))",
        ),
        (
            "He sees two big birds with the telescope.",
            "(S (NP (PRP He)) (VP (VBZ sees) (NP (CD two) (JJ big) "
            "(NNS birds)) (PP (IN with) (NP (DT the) (NN telescope)))) (. .))",
        ),
        (
            "He must not sleep.",
            "(S (NP (PRP He)) (VP (MD must) (RB not) (VP (VB sleep))) (. .))",
        ),
        (
            "Whom does he help?",
            "(SBARQ (WHNP (WP Whom)) (SQ (VBZ does) (NP (PRP he)) "
            "(VP (VB help))) (. ?))",
        ),
        (
            "The dog is older than the cat.",
            "(S (NP (DT The) (NN dog)) (VP (VBZ is) (ADJP (JJR older) "
            "(PP (IN than) (NP (DT the) (NN cat))))) (. .))",
        ),
        (
            "The king's dog waits for Anna.",
            "(S (NP (NP (DT The) (NN king) (POS 's)) (NN dog)) "
            "(VP (VBZ waits) (PP (IN for) (NP (NNP Anna)))) (. .))",
        ),
        (
            "The man turns on the lamp.",
            "(S (NP (DT The) (NN man)) (VP (VBZ turns) (PRT (RP on)) "
            "(NP (DT the) (NN lamp))) (. .))",
        ),
    ],
)
def test_trees(english, tree):
    assert _tree_of(english) == tree
