"""What is done over and over, each with another token: by its name, a callable that raises when the answer is wrong."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from io import BytesIO
from itertools import cycle
from typing import Any, Final

import jwt
from authservice_connector import current, mirror
from authservice_connector.conf import connector_settings
from authservice_connector.gate import LocalGate
from django.contrib.auth import get_user_model
from django.core.wsgi import get_wsgi_application
from rest_framework_simplejwt.tokens import AccessToken

from bench import zipf
from bench.sources import CHOICES

Deed = Callable[[], None]

MIRRORED: Final = 1000
ALGORITHM: Final = "ES256"


def prepare(tokens: Sequence[str]) -> Mapping[str, Deed]:
    """With people who have been here before."""
    known = current.connection()
    assert isinstance(known.gate, LocalGate)
    seen = tokens[:MIRRORED]
    return {
        "seen": _seen(known.gate, seen),
        "asked": _asked(known, seen),
        "new": _new(known.gate, tokens),
        "decoded": _decoded(known, tokens),
        "connector view": _view("/connector", _mirrored(seen)),
        "stock view": _view("/stock", _stock_tokens()),
    }


def _seen(gate: LocalGate, tokens: Sequence[str]) -> Deed:
    turns = cycle(tokens)
    return lambda: _demand(gate.identify(next(turns)).subject)


def _asked(known: current.Connection, tokens: Sequence[str]) -> Deed:
    """Over a connection that stays."""
    turns = cycle(tokens)

    def deed() -> None:
        answer = known.transport.post_json("/auth/verify", {"token": next(turns)})
        _demand(answer.document.get("active") is True)

    return deed


def _new(gate: LocalGate, tokens: Sequence[str]) -> Deed:
    """None that was seen since the last time around."""
    remembered = gate._verifier._remembered  # noqa: SLF001 - nobody else may empty it
    turns = cycle([*tokens, ""])

    def deed() -> None:
        if not (token := next(turns)):
            remembered.clear()
            token = next(turns)
        _demand(gate.identify(token).subject)

    return deed


def _decoded(known: current.Connection, tokens: Sequence[str]) -> Deed:
    turns = cycle(tokens)
    (key,) = {jwt.get_unverified_header(token)["kid"] for token in tokens}
    keys = {each["kid"]: jwt.PyJWK(each) for each in current.jwks(known.transport)["keys"]}
    asked = {"algorithms": [ALGORITHM], "audience": connector_settings.audience, "issuer": connector_settings.issuer}
    public: Any = keys[key].key
    return lambda: _demand(jwt.decode(next(turns), public, **asked)["sub"])


def _mirrored(tokens: Sequence[str]) -> Sequence[str]:
    """Everybody has a row."""
    known = current.connection()
    for token in tokens:
        mirror.person_behind(known.gate.identify(token), token, asking=known.asking)
    return tokens


def _stock_tokens() -> Sequence[str]:
    """For the same users, by a key of its own."""
    return [str(AccessToken.for_user(user)) for user in get_user_model().objects.all()]


def _view(path: str, tokens: Sequence[str]) -> Deed:
    application, turns = get_wsgi_application(), _by_turns(tokens)
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80"}
    environ |= {"wsgi.url_scheme": "http"}

    def start(status: str, headers: object) -> None:
        pass

    def deed() -> None:
        answer = application(environ | {"HTTP_AUTHORIZATION": f"Bearer {next(turns)}", "wsgi.input": BytesIO()}, start)
        if b"username" not in (body := b"".join(answer)):
            raise ValueError(f"a wrong answer: {body!r}")
        answer.close()

    return deed


def _by_turns(tokens: Sequence[str]) -> Iterator[str]:
    """Some people call often, most hardly ever."""
    return (tokens[number] for number in cycle(zipf.choose(len(tokens), size=CHOICES, seed=1)))


def _demand(is_right: object) -> None:
    if not is_right:
        raise ValueError("a wrong answer")
