"""Nouns of the SYNTHETIC pocket language, both sides of each.

One line of the table is one noun: its kind, its English singular (and, after
a slash, an irregular plural), its German gender, and its German singular and
plural. A ``!`` marks the weak declension (der Junge, den Jungen), a third
German form is the word for a woman of that profession, a ``-`` as plural
makes a mass noun, and ``@on=auf`` names the preposition of place that the
noun takes in each language where that is not in=in.
"""

from __future__ import annotations

from dataclasses import dataclass

# The kinds: P person, A animal, T small thing, Z device, U furniture,
# K container, F food that is counted, S food that is not, D drink, L open
# place, B building, V vehicle, C clothing, X text, R part of a building,
# G plant, E event; and the tools by their use: o to look through, u to eat
# with, w to write with, k to open with, h to work with.
TOOLS = "ouwkh"

_TABLE = """
P man/men m Mann/Männer
P woman/women f Frau/Frauen
P child/children n Kind/Kinder
P boy m Junge/Jungen!
P girl n Mädchen/Mädchen
P king m König/Könige
P queen f Königin/Königinnen
P prince m Prinz/Prinzen!
P princess f Prinzessin/Prinzessinnen
P teacher m Lehrer/Lehrer/Lehrerin
P doctor m Arzt/Ärzte/Ärztin
P farmer m Bauer/Bauern/Bäuerin!
P baker m Bäcker/Bäcker/Bäckerin
P student m Student/Studenten/Studentin!
P soldier m Soldat/Soldaten/Soldatin!
P painter m Maler/Maler/Malerin
P singer m Sänger/Sänger/Sängerin
P writer m Schriftsteller/Schriftsteller/Schriftstellerin
P hunter m Jäger/Jäger/Jägerin
P judge m Richter/Richter/Richterin
P waiter m Kellner/Kellner/Kellnerin
P gardener m Gärtner/Gärtner/Gärtnerin
P tailor m Schneider/Schneider/Schneiderin
P pilot m Pilot/Piloten/Pilotin!
P neighbor m Nachbar/Nachbarn!
P friend m Freund/Freunde
P guest m Gast/Gäste
P customer m Kunde/Kunden!
P thief/thieves m Dieb/Diebe
P giant m Riese/Riesen!
P witch f Hexe/Hexen
P brother m Bruder/Brüder
P sister f Schwester/Schwestern
P father m Vater/Väter
P mother f Mutter/Mütter
P uncle m Onkel/Onkel
P aunt f Tante/Tanten
P grandfather m Großvater/Großväter
P grandmother f Großmutter/Großmütter
P son m Sohn/Söhne
P daughter f Tochter/Töchter
A dog m Hund/Hunde
A cat f Katze/Katzen
A horse n Pferd/Pferde
A cow f Kuh/Kühe
A bird m Vogel/Vögel
A mouse/mice f Maus/Mäuse
A lion m Löwe/Löwen!
A bear m Bär/Bären!
A rabbit m Hase/Hasen!
A monkey m Affe/Affen!
A elephant m Elefant/Elefanten!
A goat f Ziege/Ziegen
A pig n Schwein/Schweine
A duck f Ente/Enten
A goose/geese f Gans/Gänse
A fox m Fuchs/Füchse
A wolf/wolves m Wolf/Wölfe
A frog m Frosch/Frösche
A snake f Schlange/Schlangen
A hen n Huhn/Hühner
A donkey m Esel/Esel
A raven m Rabe/Raben!
A owl f Eule/Eulen
A hedgehog m Igel/Igel
A squirrel n Eichhörnchen/Eichhörnchen
A turtle f Schildkröte/Schildkröten
T ball m Ball/Bälle
T cup f Tasse/Tassen
T glass n Glas/Gläser
T bottle f Flasche/Flaschen
T coin f Münze/Münzen
T ring m Ring/Ringe
T stone m Stein/Steine
T clock f Uhr/Uhren
T doll f Puppe/Puppen
T picture n Bild/Bilder
T candle f Kerze/Kerzen
T umbrella m Regenschirm/Regenschirme
T mirror m Spiegel/Spiegel
T blanket f Decke/Decken
T plate m Teller/Teller
T suitcase m Koffer/Koffer
T gift n Geschenk/Geschenke
T flag f Fahne/Fahnen
T violin f Geige/Geigen
T guitar f Gitarre/Gitarren
Z lamp f Lampe/Lampen
Z radio n Radio/Radios
Z computer m Computer/Computer
Z machine f Maschine/Maschinen
Z oven m Ofen/Öfen
Z television m Fernseher/Fernseher
U table m Tisch/Tische
U chair m Stuhl/Stühle
U bed n Bett/Betten
U sofa n Sofa/Sofas
U bench f Bank/Bänke
U desk m Schreibtisch/Schreibtische
U carpet m Teppich/Teppiche
K box f Kiste/Kisten
K bag f Tasche/Taschen
K basket m Korb/Körbe
K cupboard m Schrank/Schränke
K drawer f Schublade/Schubladen
F apple m Apfel/Äpfel
F cake m Kuchen/Kuchen
F egg n Ei/Eier
F potato f Kartoffel/Kartoffeln
F carrot f Karotte/Karotten
F pear f Birne/Birnen
F cherry f Kirsche/Kirschen
F sausage f Wurst/Würste
F cookie m Keks/Kekse
F tomato f Tomate/Tomaten
F onion f Zwiebel/Zwiebeln
F lemon f Zitrone/Zitronen
F banana f Banane/Bananen
F mushroom m Pilz/Pilze
F nut f Nuss/Nüsse
S bread n Brot/-
S cheese m Käse/-
S meat n Fleisch/-
S soup f Suppe/-
S rice m Reis/-
S butter f Butter/-
S honey m Honig/-
S salad m Salat/-
D water n Wasser/-
D milk f Milch/-
D tea m Tee/-
D coffee m Kaffee/-
D wine m Wein/-
D beer n Bier/-
D juice m Saft/-
D lemonade f Limonade/-
L garden m Garten/Gärten
L forest m Wald/Wälder
L park m Park/Parks
L city f Stadt/Städte
L village n Dorf/Dörfer
L valley n Tal/Täler
L desert f Wüste/Wüsten
L street@on=auf f Straße/Straßen
L meadow@on=auf f Wiese/Wiesen
L mountain@on=auf m Berg/Berge
L island@on=auf f Insel/Inseln
L bridge@on=auf f Brücke/Brücken
L farm@on=auf m Bauernhof/Bauernhöfe
L beach@on=an m Strand/Strände
L market@at=auf m Markt/Märkte
L lake@at=an m See/Seen
L river@at=an m Fluss/Flüsse
L station@at=an m Bahnhof/Bahnhöfe
L sea@at=an n Meer/Meere
L border@at=an f Grenze/Grenzen
L airport@at=an m Flughafen/Flughäfen
B house n Haus/Häuser
B church f Kirche/Kirchen
B school f Schule/Schulen
B castle n Schloss/Schlösser
B hotel n Hotel/Hotels
B restaurant n Restaurant/Restaurants
B kitchen f Küche/Küchen
B library f Bibliothek/Bibliotheken
B hospital n Krankenhaus/Krankenhäuser
B museum n Museum/Museen
B theater n Theater/Theater
B tower m Turm/Türme
B cellar m Keller/Keller
B office n Büro/Büros
B shop m Laden/Läden
B factory f Fabrik/Fabriken
B barn f Scheune/Scheunen
B tent n Zelt/Zelte
B cave f Höhle/Höhlen
B room n Zimmer/Zimmer
B hut f Hütte/Hütten
V car n Auto/Autos
V bus m Bus/Busse
V train m Zug/Züge
V ship n Schiff/Schiffe
V boat n Boot/Boote
V plane n Flugzeug/Flugzeuge
V truck m Lastwagen/Lastwagen
V tractor m Traktor/Traktoren
V taxi n Taxi/Taxis
V bicycle@on=auf n Fahrrad/Fahrräder
C hat m Hut/Hüte
C coat m Mantel/Mäntel
C dress n Kleid/Kleider
C shirt n Hemd/Hemden
C jacket f Jacke/Jacken
C scarf/scarves m Schal/Schals
C boot m Stiefel/Stiefel
C crown f Krone/Kronen
C skirt m Rock/Röcke
C cap f Mütze/Mützen
C sweater m Pullover/Pullover
X book n Buch/Bücher
X letter m Brief/Briefe
X newspaper f Zeitung/Zeitungen
X story f Geschichte/Geschichten
X poem n Gedicht/Gedichte
X song n Lied/Lieder
X report m Bericht/Berichte
X novel m Roman/Romane
X message f Nachricht/Nachrichten
R door@at=an f Tür/Türen
R window@at=an n Fenster/Fenster
R wall@on=an f Wand/Wände
R roof@on=auf n Dach/Dächer
R gate@at=an n Tor/Tore
G tree m Baum/Bäume
G flower f Blume/Blumen
G rose f Rose/Rosen
G bush m Busch/Büsche
G tulip f Tulpe/Tulpen
E concert n Konzert/Konzerte
E party f Feier/Feiern
E wedding f Hochzeit/Hochzeiten
E war m Krieg/Kriege
E storm m Sturm/Stürme
E game n Spiel/Spiele
E meal f Mahlzeit/Mahlzeiten
E exam f Prüfung/Prüfungen
E journey f Reise/Reisen
o telescope n Fernrohr/Fernrohre
o microscope n Mikroskop/Mikroskope
u spoon m Löffel/Löffel
u fork f Gabel/Gabeln
u knife/knives n Messer/Messer
w pen m Stift/Stifte
w pencil m Bleistift/Bleistifte
w brush m Pinsel/Pinsel
k key m Schlüssel/Schlüssel
h hammer m Hammer/Hämmer
h axe f Axt/Äxte
h rope n Seil/Seile
h shovel f Schaufel/Schaufeln
"""


