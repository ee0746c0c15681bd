"""The people whom both projects know, and the files in which a project's seed hands over their tokens."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from bench.contest import Tokens

PASSWORD: Final = "violet otters juggle maps"


class Person(NamedTuple):
    """Someone who is signed in."""

    email: str
    access: str
    refresh: str
    cookie: str = ""
    """Of the admin, for members of staff."""


def address(number: int) -> str:
    return f"person{number}@example.com"


@dataclass(frozen=True, slots=True)
class People:
    """Everybody has the one password; `encoded` is its hash as Django stores it. `client` is a service client."""

    encoded: str
    persons: list[Person]
    client: Mapping[str, str] = field(default_factory=dict)

    def write(self, file: Path) -> None:
        kept = {"encoded": self.encoded, "persons": self.persons, "client": dict(self.client)}
        file.write_text(json.dumps(kept), encoding="utf-8")

    @classmethod
    def read(cls, file: Path) -> "People":
        kept = json.loads(file.read_text(encoding="utf-8"))
        return cls(kept["encoded"], [Person(*person) for person in kept["persons"]], kept["client"])


def write_tokens(file: Path, kind: Tokens, tokens: Iterable[str]) -> None:
    """Beside the file of the people: access tokens to be sent once each."""
    _beside(file, kind).write_text("\n".join(tokens), encoding="ascii")


def read_tokens(file: Path, kind: Tokens) -> list[str]:
    return _beside(file, kind).read_text(encoding="ascii").split("\n")


def _beside(file: Path, kind: Tokens) -> Path:
    return file.with_suffix(f".{kind}")
