"""RFC 9068 section 4: what is refused, and that nothing else is."""

import time
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from authservice_connector import verifying
from authservice_connector.errors import CannotTell, Refused, TokenExpired, TokenInvalid, WrongTokenType
from authservice_connector.keys import KeySet
from authservice_connector.verifying import Verifier

from tests.issuing import AUDIENCE, ISSUER, Fetch, Key, jwks, payload


@pytest.fixture
def fetch(key: Key) -> Fetch:
    return Fetch(jwks(key))


@pytest.fixture
def keys(fetch: Fetch) -> KeySet:
    return KeySet(fetch)


@pytest.fixture
def verifier(keys: KeySet) -> Verifier:
    return Verifier(issuer=ISSUER, audience=AUDIENCE, leeway_seconds=30, keys=keys)


def test_a_good_token_says_whose_it_is(verifier: Verifier, key: Key) -> None:
    sent = payload(groups=["admins", "writers"], scope="a b")
    claims = verifier.verify(key.sign(sent))
    assert (claims.subject, claims.session_id, claims.issuer) == (sent["sub"], sent["sid"], ISSUER)
    assert (claims.groups, claims.scopes, claims.is_service) == (
        frozenset({"admins", "writers"}),
        frozenset({"a", "b"}),
        False,
    )


def test_a_service_speaks_for_itself(verifier: Verifier, key: Key) -> None:
    token = key.sign(payload(sub="svc_a", client_id="svc_a", scope="users:read", groups=None))
    claims = verifier.verify(token)
    assert (claims.is_service, claims.scopes, claims.groups) == (True, frozenset({"users:read"}), frozenset())


@pytest.mark.parametrize("audience", ["fleet", ["other", "fleet"]])
def test_one_audience_of_several_suffices(verifier: Verifier, key: Key, audience: object) -> None:
    assert verifier.verify(key.sign(payload(aud=audience)))


NOW = int(time.time())


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"iss": "https://elsewhere.example.com"}, TokenInvalid),
        ({"iss": ISSUER + "/"}, TokenInvalid),
        ({"iss": None}, TokenInvalid),
        ({"aud": "other"}, TokenInvalid),
        ({"aud": ["other", 7]}, TokenInvalid),
        ({"aud": None}, TokenInvalid),
        ({"aud": {"fleet": 1}}, TokenInvalid),
        ({"exp": NOW - 31}, TokenExpired),
        ({"exp": None}, TokenInvalid),
        ({"exp": NOW + 300.5}, TokenInvalid),
        ({"exp": str(NOW + 300)}, TokenInvalid),
        ({"exp": True}, TokenInvalid),
        ({"exp": 2**41}, TokenInvalid),
        ({"nbf": NOW + 9000}, TokenInvalid),
        ({"nbf": None}, TokenInvalid),
        ({"iat": NOW + 9000}, TokenInvalid),
        ({"iat": None}, TokenInvalid),
        ({"sub": None}, TokenInvalid),
        ({"sub": ""}, TokenInvalid),
        ({"sub": 7}, TokenInvalid),
        ({"sid": None}, TokenInvalid),
        ({"client_id": None}, TokenInvalid),
    ],
)
def test_a_signed_token_is_refused_for_what_it_says(
    verifier: Verifier, key: Key, changes: dict[str, Any], refusal: type[Refused]
) -> None:
    with pytest.raises(refusal):
        verifier.verify(key.sign(payload(**changes)))


@pytest.mark.parametrize("seconds", [29, -29])
def test_clocks_may_be_half_a_minute_apart(verifier: Verifier, key: Key, seconds: int) -> None:
    now = int(time.time()) + seconds
    assert verifier.verify(key.sign(payload(iat=now, nbf=now, exp=now + 30)))


@pytest.mark.parametrize(
    ("header", "refusal"),
    [
        ({"typ": "rt+jwt"}, WrongTokenType),
        ({"typ": "JWT"}, TokenInvalid),
        ({"typ": "id+jwt"}, TokenInvalid),
        ({"alg": "none"}, TokenInvalid),
        ({"alg": "HS256"}, TokenInvalid),
        ({"alg": "RS256"}, TokenInvalid),
        ({"jku": "https://evil.example.com"}, TokenInvalid),
        ({"crit": ["b64"], "b64": False}, TokenInvalid),
        ({"kid": 7}, TokenInvalid),
    ],
)
def test_a_header_that_is_not_ours_is_refused(
    verifier: Verifier, key: Key, header: dict[str, Any], refusal: type[Refused]
) -> None:
    with pytest.raises(refusal):
        verifier.verify(key.sign(payload(), **header))


@pytest.mark.parametrize(
    "mangle",
    [
        lambda token: token + "=",
        lambda token: token + "==",
        lambda token: token + " ",
        lambda token: token[:-4],
        lambda token: "." + token,
        lambda token: token.replace(".", "..", 1),
        lambda token: token.rpartition(".")[0] + ".",
        lambda token: token + "A" * 9000,
        lambda token: "",
        lambda token: urlsafe_b64encode(b"[" * 5000).decode() + "." + token.partition(".")[2],
    ],
)
def test_a_mangled_token_is_refused(verifier: Verifier, key: Key, mangle: Any) -> None:
    with pytest.raises(TokenInvalid):
        verifier.verify(mangle(key.sign(payload())))


def test_another_keys_signature_is_refused(verifier: Verifier, key: Key) -> None:
    stranger = Key(kid=key.kid)
    with pytest.raises(TokenInvalid):
        verifier.verify(stranger.sign(payload()))


def test_what_was_seen_is_not_verified_again(verifier: Verifier, key: Key, monkeypatch: pytest.MonkeyPatch) -> None:
    token = key.sign(payload())
    assert verifier.verify(token) == verifier.verify(token)
    monkeypatch.setattr(verifier, "_verify", None)
    assert verifier.verify(token)


def test_what_was_seen_still_expires(verifier: Verifier, key: Key) -> None:
    token = key.sign(payload(exp=int(time.time()) - 29))
    assert verifier.verify(token)
    time.sleep(1.1)
    with pytest.raises(TokenExpired):
        verifier.verify(token)


def test_what_a_withdrawn_key_signed_is_forgotten(verifier: Verifier, key: Key, keys: KeySet, fetch: Fetch) -> None:
    token = key.sign(payload(iat=int(time.time()) - 60))
    assert verifier.verify(token)
    fetch.document = jwks(Key())
    keys.refetch()
    with pytest.raises((TokenInvalid, CannotTell)):
        verifier.verify(token)


def test_a_bad_token_is_never_remembered(verifier: Verifier, key: Key) -> None:
    with pytest.raises(TokenInvalid):
        verifier.verify(Key(kid=key.kid).sign(payload()))
    assert not verifier._remembered


def test_memory_is_bounded(verifier: Verifier, key: Key, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "MAX_REMEMBERED", 2)
    tokens = [key.sign(payload()) for _ in range(3)]
    for token in tokens:
        verifier.verify(token)
    assert list(verifier._remembered) == tokens[1:]
