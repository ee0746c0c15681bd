"""Access tokens that somebody made or altered are refused by the right code, wherever they are shown."""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.http import HttpResponseBase
from rest_framework.test import APIClient

from accounts.keys import jwk
from accounts.keys.ring import ring
from accounts.models import Algorithm, KeyPurpose, Session
from accounts.tests.support.factories import MakeUser, SignIn, Tokens
from accounts.tests.support.forging import claims_of, header_of, part, resigned, sealed
from accounts.tests.support.refusals import assert_refused, assert_token_challenged

pytestmark = pytest.mark.django_db

Show = Callable[[str], list[HttpResponseBase]]
Forge = Callable[[str], str]


@pytest.fixture
def show(api: APIClient) -> Show:
    """The answers of each place where a token is taken."""

    def show_it(token: str) -> list[HttpResponseBase]:
        header: dict[str, Any] = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
        return [
            api.post("/auth/verify", {"token": token}),
            api.get("/auth/user", **header),
            api.post("/auth/logout", **header),
        ]

    return show_it


def with_public_key_as_secret(token: str, secret: bytes) -> str:
    signing_input = f"{part(header_of(token) | {'alg': 'HS256'})}.{token.split('.')[1]}"
    return f"{signing_input}.{part(hmac.digest(secret, signing_input.encode(), hashlib.sha256))}"


def public_jwk(token: str) -> bytes:
    key = ring.find(header_of(token)["kid"], KeyPurpose.ACCESS)
    assert key is not None
    return json.dumps(key.public_jwk).encode()


def public_pem(token: str) -> bytes:
    key = jwt.PyJWK(json.loads(public_jwk(token))).key
    return bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def unsigned(token: str) -> str:
    return f"{part(header_of(token) | {'alg': 'none'})}.{token.split('.')[1]}."


def by_own_key_in_header(token: str) -> str:
    private = jwk.generate(Algorithm.ES256)
    header = header_of(token) | {"jwk": jwk.public_half(private, Algorithm.ES256), "kid": jwk.thumbprint(private)}
    return jwt.encode(claims_of(token), jwt.PyJWK(private, algorithm="ES256").key, "ES256", header)


def by_own_key_under_our_name(token: str) -> str:
    private = jwt.PyJWK(jwk.generate(Algorithm.ES256), algorithm="ES256").key
    return jwt.encode(claims_of(token), private, "ES256", header_of(token))


def by_the_refresh_key(token: str) -> str:
    key = ring.signing_key(KeyPurpose.REFRESH)
    signing_input = f"{part(header_of(token) | {'alg': 'HS256', 'kid': key.kid})}.{token.split('.')[1]}"
    return f"{signing_input}.{part(key.signer.Algorithm.sign(signing_input.encode(), key.signer.key))}"


def with_header(**members: object) -> Forge:
    """Truly signed, under a header with other members."""
    return lambda token: resigned(token, header=members)


def with_claims(**claims: object) -> Forge:
    """Truly signed, with other claims."""
    return lambda token: resigned(token, claims=claims)


def without(name: str) -> Forge:
    return lambda token: resigned(token, without=[name])


def with_text(name: str, text: str) -> Forge:
    """Truly signed, with a claim that no JSON library writes."""

    def forge(token: str) -> str:
        payload = json.dumps(claims_of(token) | {name: "@"}).replace('"@"', text)
        return sealed(token, header_of(token), payload.encode())

    return forge


