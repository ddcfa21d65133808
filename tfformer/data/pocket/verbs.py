"""Verbs of the SYNTHETIC pocket language, both sides of each.

One line of the table is one verb: its frame, its English and its German
forms, the kinds of its subjects and of its objects (``-`` for none), and
extras. English forms are base, past, participle and gerund where they are
irregular, and ``wake+up`` has a particle. German forms are the infinitive,
the third person singular, the preterite and the participle where they are
strong; ``auf|stehen`` is separable, ``be=suchen`` has a prefix that stays,
``*`` makes the perfect with sein, and ``sich:`` is reflexive.

Extras: ``g,for=auf:a`` has the preposition in each language and the German
case; other letters are g no progressive, v no passive, s no simple past
(its English form would equal the present), u lasts a while, y no pronoun as
subject (the German verb depends on the kind of subject), T the recipient
only with "to"; n without a place, h with "home" as a goal, b for the good of
somebody; ``with:o`` is the kind of tool that goes with the verb.
"""

from __future__ import annotations

from dataclasses import dataclass

_TABLE = """
i sleep,slept schlafen,schläft,schlief,geschlafen PA - u
i laugh lachen P - u
i cry weinen P - u
i dance tanzen P - u
i sing,sang,sung singen,singt,sang,gesungen P - u
i work arbeiten P - u
i smile lächeln P -
i swim,swam,swum,swimming *schwimmen,schwimmt,schwamm,geschwommen PA - u
i cough husten P -
i sneeze niesen PA -
i snore schnarchen P - u
i whistle pfeifen,pfeift,pfiff,gepfiffen P -
i pray beten P - u
i fall,fell,fallen *fallen,fällt,fiel,gefallen PAT - n
i disappear *ver=schwinden,verschwindet,verschwand,verschwunden PATVCX -
i grow,grew,grown *wachsen,wächst,wuchs,gewachsen PAG -
i burn brennen,brennt,brannte,gebrannt BGV - u
i die,,,dying *sterben,stirbt,starb,gestorben PAG -
i bloom blühen G - u
i arrive *an|kommen,kommt,kam,gekommen PV -
i get+up,got,got,getting *auf|stehen,steht,stand,gestanden P -
i wake+up,woke,woken *auf|wachen PA -
i fall+asleep,fell,fallen *ein|schlafen,schläft,schlief,geschlafen PA -
i depart *ab|fahren,fährt,fuhr,gefahren V -
i come+back,came,come *zurück|kommen,kommt,kam,gekommen PAV - n
i rest sich:aus|ruhen PA - u
i hurry sich:be=eilen P -
i sit+down,sat,sat,sitting sich:hin|setzen PA - n
i hide,hid,hidden sich:ver=stecken PA - u
i shave sich:rasieren P -
i relax sich:ent=spannen P - u
i complain sich:be=schweren P - n
i win,won,won,winning gewinnen,gewinnt,gewann,gewonnen P -
i freeze,froze,frozen frieren,friert,fror,gefroren PA - u
i escape *ent=kommen,entkommt,entkam,entkommen PA - n
i land *landen V -
i tremble zittern PA -
i stumble *stolpern P -
i whisper flüstern P -
i shout schreien,schreit,schrie,geschrien P -
i eat,ate,eaten essen,isst,aß,gegessen P -
i eat,ate,eaten fressen,frisst,fraß,gefressen A - y
t see,saw,seen sehen,sieht,sah,gesehen PA PATZUKCVBRGXL g,with:o
t observe be=obachten PA PAVBG with:o
t love lieben P PABLCXG g
t buy,bought,bought kaufen P TZUKFSDVCXouwkhA b
t sell,sold,sold ver=kaufen P TZUKFSDVCXouwkhA
t eat,ate,eaten essen,isst,aß,gegessen P FS with:u
t eat,ate,eaten fressen,frisst,fraß,gefressen A FS y
t drink,drank,drunk trinken,trinkt,trank,getrunken P D
t cook kochen P FS b
t bake backen,bäckt,backte,gebacken P F b
t write,wrote,written schreiben,schreibt,schrieb,geschrieben P X b,with:w
t read,read lesen,liest,las,gelesen P X vs
t find,found,found finden,findet,fand,gefunden PA PATKCXouwkhF
t lose,lost,lost ver=lieren,verliert,verlor,verloren P TKCXouwkh
t polish putzen P TZUKVBR
t wash waschen,wäscht,wusch,gewaschen P PAVCFT
t repair reparieren P ZUVRB with:h
t build,built,built bauen P BUKV b,with:h
t paint malen P GA b,with:w
t draw,drew,drawn zeichnen P PABGVL b,with:w
t break,broke,broken zer=brechen,zerbricht,zerbrach,zerbrochen P TUK with:h
t open öffnen P KR with:k
t close schließen,schließt,schloss,geschlossen P RK with:k
t wear,wore,worn tragen,trägt,trug,getragen P C
t catch,caught,caught fangen,fängt,fing,gefangen PA A with:h
t hold,held,held halten,hält,hielt,gehalten P TKCXouwkh
t kiss küssen P PA
t hug,hugged,hugged,hugging um=armen P PA
t visit be=suchen P PBL
t know,knew,known kennen,kennt,kannte,gekannt P PLBX gv
t like mögen,mag,mochte,gemocht P PACLBXFSD gv
t hate hassen P PAFSD g
t have,had,had haben,hat,hatte,gehabt P TZUKCVAX gv
t own be=sitzen,besitzt,besaß,besessen P BVAZCL gv
t need brauchen P TZUKFSDVCXouwkh gv
t hear,heard,heard hören PA PAVX g
t grasp be=greifen,begreift,begriff,begriffen P X g
t invite ein|laden,lädt,lud,geladen P P
t call an|rufen,ruft,rief,gerufen P P
t turn+on an|schalten P Z
t turn+off aus|schalten P Z
t pick+up auf|heben,hebt,hob,gehoben P TKCXouwkh
t throw+away,threw,thrown weg|werfen,wirft,warf,geworfen P TKCXF
t tidy+up auf|räumen P BK
t try+on an|probieren P C
t take+off,took,taken aus|ziehen,zieht,zog,gezogen P C
t bring+along,brought,brought mit|bringen,bringt,brachte,gebracht P TFXCD
t prepare vor|be=reiten P E
t admire be=wundern P PABLVCXG
t describe be=schreiben,beschreibt,beschrieb,beschrieben P PALBVG
t greet grüßen P P
t bite,bit,bitten,biting beißen,beißt,biss,gebissen A PA
t hunt jagen PA A
t protect schützen P PABG
t save retten P PAXT
t punish be=strafen P P
t wake,woke,woken wecken PA PA
t count zählen P TFAKG
t collect sammeln P TXF
t plant pflanzen P G with:h
t peel schälen P F with:u
t steal,stole,stolen stehlen,stiehlt,stahl,gestohlen P TZCXFAV
t touch be=rühren PA TUCPAG
t destroy zer=stören P TZUVBX with:h
t choose,chose,chosen wählen P TCXFV
t marry heiraten P P
t disturb stören PA P
t surprise über=raschen P PA
p remember sich:er=innern P PLBEX g,=an:a
t miss ver=missen P PALB g
t share teilen P FSX
t taste probieren P FSD
p watch zu|sehen,sieht,sah,gesehen P PA =:d
t enter be=treten,betritt,betrat,betreten P BL
t leave,left,left ver=lassen,verlässt,verließ,verlassen P BLP
d help helfen,hilft,half,geholfen P PA g
d follow *folgen PA PAV
d thank danken P P
d trust ver=trauen P PA g
d answer antworten P P
d obey ge=horchen PA P g
d please ge=fallen,gefällt,gefiel,gefallen XCTBL P g
d resemble ähneln P PA g
d serve dienen P P
d forgive,forgave,forgiven ver=zeihen,verzeiht,verzieh,verziehen P P
d threaten drohen P P
d contradict wider=sprechen,widerspricht,widersprach,widersprochen P P
d meet,met,met,meeting *be=gegnen P PA
d belong ge=hören TCVXK P g,to=:d
p wait warten PA PV u,for=auf:a
p look suchen PA PAFTKXCouwkh for=:a
p look an|sehen,sieht,sah,gesehen P PTCXGRVB at=:a
p look auf|passen P PATK after=auf:a
p listen zu|hören P P to=:d
p think,thought,thought denken,denkt,dachte,gedacht P PAEXBL g,of=an:a
p dream träumen PA PALBF of=von:d
p laugh lachen P PAXC at=über:a
p speak,spoke,spoken sprechen,spricht,sprach,gesprochen P PAXEL about=über:a
p ask bitten,bittet,bat,gebeten P SDFT for=um:a
p believe glauben P PX g,in=an:a
p care sich:kümmern P PA for=um:a
p fear sich:fürchten PA PAE g,=vor:d
p suffer leiden,leidet,litt,gelitten P E g,from=unter:d
p participate teil|nehmen,nimmt,nahm,genommen P E in=an:d
p apologize sich:ent=schuldigen P P to=bei:d
p worry sich:sorgen P PAE about=um:a
p flee,fled,fled *fliehen,flieht,floh,geflohen PA PAE from=vor:d
p fight,fought,fought kämpfen P PA against=gegen:a
p vote stimmen P P for=für:a
p knock klopfen P R on=an:a
p rely sich:ver=lassen,verlässt,verließ,verlassen P P g,on=auf:a
b give,gave,given geben,gibt,gab,gegeben P TZKCXFouwkhA
b show,,shown zeigen P TZKCXGBVA
b send,sent,sent schicken P TXFC
b lend,lent,lent leihen,leiht,lieh,geliehen P TZKCXVouwkh
b offer an|bieten,bietet,bot,geboten P TFXCV
b explain er=klären P XE T
b recommend emp=fehlen,empfiehlt,empfahl,empfohlen P XBF T
b hand reichen P TKCXF
b return zurück|geben,gibt,gab,gegeben P TKCXVouwkh T
m go,went,gone *gehen,geht,ging,gegangen P - h
m walk *laufen,läuft,lief,gelaufen PA - h
m run,ran,run,running *rennen,rennt,rannte,gerannt PA - h
m drive,drove,driven *fahren,fährt,fuhr,gefahren P - h
m fly,flew,flown *fliegen,fliegt,flog,geflogen P - h
m come,came,come *kommen,kommt,kam,gekommen PA - h
m crawl *kriechen,kriecht,kroch,gekrochen PA -
m jump *springen,springt,sprang,gesprungen PA -
m climb *klettern PA -
m travel *reisen P - h
m sneak *schleichen,schleicht,schlich,geschlichen PA -
m march *marschieren P -
l put,put,put,putting legen P TCXKFouwkh s
l place stellen P TKUZ
l throw,threw,thrown werfen,wirft,warf,geworfen P TCKX
l carry tragen,trägt,trug,getragen P TUKXZPA
l bring,brought,brought bringen,bringt,brachte,gebracht P TUKXZPA
l push schieben,schiebt,schob,geschoben P UKZV
l pull ziehen,zieht,zog,gezogen P UKZAV
l hang,hung,hung hängen P C
l lead,led,led führen P PA
o sit,sat,sat,sitting sitzen,sitzt,saß,gesessen PA - u
o stand,stood,stood stehen,steht,stand,gestanden PATUV - u
o lie,lay,lain,lying liegen,liegt,lag,gelegen TXCKAF - u
o live wohnen P - u
o stay *bleiben,bleibt,blieb,geblieben PA - u
o hang,hung,hung hängen,hängt,hing,gehangen C - u
c say,said,said sagen P - g
c believe glauben P - g
c think,thought,thought denken,denkt,dachte,gedacht P - g
c know,knew,known wissen,weiß,wusste,gewusst P - g
c hope hoffen P - g
c hear,heard,heard hören P - g
c claim be=haupten P - g
c notice be=merken P - g
c dream träumen P - g
q know,knew,known wissen,weiß,wusste,gewusst P - g
q ask fragen P - g
q wonder sich:fragen P - g
q understand,understood,understood ver=stehen,versteht,verstand,verstanden P - g
q forget,forgot,forgotten,forgetting ver=gessen,vergisst,vergaß,vergessen P - g
q explain er=klären P - g
n try ver=suchen PA - g
n hope hoffen P - g
n promise ver=sprechen,verspricht,versprach,versprochen P - g
n begin,began,begun,beginning an|fangen,fängt,fing,gefangen PA - g
n forget,forgot,forgotten,forgetting ver=gessen,vergisst,vergaß,vergessen P - g
n plan,planned,planned,planning planen P - g
n decide be=schließen,beschließt,beschloss,beschlossen P - g
n refuse sich:weigern P - g
n learn lernen P - g
x tell,told,told sagen P P g
x promise ver=sprechen,verspricht,versprach,versprochen P P g
w rain regnen - - u
w snow schneien - - u
"""
_INFINITIVES = """
be be,was,been,being *sein,ist,war,gewesen
want want wollen,will,wollte,gewollt
like like haben,hat,hatte,gehabt
there be,was,been,being geben,gibt,gab,gegeben
"""
_PRESENTS = {
    "sein": ("bin", "bist", "ist", "sind"),
    "haben": ("habe", "hast", "hat", "haben"),
    "werden": ("werde", "wirst", "wird", "werden"),
    "wissen": ("weiß", "weißt", "weiß", "wissen"),
    "können": ("kann", "kannst", "kann", "können"),
    "müssen": ("muss", "musst", "muss", "müssen"),
    "dürfen": ("darf", "darfst", "darf", "dürfen"),
    "wollen": ("will", "willst", "will", "wollen"),
    "mögen": ("mag", "magst", "mag", "mögen"),
}
_HISSING = ("s", "ß", "x", "z")


