"""Finds what names a person in a text that is to outlive them, in whatever spelling."""

import unicodedata
from collections.abc import Iterator
from itertools import groupby, pairwise, takewhile
from typing import Final

from accounts.identifiers import normalise_email
from accounts.models import User

FEWEST_DIGITS: Final = 5
IN_DOMAINS: Final = "-.\N{IDEOGRAPHIC FULL STOP}"


def kinds(text: str, user: User) -> Iterator[str]:
    """What of theirs is in it: for a sentence, not the thing itself."""
    visible = _visible(text)
    if any(user.email in each for each in (_folded(visible), *_addresses(visible))):
        yield "e-mail address"
    names = _words(_folded(_visible(f"{user.first_name} {user.last_name}")))
    if not names.isdisjoint(_words(_folded(visible))):
        yield "name"
    number = str(user.phone_number.national_number) if user.phone_number else ""
    if len(number) >= FEWEST_DIGITS and number in _digits(visible):
        yield "phone number"


def _visible(text: str) -> str:
    """One spelling of what looks alike, without what can't be seen, such as a soft hyphen."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(character for character in plain if unicodedata.category(character) != "Cf")


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text.casefold())


def _addresses(text: str) -> Iterator[str]:
    """As this service keeps them. What stands before one may stay: it is looked for within."""
    for word in text.split():
        for local, rest in pairwise(word.split("@")):
            domain = "".join(takewhile(lambda each: _is_of_word(each) or each in IN_DOMAINS, rest))
            yield normalise_email(f"{local}@{domain.rstrip(IN_DOMAINS)}")


def _words(text: str) -> set[str]:
    """Of two letters and more: a name of one would make half of all sentences personal."""
    runs = ("".join(run) for is_word, run in groupby(text, key=_is_of_word) if is_word)
    return {word for word in runs if len(word) > 1}


def _is_of_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN"


def _digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(character)) for character in text if character.isdecimal())
