"""What a row of the benchmark is: one work, as authservice and as others do it, and how much faster ours must be."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Project(StrEnum):
    """What runs, each in a server of its own; the bare hash needs none."""

    AUTHSERVICE = "authservice"
    STOCK = "stock"
    STOCK_WITHOUT_BLACKLIST = "stock_without_blacklist"
    HELLO = "hello"
    HASH = "hash"
    REMOTE = "remote"
    """A service that uses the connector, in one process; the path of its work is the name of a deed."""


class Tokens(StrEnum):
    """Which access tokens are sent."""

    EACH = "each"
    """Everybody has one; few people come often, most hardly ever."""
    NEW = "new"
    """None twice, of people who are known."""
    COLD = "cold"
    """None twice, each of a session that nobody has asked about."""


@dataclass(frozen=True, slots=True)
class Work:
    """One request. `members` pairs the names of the body's members with what is known of a person, or of everybody."""

    method: str
    path: str
    expects: str
    """Stands in the body of every right answer."""
    members: tuple[tuple[str, str], ...] = ()
    query: str = ""
    shows_token: bool = False
    shows_cookie: bool = False
    """The admin's."""
    renews: bool = False
    """The answer holds the refresh token to send next."""
    is_form: bool = False
    tokens: Tokens = Tokens.EACH
    is_warmed: bool = False
    """Before each turn everybody is asked about once: what others' turns lasted longer than has left the memory."""


@dataclass(frozen=True, slots=True)
class Contender:
    name: str
    project: Project
    work: Work


@dataclass(frozen=True, slots=True)
class Bound:
    """Ours must be `times` as fast as the contender of that name."""

    against: str
    times: float


@dataclass(frozen=True, slots=True)
class Row:
    """`ours` comes first in each round."""

    name: str
    title: str
    ours: Work
    others: tuple[Contender, ...]
    bounds: tuple[Bound, ...]
    connections: int = 8
    project: Project = Project.AUTHSERVICE
    is_by_core: bool = False
    """Of what the load generator can't keep busy: each side counts as if it had had its core full."""
    remembered: tuple[float, float] = (0.0, 1.0)
    """Between which shares of the standings the server has to find in memory, or it is another work."""

    @property
    def contenders(self) -> tuple[Contender, ...]:
        return (Contender(OURS, self.project, self.ours), *self.others)

    def least(self, against: str) -> float | None:
        """How many times as fast ours must be; None where it is only measured."""
        return next((bound.times for bound in self.bounds if bound.against == against), None)


OURS: Final = "authservice"