@dataclass(frozen=True)
class EnglishVerb:
    """The forms of an English verb.

    Args:
        base: the infinitive.
        third: the third person singular present.
        past: the past.
        participle: the past participle.
        gerund: the form in -ing.
        particle: the word that follows it ("up"), or empty.
    """

    base: str
    third: str
    past: str
    participle: str
    gerund: str
    particle: str


@dataclass(frozen=True)
class GermanVerb:
    """The forms of a German verb, without its separable prefix.

    Args:
        infinitive: the infinitive.
        prefix: the separable prefix, or empty.
        present: the present for ich, du, er and the plural.
        past: the preterite for the same four.
        participle: the past participle, with the prefix.
        sein: whether the perfect takes sein.
        reflexive: whether it takes sich.
    """

    infinitive: str
    prefix: str
    present: tuple[str, str, str, str]
    past: tuple[str, str, str, str]
    participle: str
    sein: bool
    reflexive: bool

    @property
    def zu(self) -> tuple[str, ...]:
        """The infinitive with zu, as words."""
        if self.prefix:
            return (self.prefix + "zu" + self.infinitive,)
        return ("zu", self.infinitive)


@dataclass(frozen=True)
class Verb:
    """One verb with its frame and its German counterpart.

    Args:
        frame: the letter of its sentence frame.
        english: the English forms.
        german: the German forms.
        subjects: the kinds of subject.
        objects: the kinds of object.
        preposition: the English and the German preposition of its object
            and the German case; empty strings for none.
        tools: the kind of tool, or empty.
        flags: the other extras of the table.
    """

    frame: str
    english: EnglishVerb
    german: GermanVerb
    subjects: str
    objects: str
    preposition: tuple[str, str, str]
    tools: str
    flags: str


