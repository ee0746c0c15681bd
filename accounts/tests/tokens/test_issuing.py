"""What tokens say: RFC 9068 for access, and for refresh a function of the session's row alone."""

from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Session, SigningKey, User
from accounts.services.signing_keys import keys
from accounts.tests.support.factories import SignIn, Tokens
from accounts.tests.support.forging import claims_of, header_of
from accounts.tokens import issuing

RFC_9068_CLAIMS = {"iss", "sub", "aud", "exp", "iat", "nbf", "jti", "sid", "client_id", "auth_time", "amr"}


def test_an_access_token_says_what_rfc_9068_asks_for_and_nothing_personal(user: User, tokens: Tokens) -> None:
    claims = claims_of(tokens.access)
    assert set(claims) == RFC_9068_CLAIMS
    assert (claims["iss"], claims["aud"], claims["client_id"]) == ("http://localhost:8000", "fleet", "authservice")
    assert (claims["sub"], claims["amr"]) == (str(user.pk), ["pwd"])
    assert claims["exp"] - claims["iat"] == 300
    assert claims["iat"] == claims["nbf"] == claims["auth_time"]


def test_the_header_names_type_algorithm_and_key_alone(tokens: Tokens) -> None:
    kid = SigningKey.objects.get(purpose="access", signing_from__isnull=False).kid
    assert header_of(tokens.access) == {"typ": "at+jwt", "alg": "ES256", "kid": kid}


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "EdDSA"])
def test_any_library_verifies_an_access_token_with_the_published_key(
    user: User, sign_in: SignIn, settings: Settings, algorithm: str
) -> None:
    settings.AUTH_ALGORITHM = algorithm
    access = sign_in(user).access
    published = {key["kid"]: key for key in keys.published()}
    key = jwt.PyJWK(dict(published[header_of(access)["kid"]]))
    claims = jwt.decode(access, key, algorithms=[algorithm], audience="fleet", issuer="http://localhost:8000")
    assert claims["sub"] == str(user.pk)
    assert header_of(access)["alg"] == algorithm


def test_several_audiences_are_a_list(user: User, sign_in: SignIn, settings: Settings) -> None:
    settings.AUTH_AUDIENCE = ["fleet", "billing"]
    assert claims_of(sign_in(user).access)["aud"] == ["fleet", "billing"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ([], {}),
        (["groups"], {"groups": ["admins", "writers"]}),
        (["email", "email_verified"], {"email": "ada@example.com", "email_verified": False}),
        (["first_name", "phone_number"], {"first_name": "Ada", "phone_number": "+12025550123"}),
    ],
)
def test_claims_are_copied_into_access_tokens_by_setting(
    user: User, sign_in: SignIn, settings: Settings, asked: list[str], found: dict[str, Any]
) -> None:
    user.groups.set([Group.objects.create(name=name) for name in ("writers", "admins")])
    User.objects.update(email="ada@example.com", first_name="Ada", phone_number="+12025550123")
    user.refresh_from_db()
    settings.AUTH_ACCESS_CLAIMS = asked
    claims = claims_of(sign_in(user).access)
    assert {name: claims[name] for name in claims.keys() - RFC_9068_CLAIMS} == found


@pytest.mark.parametrize("name", ["scope", "roles", "client_id", "sub"])
def test_a_field_that_people_set_gives_nobody_a_right(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuing, "PROFILE_FIELDS", ["first_name", name])
    assert name not in issuing.claimable()


def test_what_is_empty_makes_no_claim(sign_in: SignIn, user: User, settings: Settings) -> None:
    """Authlib's verifier of RFC 9068 refuses such a token."""
    settings.AUTH_ACCESS_CLAIMS = ["groups", "first_name", "email_verified"]
    claims = claims_of(sign_in(user).access)
    assert claims.keys() - RFC_9068_CLAIMS == {"email_verified"}


def test_claims_beyond_text_keep_their_types(user: User, settings: Settings) -> None:
    assert issuing._claim(user, "email_verified") is False
    assert issuing._claim(user, "is_active") is True
    assert issuing._claim(user, "last_login") is None


def test_whatever_may_be_claimed_can_be_read(user: User) -> None:
    assert {name for name in issuing.claimable() if issuing._claim(user, name) is ...} == set()
    assert {"groups", "email", "email_verified", "first_name", "last_name", "phone_number"} == issuing.claimable()


def test_an_access_token_never_outlives_its_session(session: Session) -> None:
    now = timezone.now()
    session.expires_at = now + timedelta(seconds=60)
    pair = issuing.issue(session, at=now)
    claims = claims_of(pair.access)
    assert claims["exp"] == claims_of(pair.refresh)["exp"] == int(session.expires_at.timestamp())
    assert pair.expires_in == pair.refresh_expires_in == claims["exp"] - claims["iat"]


def test_no_token_outlives_the_account(session: Session) -> None:
    """Who verifies by keys alone hears of no other end."""
    now = timezone.now()
    session.user.expires_at = now + timedelta(seconds=60)
    pair = issuing.issue(session, at=now)
    claims = claims_of(pair.access)
    assert claims["exp"] == claims_of(pair.refresh)["exp"] == int(session.user.expires_at.timestamp())
    assert pair.expires_in == pair.refresh_expires_in == claims["exp"] - claims["iat"]


def test_a_token_of_an_account_that_ended_meanwhile_is_over_and_lives_for_no_time(session: Session) -> None:
    now = timezone.now()
    session.user.expires_at = now - timedelta(seconds=2)
    pair = issuing.issue(session, at=now)
    assert claims_of(pair.access)["exp"] < now.timestamp()
    assert (pair.expires_in, pair.refresh_expires_in) == (0, 0)


def test_a_refresh_token_is_for_the_issuer_alone(session: Session, tokens: Tokens) -> None:
    claims = claims_of(tokens.refresh)
    assert set(claims) == {"iss", "aud", "sub", "sid", "gen", "iat", "exp"}
    assert claims["iss"] == claims["aud"] == "http://localhost:8000"
    assert (claims["gen"], claims["sid"]) == (0, str(session.pk))
    header = header_of(tokens.refresh)
    assert (header["typ"], header["alg"]) == ("rt+jwt", "HS256")


def test_a_refresh_token_depends_on_the_row_alone(session: Session, tokens: Tokens) -> None:
    later = issuing.issue(session, at=timezone.now() + timedelta(seconds=20))
    assert later.refresh == tokens.refresh
    assert later.access != tokens.access


def test_the_key_of_the_ring_alone_forges_no_refresh_token(session: Session, tokens: Tokens) -> None:
    real = issuing.issue(session, at=session.read_at).refresh
    session.secret = b"\0" * 16
    assert issuing.issue(session, at=session.read_at).refresh != real