@dataclass(frozen=True)
class Noun:
    """One noun and its German counterpart.

    Args:
        kind: the letter of its selectional class.
        english: the English singular.
        plural: the English plural, empty for a mass noun.
        gender: the German gender, ``m``, ``f`` or ``n``.
        german: the German nominative singular.
        german_plural: the German nominative plural, empty for a mass noun.
        weak: whether it takes the weak declension.
        feminine: the word for a woman of this profession, or empty.
        site: the English and the German preposition of being there.
    """

    kind: str
    english: str
    plural: str
    gender: str
    german: str
    german_plural: str
    weak: bool
    feminine: str
    site: tuple[str, str]

    @property
    def mass(self) -> bool:
        """Whether the noun has no plural and stands without an article."""
        return not self.plural


def pluralise(english: str) -> str:
    """Return the regular English plural of a noun.

    Args:
        english: the singular.

    Returns:
        The plural by the spelling rules; irregular ones are in the table.
    """
    if english.endswith("y") and english[-2] not in "aeiou":
        return english[:-1] + "ies"
    if english.endswith(("s", "x", "ch", "sh", "ato")):
        return english + "es"
    return english + "s"


def _read_noun(line: str) -> Noun:
    kind, english, gender, german = line.split()
    english, _, site = english.partition("@")
    english, _, plural = english.partition("/")
    forms = german.rstrip("!").split("/")
    mass = forms[1] == "-"
    here, _, hier = (site or "in=in").partition("=")
    return Noun(
        kind=kind,
        english=english,
        plural="" if mass else plural or pluralise(english),
        gender=gender,
        german=forms[0],
        german_plural="" if mass else forms[1],
        weak=german.endswith("!"),
        feminine=forms[2] if len(forms) > 2 else "",
        site=(here, hier),
    )


NOUNS = tuple(_read_noun(line) for line in _TABLE.strip().splitlines())