def _third(base: str) -> str:
    if base == "have":
        return "has"
    if base == "be":
        return "is"
    if base.endswith("y") and base[-2] not in "aeiou":
        return base[:-1] + "ies"
    hissing = ("s", "x", "ch", "sh", "z", "o")
    return base + ("es" if base.endswith(hissing) else "s")


def _past(base: str) -> str:
    if base.endswith("e"):
        return base + "d"
    if base.endswith("y") and base[-2] not in "aeiou":
        return base[:-1] + "ied"
    return base + "ed"


def _gerund(base: str) -> str:
    drop = base.endswith("e") and not base.endswith("ee")
    return (base[:-1] if drop else base) + "ing"


def read_english(forms: str) -> EnglishVerb:
    """Read the English column of the table.

    Args:
        forms: base, past, participle and gerund, those it has.

    Returns:
        All forms; the regular ones by the spelling rules.
    """
    head, *rest = forms.split(",")
    base, _, particle = head.partition("+")
    past, participle, gerund = (rest + ["", "", ""])[:3]
    past = past or _past(base)
    return EnglishVerb(
        base,
        _third(base),
        past,
        participle or past,
        gerund or _gerund(base),
        particle,
    )


def _links(stem: str) -> bool:
    """Whether an e stands between this stem and -t or -st."""
    if stem.endswith(("d", "t")):
        return True
    if stem.endswith("chn"):
        return True
    return stem[-1] in "mn" and stem[-2] not in "aeiouäöürlhmn"


