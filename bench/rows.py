"""What is measured side by side, with the bounds of DESIGN's section 7: the same work as we and as others do it."""

from typing import Final

from bench.contest import Bound, Contender, Project, Row, Tokens, Work

ASKING: Final = "stock that asks"
STOCK: Final = "stock"
STOCK_VERIFY: Final = "stock verify"
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
_grant = (("grant_type", "grant_type"), ("client_id", "client_id"), ("client_secret", "client_secret"))
_hello = Contender(HELLO, Project.HELLO, Work("GET", "/", '"hello"'))
_hash = Contender(HASH, Project.HASH, Work("", "", ""))
# The blacklist app is off: stock asks nobody, the signature is all it looks at.
_stock_verify = Contender(STOCK_VERIFY, Project.STOCK_WITHOUT_BLACKLIST, Work("POST", "/token/verify/", "{}", _token))


def _stock(work: Work, *, name: str = STOCK) -> Contender:
    return Contender(name, Project.STOCK, work)


def _verify(tokens: Tokens) -> Work:
    is_warmed = tokens == Tokens.EACH
    return Work("POST", "/auth/verify", '"active":true', _token, tokens=tokens, is_warmed=is_warmed)


def _remote(name: str, title: str, deed: str, other: Contender, *, times: float) -> Row:
    bounds = (Bound(other.name, times),)
    return Row(name, f"connector: {title}", _deed(deed), (other,), bounds, project=Project.REMOTE)


def _deed(name: str) -> Work:
    return Work("", name, "")


ROWS: Final = (
    Row(
        "verify",
        "verify, tokens seen before",
        _verify(Tokens.EACH),
        (
            _stock(Work("POST", "/token/verify/asking/", "{}", _token), name=ASKING),
            _stock_verify,
            _hello,
        ),
        (Bound(STOCK_VERIFY, 25), Bound(HELLO, 0.45)),
        is_by_core=True,
    ),
    Row(
        "new",
        "verify, every token new",
        _verify(Tokens.NEW),
        (_stock_verify,),
        (Bound(STOCK_VERIFY, 6),),
        remembered=(0.95, 1.0),
    ),
    Row(
        "cold",
        "verify, wholly cold",
        _verify(Tokens.COLD),
        (_stock_verify,),
        (Bound(STOCK_VERIFY, 3),),
        remembered=(0.0, 0.01),
    ),
    Row(
        "user",
        "GET /auth/user",
        Work("GET", "/auth/user", '"email":"', shows_token=True, is_warmed=True),
        (
            _stock(Work("GET", "/user/asking/", '"email":"', shows_token=True), name=ASKING),
            _stock(Work("GET", "/user/", '"email":"', shows_token=True)),
        ),
        (Bound(STOCK, 25),),
        is_by_core=True,
    ),
    Row(
        "client",
        "client_credentials",
        Work("POST", "/auth/token", '"access_token":"', _grant, is_form=True),
        (_stock_verify,),
        (Bound(STOCK_VERIFY, 3),),
    ),
    Row(
        "graphql",
        f"GraphQL {ME}",
        Work("POST", "/graphql", ME_ANSWER, query=ME, shows_token=True, is_warmed=True),
        (_stock(Work("POST", "/graphql/", ME_ANSWER, query=ME, shows_token=True)),),
        (Bound(STOCK, 3),),
    ),
    Row(
        "refresh",
        "refresh",
        Work("POST", "/auth/refresh", '"refresh":"', _refresh, renews=True),
        (_stock(Work("POST", "/token/refresh/", '"refresh":"', _refresh, renews=True)),),
        (Bound(STOCK, 6),),
    ),
    _remote(
        "connector-seen",
        "a token seen before",
        "seen",
        Contender(ASKED, Project.REMOTE, _deed("asked")),
        times=25,
    ),
    _remote("connector-new", "a new token", "new", Contender(DECODED, Project.REMOTE, _deed("decoded")), times=0.8),
    _remote(
        "connector-view",
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
        (Bound(HASH, 0.92),),
        connections=4,
    ),
)
CEILING: Final = _hello