FORGERIES: dict[str, Forge] = {
    "dots alone": lambda _: "..",
    "of other alphabets": lambda _: "é.ü.ñ",
    "padded": lambda token: f"{token}==",
    "padded once": lambda token: f"{token}=",
    "padded in the middle": lambda token: token.replace(".", "=.", 1),
    "with a fourth part": lambda token: f"{token}.e30",
    "cut off": lambda token: token[:-10],
    "without signature": lambda token: token.rpartition(".")[0],
    "with an empty signature": lambda token: token.rpartition(".")[0] + ".",
    "of another signature": lambda token: token.rpartition(".")[0] + "." + part(b"\1" * 64),
    "of a signature of zeros": lambda token: token.rpartition(".")[0] + "." + part(b"\0" * 64),
    "of a short signature": lambda token: token.rpartition(".")[0] + "." + part(b"\1"),
    "repeated": lambda token: f"{token} {token}",
    "with a prefix": lambda token: f"Bearer {token}",
    "very long": lambda token: token + "A" * 50_000,
    "altered": lambda token: ".".join(
        [token.split(".")[0], part(claims_of(token) | {"sub": "x"}), token.split(".")[2]]
    ),
    "unsigned": unsigned,
    "unsigned, in capitals": with_header(alg="NONE"),
    "signed with the public key as secret": lambda token: with_public_key_as_secret(token, public_jwk(token)),
    "signed with the public PEM as secret": lambda token: with_public_key_as_secret(token, public_pem(token)),
    "signed with a key in its header": by_own_key_in_header,
    "signed with another key under our name": by_own_key_under_our_name,
    "signed with the key of refresh tokens": by_the_refresh_key,
    "of another algorithm": with_header(alg="RS256"),
    "of an unknown key": with_header(kid="unknown"),
    "of a key without name": with_header(kid=""),
    "of a key at a path": with_header(kid="../../../../dev/null"),
    "of a key in SQL": with_header(kid="' OR '1'='1' --"),
    "of a key with a NUL": with_header(kid="\0"),
    "of a key that is no Unicode": with_header(kid="\ud800"),
    "of a key in a list": with_header(kid=["a"]),
    "of a key that is null": with_header(kid=None),
    "critical": with_header(crit=["exp"]),
    "with an unencoded payload": with_header(b64=False, crit=["b64"]),
    "with a key set elsewhere": with_header(jku="https://elsewhere.example/jwks.json"),
    "with a key in it": with_header(jwk={"kty": "oct", "k": "AAAA"}),
    "with a certificate elsewhere": with_header(x5u="https://elsewhere.example/cert"),
    "of type JWT": with_header(typ="JWT"),
    "of no type": with_header(typ=None),
    "of no subject": without("sub"),
    "of a service": with_claims(sub="svc_orders"),
    "of a subject that is no UUID": with_claims(sub="1"),
    "of a subject in capitals": lambda token: resigned(token, claims={"sub": claims_of(token)["sub"].upper()}),
    "of a subject in braces": lambda token: resigned(token, claims={"sub": f"{{{claims_of(token)['sub']}}}"}),
    "of a numbered subject": with_claims(sub=1),
    "of several subjects": with_claims(sub=["a"]),
    "of no session": without("sid"),
    "of a session that is no UUID": with_claims(sid="' OR 1=1"),
    "of no client": without("client_id"),
    "of no issuer": without("iss"),
    "of another issuer": with_claims(iss="https://elsewhere.example"),
    "of several issuers": with_claims(iss=["http://localhost:8000"]),
    "for nobody": without("aud"),
    "for another audience": with_claims(aud="elsewhere"),
    "for other audiences": with_claims(aud=["elsewhere", 7, None, ["fleet"]]),
    "for an object": with_claims(aud={"fleet": "fleet"}),
    "for the issuer": with_claims(aud="http://localhost:8000"),
    "without end": without("exp"),
    "without beginning": without("nbf"),
    "without date of issue": without("iat"),
    "not valid yet": lambda token: resigned(token, claims={"nbf": claims_of(token)["nbf"] + 120}),
    "issued tomorrow": lambda token: resigned(token, claims={"iat": claims_of(token)["iat"] + 86_400}),
    "with a list as end": with_claims(exp=[4102444800]),
    "with text as end": with_claims(exp="4102444800"),
    "with truth as end": with_claims(exp=True),
    "with null as end": with_claims(exp=None),
    "with a fraction as end": with_claims(exp=4102444800.5),
    "with an end beyond numbers": with_text("exp", "1e400"),
    "with an end that is no number": with_text("exp", "NaN"),
    "with an endless end": with_text("exp", "Infinity"),
    "with an end of many digits": with_text("exp", "9" * 400),
    "with a negative beginning": with_claims(nbf=-1),
    "with a beginning beyond numbers": with_text("nbf", "-1e400"),
    "with an issue of too many digits": with_text("iat", "9" * 5000),
    "with a list for payload": lambda token: sealed(token, header_of(token), []),
    "with no JSON for payload": lambda token: sealed(token, header_of(token), b"{"),
    "with a nested payload": lambda token: sealed(token, header_of(token), b"[" * 4500),
    "with a payload that is no UTF-8": lambda token: sealed(token, header_of(token), b"\xff\xfe\xfd"),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_forged_token_is_invalid(show: Show, tokens: Tokens, forge: Forge) -> None:
    for answer in show(forge(tokens.access)):
        assert_refused(answer, 401, "token_invalid")
        assert_token_challenged(answer)


@pytest.mark.parametrize(
    ("forge", "code"),
    [
        (with_claims(exp=1), "token_expired"),
        (lambda token: resigned(token, claims={"exp": claims_of(token)["iat"] - 31}), "token_expired"),
        (with_header(typ="rt+jwt"), "wrong_token_type"),
    ],
)
def test_what_was_good_or_is_of_another_kind_says_so(show: Show, tokens: Tokens, forge: Forge, code: str) -> None:
    for answer in show(forge(tokens.access)):
        assert_refused(answer, 401, code)
        assert_token_challenged(answer)


def test_a_refresh_token_is_no_access_token(show: Show, tokens: Tokens) -> None:
    for answer in show(tokens.refresh):
        assert_refused(answer, 401, "wrong_token_type")


def test_a_refresh_token_with_another_type_is_still_none(show: Show, tokens: Tokens) -> None:
    for answer in show(resigned(tokens.refresh, header={"typ": "at+jwt"})):
        assert_refused(answer, 401, "token_invalid")


def test_signing_a_token_again_is_no_forgery(show: Show, tokens: Tokens) -> None:
    assert [answer.status_code for answer in show(resigned(tokens.access))] == [200, 200, 204]


def test_a_session_of_somebody_else_is_no_session(
    api: APIClient, tokens: Tokens, make_user: MakeUser, sign_in: SignIn
) -> None:
    other = claims_of(sign_in(make_user()).access)["sid"]
    forged = resigned(tokens.access, claims={"sid": other})
    assert_refused(api.post("/auth/verify", {"token": forged}), 401, "session_revoked")
    api.post("/auth/logout", HTTP_AUTHORIZATION=f"Bearer {forged}")
    assert Session.objects.open().filter(pk=other).exists()


@pytest.mark.parametrize("value", ["Bearer", "Bearer ", "bearer  ", "Token abc", "Basic YTpi", "Bearer\tabc", "x"])
def test_a_header_of_another_form_is_an_invalid_token(api: APIClient, value: str) -> None:
    answer = api.get("/auth/user", HTTP_AUTHORIZATION=value)
    assert_refused(answer, 401, "token_invalid")
    assert_token_challenged(answer)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_has_no_case(api: APIClient, tokens: Tokens, scheme: str) -> None:
    assert api.get("/auth/user", HTTP_AUTHORIZATION=f"{scheme} {tokens.access}").status_code == 200


@pytest.mark.parametrize("name", ["access_token", "token", "access"])
def test_a_token_in_a_query_string_is_none(api: APIClient, tokens: Tokens, name: str) -> None:
    answer = api.get("/auth/user", {name: tokens.access})
    assert_refused(answer, 401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="authservice"'