def _present(infinitive: str, third: str) -> tuple[str, str, str, str]:
    stem = infinitive[: -1 if infinitive.endswith(("eln", "ern")) else -2]
    third = third or stem + ("et" if _links(stem) else "t")
    first = stem[:-2] + "le" if stem.endswith("el") else stem + "e"
    base = third[:-1]
    if stem.endswith("t") and not third.endswith("et"):
        second = third + "st"
    elif base.endswith(_HISSING):
        second = third
    else:
        second = base + "st"
    return (first, second, third, infinitive)


def _preterite(infinitive: str, past: str) -> tuple[str, str, str, str]:
    stem = infinitive[: -1 if infinitive.endswith(("eln", "ern")) else -2]
    past = past or stem + ("ete" if _links(stem) else "te")
    if past.endswith("e"):
        return (past, past + "st", past, past + "n")
    link = "e" if past.endswith((*_HISSING, "d", "t")) else ""
    return (past, past + link + "st", past, past + "en")


def read_german(forms: str) -> GermanVerb:
    """Read the German column of the table.

    Args:
        forms: infinitive, third person, preterite and participle, those it
            has, with the marks of the table.

    Returns:
        All forms; the weak ones by the rules.
    """
    head, *rest = forms.split(",")
    third, past, participle = (rest + ["", "", ""])[:3]
    reflexive = head.startswith("sich:")
    sein = head.startswith("*")
    marked = head.removeprefix("sich:").lstrip("*")
    prefix, _, main = marked.rpartition("|")
    infinitive = main.replace("=", "")
    if not participle:
        stem = _preterite(infinitive, "")[0][:-1]
        bare = "=" in main or infinitive.endswith("ieren")
        participle = ("" if bare else "ge") + stem
    present = _PRESENTS.get(infinitive) or _present(infinitive, third)
    return GermanVerb(
        infinitive,
        prefix,
        present,
        _preterite(infinitive, past),
        prefix + participle,
        sein,
        reflexive,
    )


