"""How many guesses a password costs whoever knows its owner, what people choose, and what they are told to choose."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from zxcvbn_rs_py import zxcvbn

JUDGED_LENGTH: Final = 24  # zxcvbn takes a second for 256 hostile characters, and holds the interpreter meanwhile
SEPARATORS: Final = re.compile(r"[\s\-_.,;:/+'’]+")
UNSHIFTED: Final = str.maketrans("!@#$%^&*()", "1234567890")
"""Of the keyboard that most lists of passwords come from."""

PART_MIN_LENGTH: Final = 3
MAX_PARTS: Final = 20
EXAMPLE: Final = "river-lantern-copper-moss"

KNOWN: Final = (
    "correcthorsebatterystaple", "thisismypassword", "thisisapassword", "mysecretpassword", "ihatepasswords",
    "iforgotmypassword", "iloveyou", "iloveyousomuch", "iloveyouforever", "ilovemymother", "ilovemyfather",
    "ilovemyfamily", "ilovemydog", "ilovemycat", "thequickbrownfox", "thequickbrownfoxjumpsoverthelazydog",
    "loremipsum", "loremipsumdolorsitamet", "helloworld", "tobeornottobe", "tobeornottobethatisthequestion",
    "onceuponatime", "itwasthebestoftimes", "callmeishmael", "inthebeginning", "ourfatherwhoartinheaven",
    "godblessamerica", "maryhadalittlelamb", "twinkletwinklelittlestar", "humptydumpty", "happybirthday",
    "maytheforcebewithyou", "iamyourfather", "youshallnotpass", "winteriscoming", "livelongandprosper",
    "hakunamatata", "opensesame", "houstonwehaveaproblem", "hastalavista", "hastalavistababy", "wewillrockyou",
    "nevergonnagiveyouup", "letitbe", "allyouneedislove", "iwanttobelieve", "whatdoesthefoxsay", "theansweris42",
    "onetwothreefour", "onetwothreefourfive", "onetwothreefourfivesix", "einszweidreivier", "undeuxtroisquatre",
    "mondaytuesdaywednesday", "januaryfebruarymarch", "springsummerautumnwinter", "redorangeyellowgreenblue",
    "31415926535897932384626", "27182818284590452353602", "14142135623730950488016", "16180339887498948482045",
    "112358132134558914423337", "12481632641282565121024", "2357111317192329313741", "a1b2c3d4e5f6g7h8i9j0",
    "1a2b3c4d5e6f7g8h9i0j", "a1s2d3f4g5h6j7k8l9", "1qaz2wsx3edc4rfv5tgb6yhn", "zaq12wsxcde34rfvbgt56yhn",
)  # fmt: skip
"""What takes many guesses by its letters, and few by whoever has heard of it."""


@dataclass(frozen=True, slots=True)
class Judgement:
    guesses_log10: float
    hints: tuple[str, ...]


def judge(password: str, *, context: Iterable[str] = ()) -> Judgement:
    """As it is typed and without what people put between words and on top of digits; the worse of both counts.

    `context` is the person's own data, of which also the parts count.
    """
    plain = _plain(password)
    if plain == _plain(EXAMPLE):
        return Judgement(0.0, ())
    known = [*KNOWN, *_parts(context)]
    return min(
        (_judge(form, known) for form in dict.fromkeys((password, plain))),
        key=lambda judgement: judgement.guesses_log10,
    )


def _plain(text: str) -> str:
    return SEPARATORS.sub("", text.translate(UNSHIFTED)).casefold()


def _judge(password: str, known: Sequence[str]) -> Judgement:
    judged = password[:JUDGED_LENGTH]
    entropy = zxcvbn(judged, [phrase[: len(judged)] for phrase in known])  # who stops early has not made one up, either
    said = (entropy.feedback.warning, *entropy.feedback.suggestions) if entropy.feedback else ()
    return Judgement(entropy.guesses_log10, tuple(str(hint) for hint in said if hint))


def _parts(context: Iterable[str]) -> list[str]:
    """Whole, and word by word: of an address, a name and whatever else there is."""
    parts = [part for word in context for part in (word, _plain(word), *re.split(r"[\W_]+", word))]
    return list(dict.fromkeys(part for part in parts if len(part) >= PART_MIN_LENGTH))[:MAX_PARTS]
