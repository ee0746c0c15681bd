"""Dates, parties and names of tokens that are truly signed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from accounts.errors import InvalidRefreshToken, Refusal, TokenExpired, TokenInvalid
from accounts.models import Session
from accounts.principals import UserPrincipal
from accounts.tests.support.factories import Tokens
from accounts.tests.support.forging import claims_of, resigned
from accounts.tokens import verifying

Travel = Callable[[float], Any]


@pytest.fixture
def travel() -> Travel:
    """`with travel(seconds):` by this process's clock."""
    return lambda seconds: time_machine.travel(timezone.now() + timedelta(seconds=seconds), tick=False)


def test_a_good_token_is_believed(session: Session, tokens: Tokens) -> None:
    claims = verifying.verify_access(tokens.access)
    assert claims.principal == UserPrincipal(user_id=session.user_id, session_id=session.pk)
    assert (claims.client_id, claims.expires_at - claims.issued_at) == ("authservice", 300)


@pytest.mark.parametrize(("seconds", "refusal"), [(325, None), (332, TokenExpired), (-25, None), (-35, TokenInvalid)])
def test_thirty_seconds_of_leeway_hold_on_either_side(
    tokens: Tokens, travel: Travel, seconds: float, refusal: type[Refusal] | None
) -> None:
    with travel(seconds):
        if refusal is None:
            assert verifying.verify_access(tokens.access)
        else:
            with pytest.raises(refusal):
                verifying.verify_access(tokens.access)


def test_whose_a_token_was_can_be_told_after_its_end(session: Session, tokens: Tokens, travel: Travel) -> None:
    with travel(3_600):
        holder = verifying.past_or_present_holder(tokens.access)
        with pytest.raises(TokenExpired):
            verifying.verify_access(tokens.access)
    assert holder == UserPrincipal(user_id=session.user_id, session_id=session.pk)


def test_without_leeway_the_dates_are_exact(tokens: Tokens, travel: Travel, settings: Settings) -> None:
    settings.AUTH_CLOCK_LEEWAY = 0
    with travel(301), pytest.raises(TokenExpired):
        verifying.verify_access(tokens.access)


@pytest.mark.parametrize("name", ["nbf", "iat"])
def test_a_token_of_the_future_is_refused_by_either_date(tokens: Tokens, name: str) -> None:
    late = resigned(tokens.access, claims={name: claims_of(tokens.access)["iat"] + 200})
    with pytest.raises(TokenInvalid, match="not valid yet"):
        verifying.verify_access(late)


@pytest.mark.parametrize("audience", ["fleet", ["fleet"], ["elsewhere", "fleet"], ["fleet", 7]])
def test_one_of_our_audiences_is_enough(tokens: Tokens, audience: Any) -> None:
    assert verifying.verify_access(resigned(tokens.access, claims={"aud": audience}))


def test_a_second_audience_is_taken_by_setting(tokens: Tokens, settings: Settings) -> None:
    billing = resigned(tokens.access, claims={"aud": "billing"})
    with pytest.raises(TokenInvalid):
        verifying.verify_access(billing)
    settings.AUTH_AUDIENCE = ["fleet", "billing"]
    assert verifying.verify_access(billing)


def test_believed_claims_show_no_payload(tokens: Tokens) -> None:
    assert "jti" not in repr(verifying.verify_access(tokens.access))


def test_a_refresh_token_is_believed_over_its_sessions_secret_alone(session: Session, tokens: Tokens) -> None:
    unverified = verifying.read_refresh(tokens.refresh)
    assert unverified.session_id == session.pk
    claims = verifying.verify_refresh(unverified, session_secret=bytes(session.secret))
    assert (claims.generation, claims.subject) == (0, session.user_id)
    with pytest.raises(InvalidRefreshToken):
        verifying.verify_refresh(unverified, session_secret=b"\0" * 16)
