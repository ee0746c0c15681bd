"""One change that must not go unnoticed."""

from dataclasses import dataclass
from typing import Final

CONNECTOR: Final = "connector/"


@dataclass(frozen=True, slots=True)
class Mutant:
    """`old` stands exactly once in `file` and becomes `new`; one of `tests` must fail then.

    The connector's tests run in its own house, for the one or the other user model.
    """

    name: str
    file: str
    old: str
    new: str
    tests: str
    database: str = "sqlite"
    user_model: str = ""

    @property
    def is_connectors(self) -> bool:
        return self.file.startswith(CONNECTOR)
