"""Inflection tables against forms looked at one by one."""

import pytest

from tfformer.data.pocket import german
from tfformer.data.pocket.nouns import NOUNS
from tfformer.data.pocket.verbs import MODALS, VERBS, read_english, read_german
from tfformer.data.pocket.words import ADJECTIVES, DETERMINERS

NOUN = {noun.english: noun for noun in NOUNS}


@pytest.mark.parametrize(
    ("english", "case", "plural", "form"),
    [
        ("dog", "g", False, "Hundes"),
        ("dog", "d", True, "Hunden"),
        ("car", "d", True, "Autos"),
        ("woman", "d", True, "Frauen"),
        ("boy", "a", False, "Jungen"),
        ("bear", "g", False, "Bären"),
        ("neighbor", "d", False, "Nachbarn"),
        ("king", "g", False, "Königs"),
        ("house", "g", False, "Hauses"),
        ("bus", "g", False, "Busses"),
        ("queen", "g", False, "Königin"),
        ("cellar", "g", False, "Kellers"),
        ("girl", "d", True, "Mädchen"),
    ],
)
def test_nouns(english, case, plural, form):
    assert german.noun_form(NOUN[english], case, plural) == form


@pytest.mark.parametrize(
    ("determiner", "case", "key", "forms"),
    [
        ("the", "n", "m", "der alte"),
        ("the", "a", "m", "den alten"),
        ("the", "d", "f", "der alten"),
        ("the", "g", "n", "des alten"),
        ("the", "n", "p", "die alten"),
        ("a", "n", "m", "ein alter"),
        ("a", "a", "n", "ein altes"),
        ("a", "d", "m", "einem alten"),
        ("our", "n", "f", "unsere alte"),
        ("no", "a", "m", "keinen alten"),
        ("this", "g", "f", "dieser alten"),
        ("some", "n", "p", "einige alte"),
        ("all", "n", "p", "alle alten"),
        ("three", "d", "p", "drei alten"),
        ("bare", "a", "p", " alte"),
        ("bare", "d", "n", " altem"),
    ],
)
def test_determiners_and_adjectives(determiner, case, key, forms):
    word = DETERMINERS[determiner]
    article = german.determiner_form(word, case, key)
    adjective = german.adjective_form("alt", word.adjectives, case, key)
    assert f"{article} {adjective}" == forms


@pytest.mark.parametrize(
    ("entry", "forms"),
    [
        (
            "schlafen,schläft,schlief,geschlafen",
            "schlafe schläfst schläft schlafen schliefst schliefen geschlafen",
        ),
        (
            "halten,hält,hielt,gehalten",
            "halte hältst hält halten hieltest hielten gehalten",
        ),
        (
            "arbeiten",
            "arbeite arbeitest arbeitet arbeiten arbeitetest arbeiteten "
            "gearbeitet",
        ),
        (
            "zeichnen",
            "zeichne zeichnest zeichnet zeichnen zeichnetest zeichneten "
            "gezeichnet",
        ),
        (
            "ge=horchen",
            "gehorche gehorchst gehorcht gehorchen gehorchtest gehorchten "
            "gehorcht",
        ),
        (
            "lächeln",
            "lächle lächelst lächelt lächeln lächeltest lächelten gelächelt",
        ),
        (
            "aus|ziehen,zieht,zog,gezogen",
            "ziehe ziehst zieht ziehen zogst zogen ausgezogen",
        ),
        (
            "rasieren",
            "rasiere rasierst rasiert rasieren rasiertest rasierten rasiert",
        ),
    ],
)
def test_verbs(entry, forms):
    verb = read_german(entry)
    _, second, _, plural = verb.past
    found = (*verb.present, second, plural, verb.participle)
    assert " ".join(found) == forms


def test_zu_stands_inside_a_separable_verb():
    assert read_german("auf|stehen").zu == ("aufzustehen",)
    assert read_german("vor|be=reiten").zu == ("vorzubereiten",)
    assert read_german("vor|be=reiten").participle == "vorbereitet"
    assert read_german("be=suchen").zu == ("zu", "besuchen")


def test_english_forms():
    verb = read_english("tidy+up")
    assert (verb.third, verb.past, verb.gerund) == (
        "tidies",
        "tidied",
        "tidying",
    )
    assert verb.particle == "up"
    assert read_english("go,went,gone").third == "goes"


def test_superlatives():
    found = {one.english: one.german_superlative for one in ADJECTIVES}
    assert found["old"] == "ältest"
    assert found["big"] == "größt"
    assert found["tall"] == "höchst"
    assert found["angry"] == "wütendst"
    assert found["good"] == "best"


def test_the_lexicon_is_several_hundred_lemmas():
    verbs = {verb.english.base + verb.english.particle for verb in VERBS}
    words = len(NOUNS) + len(verbs) + len(ADJECTIVES) + len(DETERMINERS)
    assert words > 400
    assert set(MODALS) == {"can", "could", "must", "may", "should"}
