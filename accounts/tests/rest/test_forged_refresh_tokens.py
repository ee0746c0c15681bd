"""Refresh tokens that somebody made or altered renew nothing and end nothing."""

import hashlib
import hmac
import json
from collections.abc import Callable

import pytest
from django.http import HttpResponseBase
from rest_framework.test import APIClient

from accounts.keys.ring import ring
from accounts.models import KeyPurpose, Session
from accounts.tests.support.factories import Tokens
from accounts.tests.support.forging import claims_of, header_of, part, resigned, sealed, signed
from accounts.tests.support.refusals import assert_refused, assert_token_challenged

pytestmark = pytest.mark.django_db

Show = Callable[[str], list[HttpResponseBase]]
Forge = Callable[[str], str]


@pytest.fixture
def show(api: APIClient) -> Show:
    """The answers of each place where a token is taken."""
    return lambda token: [api.post(path, {"refresh": token}) for path in ("/auth/refresh", "/auth/logout")]


def without_the_sessions_secret(token: str) -> str:
    """By somebody who has the ring's key, but not the table of sessions."""
    return signed(header_of(token), claims_of(token), key=ring.signing_key(KeyPurpose.REFRESH))


def with_the_secret_alone(token: str) -> str:
    """By somebody who has the table of sessions, but not the ring's key."""
    signing_input = token.rpartition(".")[0]
    secret = bytes(Session.objects.get().secret)
    return f"{signing_input}.{part(hmac.digest(secret, signing_input.encode() + secret, hashlib.sha256))}"


def by_the_access_key(token: str) -> str:
    key = ring.signing_key(KeyPurpose.ACCESS)
    header = header_of(token) | {"kid": key.kid, "alg": str(key.algorithm)}
    return signed(header, claims_of(token), key=key, secret=bytes(Session.objects.get().secret))


def of_an_unknown_session(token: str) -> str:
    claims = claims_of(token) | {"sid": "6f1f3a52-2b55-4a57-8f6b-6a7d1a1b1c1d"}
    key = ring.signing_key(KeyPurpose.REFRESH)
    return signed(header_of(token), claims, key=key, secret=bytes(Session.objects.get().secret))


def with_claims(**claims: object) -> Forge:
    return lambda token: resigned(token, claims=claims)


def with_text(name: str, text: str) -> Forge:
    def forge(token: str) -> str:
        payload = json.dumps(claims_of(token) | {name: "@"}).replace('"@"', text)
        return sealed(token, header_of(token), payload.encode())

    return forge


FORGERIES: dict[str, Forge] = {
    "padded": lambda token: f"{token}==",
    "cut off": lambda token: token[:-1],
    "with a space": lambda token: f" {token} ",
    "not base64url": lambda token: token.replace(".", "/", 1),
    "unsigned": lambda token: f"{part(header_of(token) | {'alg': 'none'})}.{token.split('.')[1]}.",
    "very long": lambda token: token + "A" * 50_000,
    "without the session's secret": without_the_sessions_secret,
    "with the session's secret alone": with_the_secret_alone,
    "signed with the key of access tokens": by_the_access_key,
    "of an unknown key": lambda token: resigned(token, header={"kid": "unknown"}),
    "of a key in SQL": lambda token: resigned(token, header={"kid": "' OR '1'='1"}),
    "critical": lambda token: resigned(token, header={"crit": ["exp"]}),
    "of type at+jwt": lambda token: resigned(token, header={"typ": "at+jwt"}),
    "of another issuer": with_claims(iss="https://elsewhere.example"),
    "for the fleet": with_claims(aud="fleet"),
    "for a list": with_claims(aud=["http://localhost:8000"]),
    "of a service": with_claims(sub="svc_orders"),
    "of another subject": with_claims(sub="6f1f3a52-2b55-4a57-8f6b-6a7d1a1b1c1d"),
    "of an unknown session": of_an_unknown_session,
    "of no session": lambda token: resigned(token, without=["sid"]),
    "of no generation": lambda token: resigned(token, without=["gen"]),
    "of a generation as text": with_claims(gen="0"),
    "of a negative generation": with_claims(gen=-1),
    "of a true generation": with_claims(gen=True),
    "of a generation beyond numbers": with_text("gen", "1e400"),
    "of a generation of many digits": with_text("gen", "9" * 30),
    "without end": lambda token: resigned(token, without=["exp"]),
    "with a list as date of issue": with_claims(iat=[1]),
    "with a list for payload": lambda token: sealed(token, header_of(token), []),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_forged_token_renews_nothing_and_ends_nothing(show: Show, tokens: Tokens, forge: Forge) -> None:
    for answer in show(forge(tokens.refresh)):
        assert_refused(answer, 401, "invalid_refresh_token")
        assert_token_challenged(answer)
    session = Session.objects.get()
    assert (session.generation, session.revoked_at) == (0, None)


def test_an_access_token_renews_nothing(show: Show, tokens: Tokens) -> None:
    for answer in show(tokens.access):
        assert_refused(answer, 401, "invalid_refresh_token")


def test_signing_a_token_again_is_no_forgery(show: Show, tokens: Tokens) -> None:
    assert [answer.status_code for answer in show(resigned(tokens.refresh))] == [200, 204]
