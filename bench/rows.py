"""What is measured: in each row, the same work as authservice and as others take it."""

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


@dataclass(frozen=True, slots=True)
class Work:
    """One request. `members` pairs the names of the JSON body with attributes of a person, or with the password."""

    method: str
    path: str
    expects: str
    """Stands in the body of every right answer."""
    members: tuple[tuple[str, str], ...] = ()
    query: str = ""
    shows_token: bool = False
    renews: bool = False
    """The answer holds the refresh token to send next."""


@dataclass(frozen=True, slots=True)
class Contender:
    name: str
    project: Project
    work: Work


@dataclass(frozen=True, slots=True)
class Row:
    """`ours` comes first in each round; it must be `times` as fast as the one named `bound`."""

    name: str
    title: str
    ours: Work
    others: tuple[Contender, ...]
    bound: str = ""
    times: float = 1.0
    connections: int = 8
    project: Project = Project.AUTHSERVICE

    @property
    def contenders(self) -> tuple[Contender, ...]:
        return (Contender(OURS, self.project, self.ours), *self.others)


OURS: Final = "authservice"
ASKING: Final = "stock that asks"
STOCK: Final = "stock"
HASH: Final = "the hash alone"
HELLO: Final = "bare hello"
ASKED: Final = "one POST /auth/verify over loopback"
DECODED: Final = "PyJWT's bare decode"
STOCK_VIEW: Final = "JWTAuthentication and its query"
ME: Final = "{ me { email } }"
ME_ANSWER: Final = '{"data":{"me":{"email":"'

_token = (("token", "access"),)
_refresh = (("refresh", "refresh"),)
_login = (("email", "email"), ("password", "password"))
_hello = Contender(HELLO, Project.HELLO, Work("GET", "/", '"hello"'))
_hash = Contender(HASH, Project.HASH, Work("", "", ""))


def _stock(work: Work, *, name: str = STOCK, project: Project = Project.STOCK) -> Contender:
    return Contender(name, project, work)


def _remote(name: str, title: str, deed: str, other: Contender, *, times: float) -> Row:
    return Row(name, f"connector: {title}", _deed(deed), (other,), other.name, times, project=Project.REMOTE)


def _deed(name: str) -> Work:
    return Work("", name, "")


ROWS: Final = (
    Row(
        "verify",
        "verify, tokens seen before",
        Work("POST", "/auth/verify", '"active":true', _token),
        (
            _stock(Work("POST", "/token/verify/asking/", "{}", _token), name=ASKING),
            _stock(Work("POST", "/token/verify/", "{}", _token), project=Project.STOCK_WITHOUT_BLACKLIST),
            _hello,
        ),
        bound=ASKING,
    ),
    Row(
        "user",
        "GET /auth/user",
        Work("GET", "/auth/user", '"email":"', shows_token=True),
        (
            _stock(Work("GET", "/user/asking/", '"email":"', shows_token=True), name=ASKING),
            _stock(Work("GET", "/user/", '"email":"', shows_token=True)),
        ),
        bound=ASKING,
    ),
    Row(
        "graphql",
        f"GraphQL {ME}",
        Work("POST", "/graphql", ME_ANSWER, query=ME, shows_token=True),
        (_stock(Work("POST", "/graphql/", ME_ANSWER, query=ME, shows_token=True)),),
    ),
    Row(
        "refresh",
        "refresh",
        Work("POST", "/auth/refresh", '"refresh":"', _refresh, renews=True),
        (_stock(Work("POST", "/token/refresh/", '"refresh":"', _refresh, renews=True)),),
    ),
    _remote("seen", "a token seen before", "seen", Contender(ASKED, Project.REMOTE, _deed("asked")), times=25),
    _remote("new", "a new token", "new", Contender(DECODED, Project.REMOTE, _deed("decoded")), times=0.8),
    _remote(
        "view",
        "a DRF view",
        "connector view",
        Contender(STOCK_VIEW, Project.REMOTE, _deed("stock view")),
        times=3,
    ),
    # Fewer at once: one core hashes one password at a time, and beyond a short queue authservice says that it is busy.
    # Last: the sessions that it opens may end older ones.
    Row(
        "login",
        "login",
        Work("POST", "/auth/login", '"access":"', _login),
        (_stock(Work("POST", "/token/", '"access":"', _login)), _hash),
        connections=4,
    ),
)
CEILING: Final = _hello