def _read_extras(extras: str) -> tuple[str, str, tuple[str, str, str]]:
    flags, _, tools = extras.partition("with:")
    flags = flags.removesuffix(",")
    preposition = ("", "", "")
    if "=" in flags:
        pair, _, case = flags.partition(":")
        english, _, german = pair.partition("=")
        flags, _, english = english.rpartition(",")
        preposition = (english, german, case)
    return flags, tools, preposition


def _read_verb(line: str) -> Verb:
    frame, english, german, subjects, objects, *more = line.split()
    flags, tools, preposition = _read_extras(more[0] if more else "")
    return Verb(
        frame,
        read_english(english),
        read_german(german),
        subjects.strip("-"),
        objects.strip("-"),
        preposition,
        tools,
        flags,
    )


VERBS = tuple(_read_verb(line) for line in _TABLE.strip().splitlines())


def _read_special(line: str) -> tuple[str, Verb]:
    name, english, german = line.split()
    forms = (read_english(english), read_german(german))
    return name, Verb(name, *forms, "", "", ("", "", ""), "", "gv")


SPECIAL = dict(
    _read_special(line) for line in _INFINITIVES.strip().splitlines()
)
HABEN = SPECIAL["like"].german
SEIN = SPECIAL["be"].german
WERDEN = read_german("*werden,wird,wurde,geworden")
MODALS = {
    "can": (read_german("können,kann,konnte,gekonnt"), False),
    "could": (read_german("können,kann,konnte,gekonnt"), True),
    "must": (read_german("müssen,muss,musste,gemusst"), False),
    "may": (read_german("dürfen,darf,durfte,gedurft"), False),
    "should": (read_german("sollen,soll,sollte,gesollt"), True),
}
