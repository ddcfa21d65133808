"""The smaller word classes of the SYNTHETIC pocket language.

Determiners, pronouns, names, adjectives, adverbs, times and conjunctions,
each with what the two sides of the translation need to know of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

# A tree is a tuple: a label and its children, or a tag and its word.
Tree = tuple[Any, ...]


@dataclass(frozen=True)
class Determiner:
    """A determiner on both sides.

    Args:
        english: the English word, empty for a bare noun phrase.
        tag: its Penn tag.
        german: the German stem (the whole word where it does not inflect).
        endings: how it inflects: ``der``, ``dies``, ``ein`` or ``none``.
        adjectives: the declension after it: strong, weak or mixed.
        plural: which numbers it goes with: ``s``, ``p`` or ``sp``.
    """

    english: str
    tag: str
    german: str
    endings: str
    adjectives: str
    plural: str


def _determiners(table: str) -> dict[str, Determiner]:
    rows = [line.split() for line in table.strip().splitlines()]
    return {
        row[0]: Determiner(row[0].replace("_", " "), *row[1:]) for row in rows
    }


DETERMINERS = _determiners(
    """
the DT d der weak sp
a DT ein ein mixed s
this DT dies dies weak s
these DT dies dies weak p
every DT jed dies weak s
no DT kein ein mixed sp
my PRP$ mein ein mixed sp
your PRP$ dein ein mixed sp
his PRP$ sein ein mixed sp
her PRP$ ihr ein mixed sp
our PRP$ unser ein mixed sp
their PRP$ ihr ein mixed sp
some DT einig dies strong p
all DT all dies weak p
both DT beid dies weak p
many JJ viel dies strong p
several JJ mehrer dies strong p
few JJ wenig dies strong p
two CD zwei none strong p
three CD drei none strong p
four CD vier none strong p
five CD fünf none strong p
six CD sechs none strong p
seven CD sieben none strong p
eight CD acht none strong p
nine CD neun none strong p
ten CD zehn none strong p
which WDT welch dies weak sp
how_many WRB wie_viel dies strong p
"""
)
DETERMINERS["bare"] = Determiner("", "", "", "none", "strong", "sp")
POSSESSIVES = ("my", "your", "his", "her", "our", "their")
NUMERALS = tuple(key for key, word in DETERMINERS.items() if word.tag == "CD")


@dataclass(frozen=True)
class Pronoun:
    """A personal pronoun; also a noun phrase of its own.

    Args:
        english: the English subject form.
        oblique: the English object form.
        german: the German nominative, accusative and dative.
        person: 1, 2 or 3.
        plural: whether it is plural.
        sex: ``f`` for a woman, else ``m``.
    """

    english: str
    oblique: str
    german: tuple[str, str, str]
    person: int
    plural: bool
    sex: str = "m"


# English "you" is always one friend: German du.
PRONOUNS = {
    "I": Pronoun("I", "me", ("ich", "mich", "mir"), 1, False),
    "you": Pronoun("you", "you", ("du", "dich", "dir"), 2, False),
    "he": Pronoun("he", "him", ("er", "ihn", "ihm"), 3, False),
    "she": Pronoun("she", "her", ("sie", "sie", "ihr"), 3, False, "f"),
    "it": Pronoun("it", "it", ("es", "es", "ihm"), 3, False),
    "we": Pronoun("we", "us", ("wir", "uns", "uns"), 1, True),
    "they": Pronoun("they", "them", ("sie", "sie", "ihnen"), 3, True),
}


@dataclass(frozen=True)
class Name:
    """A proper name; also a noun phrase of its own.

    Args:
        english: the English name.
        german: the German name.
        sex: ``f`` for a woman, else ``m``.
    """

    english: str
    german: str
    sex: str = "m"
    person: int = 3
    plural: bool = False


PEOPLE = tuple(
    Name(name, name, sex)
    for sex, names in (
        ("f", "Anna Clara Emma Julia Laura Maria Nina Sophie"),
        ("m", "Daniel Anton Jakob Martin Oskar Paul Peter Simon"),
    )
    for name in names.split()
)
TOWNS = tuple(
    Name(pair.split("/")[0], pair.split("/")[1])
    for pair in (
        "Berlin/Berlin Hamburg/Hamburg Vienna/Wien Munich/München "
        "Cologne/Köln Rome/Rom London/London Prague/Prag Zurich/Zürich "
        "Germany/Deutschland France/Frankreich Italy/Italien Spain/Spanien"
    ).split()
)

_EVERYTHING = "PATZUKCVXouwkhLBGR"
_OBJECTS = "TZUKCVXouwkhGR"


@dataclass(frozen=True)
class Adjective:
    """An adjective on both sides.

    Args:
        rank: its place among several (quality, size, age, colour).
        kinds: the kinds of noun it describes.
        english: the English positive.
        comparative: the English comparative in -er, empty for "more".
        german: the German positive, as a predicate.
        stem: the German stem that takes endings.
        german_comparative: the German comparative.
    """

    rank: int
    kinds: str
    english: str
    comparative: str
    german: str
    stem: str
    german_comparative: str

    @property
    def superlative(self) -> str:
        """The English superlative in -est."""
        if self.comparative == "better":
            return "best"
        return self.comparative[:-2] + "est"

    @property
    def german_superlative(self) -> str:
        """The German superlative stem, which takes endings."""
        stem = self.german_comparative[:-2]
        special = {"bess": "best", "höh": "höchst", "größ": "größt"}
        if stem.endswith("end"):
            return stem + "st"
        hissing = ("d", "t", "s", "ß", "z", "sch")
        return special.get(
            stem, stem + ("est" if stem.endswith(hissing) else "st")
        )


def _read_adjective(line: str) -> Adjective:
    rank, kinds, english, german = line.split()
    english, _, comparative = english.partition("/")
    positive, *more = german.split("/")
    stem = more[0] if more else positive
    kinds = kinds.replace("*", _EVERYTHING).replace("#", _OBJECTS)
    return Adjective(
        int(rank),
        kinds,
        english,
        comparative,
        positive,
        stem,
        more[1] if len(more) > 1 else stem + "er",
    )


_ADJECTIVES = """
1 *E beautiful schön
1 P good/better gut/gut/besser
1 P friendly freundlich
1 PA happy/happier glücklich
1 PA sad/sadder traurig
1 PA tired müde/müd
1 PA hungry/hungrier hungrig
1 PA brave/braver mutig
1 PA lazy/lazier faul
1 PA clever klug/klug/klüger
1 PA stupid dumm/dumm/dümmer
1 P poor/poorer arm/arm/ärmer
1 P rich/richer reich
1 P honest ehrlich
1 P polite höflich
1 P famous berühmt
1 P curious neugierig
1 PA nervous nervös
1 PA strong/stronger stark/stark/stärker
1 PA weak/weaker schwach/schwach/schwächer
1 PA sick krank/krank/kränker
1 PA healthy/healthier gesund/gesund/gesünder
1 PA angry/angrier wütend
1 PA patient geduldig
1 A wild/wilder wild
1 PAE dangerous gefährlich
1 TZUKCVXGhk strange seltsam
1 #B expensive teuer/teur
1 #B cheap/cheaper billig
1 TZUKCVhkouw useful nützlich
1 TZUKCVBR dirty/dirtier schmutzig
1 TUKCVBR clean/cleaner sauber
1 XELB interesting interessant
1 XE boring langweilig
1 XE important wichtig
1 XE sad/sadder traurig
1 BLU quiet/quieter ruhig
1 BLU comfortable bequem
1 BR dark/darker dunkel/dunkl
1 BR bright/brighter hell
1 BK empty/emptier leer
1 FS delicious lecker
1 FSD fresh/fresher frisch
1 FSD sweet/sweeter süß
1 FSD warm/warmer warm/warm/wärmer
1 DS cold/colder kalt/kalt/kälter
1 F ripe/riper reif
1 UTKhZ heavy/heavier schwer
1 UTKhZ light/lighter leicht
1 CT soft/softer weich
1 kRh wooden hölzern
2 PAFTZUKCVGLBRh big/bigger groß/groß/größer
2 PAFTZUKCVGLBRh small/smaller klein
2 GBR tall/taller hoch/hoh/höher
2 CXE long/longer lang/lang/länger
2 XCE short/shorter kurz/kurz/kürzer
2 PA fat/fatter dick
2 PA thin/thinner dünn
2 A fast/faster schnell
3 PATZUKCVXBLG old/older alt/alt/älter
3 PAG young/younger jung/jung/jünger
3 TZUKCVXB new/newer neu
3 BLV modern modern
4 TUKCVFGRA black schwarz
4 TUKCVRAB white weiß
4 TUKCVFGRB red rot
4 TUKCVFRZ green grün
4 TUKCVRwZ blue blau
4 TUKCVFRZ yellow gelb
4 TUKCVRAB brown braun
4 TUKCVRABZ gray grau
"""
ADJECTIVES = tuple(
    _read_adjective(line) for line in _ADJECTIVES.strip().splitlines()
)


@dataclass(frozen=True)
class Adverb:
    """An adverb on both sides.

    Args:
        english: the English word.
        german: the German word.
        tenses: the tenses it goes with, empty for any.
    """

    english: str
    german: str
    tenses: tuple[str, ...] = ()


def _adverbs(table: str) -> tuple[Adverb, ...]:
    rows = [entry.split("/") for entry in table.split()]
    return tuple(Adverb(row[0], row[1], tuple(row[2:])) for row in rows)


DEGREES = _adverbs("very/sehr quite/ziemlich really/wirklich")
MANNERS = _adverbs(
    "quickly/schnell slowly/langsam quietly/leise loudly/laut "
    "happily/fröhlich carefully/vorsichtig secretly/heimlich "
    "patiently/geduldig calmly/gelassen proudly/stolz bravely/tapfer "
    "eagerly/eifrig alone/allein silently/schweigend"
)
FREQUENCIES = _adverbs(
    "often/oft always/immer never/nie sometimes/manchmal rarely/selten "
    "usually/meistens also/auch probably/wahrscheinlich "
    "already/schon/perfect still/noch/present/progressive "
    "soon/bald/future finally/endlich/past/perfect"
)


@dataclass(frozen=True)
class Time:
    """A time, place in discourse or mood that modifies a whole clause.

    Args:
        tree: its Penn tree.
        german: its German words.
        tenses: the tenses it goes with.
        comma: whether a comma follows when it opens an English sentence.
    """

    tree: Tree
    german: str
    tenses: tuple[str, ...]
    comma: bool


_ANY = ("present", "past", "future", "modal")
_PRESENT = ("present", "progressive")
_WEEKDAYS = (
    "Monday/Montag Tuesday/Dienstag Wednesday/Mittwoch Thursday/Donnerstag "
    "Friday/Freitag Saturday/Samstag Sunday/Sonntag"
)


def _noun_time(english: str, tag: str = "NN") -> Tree:
    *before, noun = english.split()
    tags = {"every": "DT", "last": "JJ", "next": "JJ", "this": "DT"}
    return ("NP", *((tags[word], word) for word in before), (tag, noun))


def _in_time(preposition: str, *words: tuple[str, str]) -> Tree:
    return ("PP", ("IN", preposition), ("NP", *words))


TIMES = (
    Time(_noun_time("today"), "heute", (*_ANY, "perfect"), False),
    Time(_noun_time("yesterday"), "gestern", ("past",), False),
    Time(_noun_time("tomorrow"), "morgen", ("future", "modal"), False),
    Time(_noun_time("every day"), "jeden Tag", _ANY, False),
    Time(_noun_time("every year"), "jedes Jahr", _ANY, False),
    Time(_noun_time("last week"), "letzte Woche", ("past",), False),
    Time(_noun_time("last year"), "letztes Jahr", ("past",), False),
    Time(_noun_time("next week"), "nächste Woche", ("future", "modal"), False),
    Time(("ADVP", ("RB", "now")), "jetzt", ("present",), False),
    Time(("ADVP", ("RB", "here")), "hier", _ANY, False),
    Time(("ADVP", ("RB", "again")), "wieder", (*_ANY, "perfect"), False),
    *(
        Time(
            _in_time("in", ("DT", "the"), ("NN", english)),
            german,
            _ANY,
            True,
        )
        for english, german in (
            ("morning", "am Morgen"),
            ("afternoon", "am Nachmittag"),
            ("evening", "am Abend"),
            ("spring", "im Frühling"),
            ("summer", "im Sommer"),
            ("autumn", "im Herbst"),
            ("winter", "im Winter"),
        )
    ),
    Time(_in_time("at", ("NN", "night")), "in der Nacht", _ANY, True),
    Time(_in_time("at", ("NN", "noon")), "am Mittag", _ANY, True),
    *(
        Time(
            _in_time("on", ("NNP", pair.split("/")[0])),
            "am " + pair.split("/")[1],
            _ANY,
            True,
        )
        for pair in _WEEKDAYS.split()
    ),
)
OPENERS = (
    Time(("ADVP", ("RB", "then")), "dann", _ANY, False),
    Time(("ADVP", ("RB", "perhaps")), "vielleicht", _ANY, False),
    Time(("ADVP", ("RB", "suddenly")), "plötzlich", ("past",), False),
    Time(
        ("ADVP", ("RB", "unfortunately")),
        "leider",
        (*_ANY, *_PRESENT, "perfect"),
        True,
    ),
    Time(
        ("ADVP", ("RB", "fortunately")),
        "zum Glück",
        (*_ANY, *_PRESENT, "perfect"),
        True,
    ),
)
SPANS = tuple(
    Time(
        ("PP", ("IN", "for"), ("NP", ("CD", count), ("NNS", unit))),
        f"{DETERMINERS[count].german} {einheit} lang",
        ("past", "future"),
        False,
    )
    for count in NUMERALS
    for unit, einheit in (
        ("hours", "Stunden"),
        ("days", "Tage"),
        ("weeks", "Wochen"),
    )
)


@dataclass(frozen=True)
class Conjunction:
    """A subordinating conjunction on both sides.

    Args:
        english: the English word.
        german: the German word before a present.
        german_past: the German word before a past.
        adverb: whether Penn makes it a WHADVP.
    """

    english: str
    german: str
    german_past: str
    adverb: bool = False


CONJUNCTIONS = {
    "that": Conjunction("that", "dass", "dass"),
    "whether": Conjunction("whether", "ob", "ob"),
    "because": Conjunction("because", "weil", "weil"),
    "although": Conjunction("although", "obwohl", "obwohl"),
    "while": Conjunction("while", "während", "während"),
    "before": Conjunction("before", "bevor", "bevor"),
    "after": Conjunction("after", "nachdem", "nachdem"),
    "until": Conjunction("until", "bis", "bis"),
    "if": Conjunction("if", "wenn", "wenn"),
    "when": Conjunction("when", "wenn", "als", True),
}
