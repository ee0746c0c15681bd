"""simplejwt's classes keep working over the ring."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenBackendError, TokenError

from accounts.errors import TemporarilyUnavailable
from accounts.keys.ring import KeyRing
from accounts.models import Session, User
from accounts.tests.support.factories import Tokens
from accounts.tests.support.forging import claims_of
from accounts.tokens import verifying
from accounts.tokens.jwt import AccessBackend, AccessToken, RefreshToken


def test_an_access_token_is_read_from_text_or_bytes(tokens: Tokens) -> None:
    assert AccessToken(tokens.access).payload == claims_of(tokens.access)
    assert AccessToken(tokens.access.encode()).payload == claims_of(tokens.access)
    assert AccessToken(tokens.access)["sid"] == claims_of(tokens.access)["sid"]


def test_its_claims_signed_again_are_believed(tokens: Tokens) -> None:
    again = str(AccessToken.with_claims(claims_of(tokens.access)))
    assert again != tokens.access
    assert verifying.verify_access(again).payload == claims_of(tokens.access)


@pytest.mark.parametrize("text", ["", "a.b.c", b"\xff", b"a.b.c"])
def test_what_is_no_token_is_simplejwts_error(text: str | bytes) -> None:
    with pytest.raises(TokenError):
        AccessToken(text)


def test_a_refresh_token_is_no_access_token(tokens: Tokens) -> None:
    with pytest.raises(TokenError):
        AccessToken(tokens.refresh)


def test_an_expired_token_is_simplejwts_expired_token(tokens: Tokens) -> None:
    with time_machine.travel(timezone.now() + timedelta(seconds=331)), pytest.raises(ExpiredTokenError):
        AccessToken(tokens.access)


def test_what_can_not_be_told_is_no_error_of_simplejwts(tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    def find(*_: object) -> None:
        raise TemporarilyUnavailable(retry_after=1)

    monkeypatch.setattr(KeyRing, "find", find)
    with pytest.raises(TemporarilyUnavailable):
        AccessToken(tokens.access)


def test_without_keys_nothing_is_signed(db: None) -> None:
    claims = dict.fromkeys(("iss", "sub", "aud", "exp", "iat", "sid", "client_id"), "x")
    with pytest.raises(TemporarilyUnavailable):
        str(AccessToken.with_claims(claims))


def test_a_token_that_names_no_session_is_not_signed(user: User) -> None:
    """As simplejwt's `for_user` makes it: a lax verifier might believe it."""
    with pytest.raises(TokenBackendError):
        str(AccessToken.for_user(user))


def test_a_refresh_token_of_a_session_is_the_one_that_was_handed_out(session: Session, tokens: Tokens) -> None:
    token = RefreshToken(claims_of(tokens.refresh), session_secret=bytes(session.secret))
    assert str(token) == tokens.refresh
    assert str(RefreshToken(token.payload, session_secret=b"other")) != tokens.refresh


def test_the_leeway_is_that_of_the_settings() -> None:
    assert AccessBackend().get_leeway() == timedelta(seconds=30)
