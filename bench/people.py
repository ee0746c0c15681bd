"""The people whom both projects know, and the file in which a project's seed hands over their tokens."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

PASSWORD: Final = "violet otters juggle maps"


class Person(NamedTuple):
    """Someone who is signed in."""

    email: str
    access: str
    refresh: str


def address(number: int) -> str:
    return f"person{number}@example.com"


@dataclass(frozen=True, slots=True)
class People:
    """Everybody has the one password; `encoded` is its hash as Django stores it."""

    encoded: str
    persons: list[Person]

    def write(self, file: Path) -> None:
        file.write_text(json.dumps({"encoded": self.encoded, "persons": self.persons}), encoding="utf-8")

    @classmethod
    def read(cls, file: Path) -> "People":
        kept = json.loads(file.read_text(encoding="utf-8"))
        return cls(kept["encoded"], [Person(*person) for person in kept["persons"]])
