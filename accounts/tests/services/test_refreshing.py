"""A refresh has one live head; what is not the head is a lost answer, a slow sibling, theft, or lost writes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone
from pytest_django import Settings

from accounts.errors import AccountSuspended, InvalidRefreshToken, RefreshTokenReused, Refusal, SessionRevoked
from accounts.models import AuditEvent, Session, User
from accounts.principals import Origin
from accounts.services import refreshing
from accounts.services.refreshing import refresh
from accounts.tests.support.factories import Tokens
from accounts.tests.support.forging import claims_of, resigned
from accounts.tokens.issuing import TokenPair

Renew = Callable[[str], TokenPair]
JUST_WITHIN, JUST_BEYOND = timedelta(seconds=28), timedelta(seconds=32)


@pytest.fixture
def renew(origin: Origin) -> Renew:
    return lambda token: refresh(unverified_token=token, origin=origin)


def age(by: timedelta) -> None:
    """As if every session had been opened and rotated so much earlier, by the database's clock."""
    dates = ("created_at", "rotated_at", "expires_at", "absolute_expires_at")
    Session.objects.update(**{name: F(name) - by for name in dates})


def issued_earlier(token: str, by: timedelta) -> str:
    """A token as it would have been when it had been issued so much earlier."""
    return resigned(token, claims={"iat": claims_of(token)["iat"] - int(by.total_seconds())})


def generation_of(token: str) -> int:
    return int(claims_of(token)["gen"])


def assert_refused(renew: Renew, token: str, refusal: type[Refusal]) -> Any:
    with pytest.raises(refusal) as refused:
        renew(token)
    return refused.value


def reason_of(session: Session) -> str:
    session.refresh_from_db()
    return session.revocation_reason if session.revoked_at else ""


def test_each_refresh_hands_out_the_next_generation(tokens: Tokens, session: Session, renew: Renew) -> None:
    token = tokens.refresh
    for generation in (1, 2, 3):
        pair = renew(token)
        assert generation_of(pair.refresh) == generation
        assert claims_of(pair.access)["sid"] == str(session.pk)
        token = pair.refresh
    session.refresh_from_db()
    assert session.generation == 3
    assert Session.objects.count() == 1


def test_the_sign_in_of_an_access_token_stays_what_it_was(tokens: Tokens, renew: Renew) -> None:
    age(timedelta(hours=1))
    claims = claims_of(renew(tokens.refresh).access)
    assert claims["iat"] - claims["auth_time"] == pytest.approx(3600, abs=5)


def test_the_immediate_parent_gets_the_same_token_again_within_the_grace(tokens: Tokens, renew: Renew) -> None:
    first = renew(tokens.refresh)
    again = renew(tokens.refresh)
    assert again.refresh == first.refresh
    age(JUST_WITHIN)
    assert generation_of(renew(tokens.refresh).refresh) == 1
    assert generation_of(renew(first.refresh).refresh) == 2


def test_the_parent_after_the_grace_is_theft_and_ends_the_session(
    tokens: Tokens, session: Session, renew: Renew
) -> None:
    old = issued_earlier(tokens.refresh, JUST_BEYOND)
    head = renew(old)
    age(JUST_BEYOND)
    refusal = assert_refused(renew, old, RefreshTokenReused)
    session.refresh_from_db()
    assert f"{session.rotated_at:%Y-%m-%dT%H:%M:%SZ}" in refusal.detail
    assert reason_of(session) == "refresh_token_reused"
    assert_refused(renew, head.refresh, SessionRevoked)
    event = AuditEvent.objects.get(type="sessions.revoked")
    assert (event.subject, event.session) == (session.user_id, session.pk)
    assert event.data == {"reason": "refresh_token_reused", "count": 1}


def test_a_grandparent_younger_than_the_grace_is_refused_without_harm(
    tokens: Tokens, session: Session, renew: Renew
) -> None:
    head = renew(renew(tokens.refresh).refresh)
    assert_refused(renew, tokens.refresh, InvalidRefreshToken)
    assert reason_of(session) == ""
    assert generation_of(renew(head.refresh).refresh) == 3


def test_a_grandparent_older_than_the_grace_is_theft(tokens: Tokens, session: Session, renew: Renew) -> None:
    renew(renew(tokens.refresh).refresh)
    assert_refused(renew, issued_earlier(tokens.refresh, JUST_BEYOND), RefreshTokenReused)
    assert reason_of(session) == "refresh_token_reused"


def test_a_parent_is_young_by_its_rotation_or_by_its_own_issue(tokens: Tokens, session: Session, renew: Renew) -> None:
    """Long unused, then used twice in a row: the second is a lost answer, however old the token itself."""
    old = issued_earlier(tokens.refresh, timedelta(days=3))
    first = renew(old)
    assert renew(old).refresh == first.refresh
    assert reason_of(session) == ""


def test_a_generation_above_the_rows_proves_lost_writes(tokens: Tokens, session: Session, renew: Renew) -> None:
    head = renew(renew(tokens.refresh).refresh)
    Session.objects.update(generation=1)
    assert_refused(renew, head.refresh, SessionRevoked)
    assert reason_of(session) == "state_lost"


def test_theft_is_told_also_after_the_session_was_ended(tokens: Tokens, renew: Renew) -> None:
    renew(renew(tokens.refresh).refresh)
    old = issued_earlier(tokens.refresh, JUST_BEYOND)
    assert_refused(renew, old, RefreshTokenReused)
    assert_refused(renew, old, SessionRevoked)
    assert AuditEvent.objects.filter(type="sessions.revoked").count() == 1


@pytest.mark.parametrize(
    ("of_user", "of_session", "refusal"),
    [
        ({"is_active": False}, {}, AccountSuspended),
        ({"expires_at": timezone.now()}, {}, AccountSuspended),
        ({"credentials_version": 2}, {}, SessionRevoked),
        ({}, {"revoked_at": timezone.now()}, SessionRevoked),
        ({}, {"expires_at": timezone.now() - timedelta(seconds=1)}, InvalidRefreshToken),
    ],
)
def test_an_ended_session_is_not_renewed(
    tokens: Tokens,
    renew: Renew,
    session: Session,
    of_user: dict[str, object],
    of_session: dict[str, object],
    refusal: type[Refusal],
) -> None:
    User.objects.update(**(of_user or {"version": 1}))
    Session.objects.update(**(of_session or {"amr": ["pwd"]}))
    assert_refused(renew, tokens.refresh, refusal)
    session.refresh_from_db()
    assert session.generation == 0


def test_the_session_of_somebody_else_or_of_nobody_is_no_session(tokens: Tokens, renew: Renew) -> None:
    nobody = resigned(tokens.refresh, claims={"sub": "6f1f3a52-2b55-4a57-8f6b-6a7d1a1b1c1d"})
    assert_refused(renew, nobody, InvalidRefreshToken)
    Session.objects.all().delete()
    assert_refused(renew, tokens.refresh, InvalidRefreshToken)


def test_use_moves_the_idle_limit_but_never_beyond_the_absolute_one(
    tokens: Tokens, session: Session, renew: Renew, settings: Settings
) -> None:
    age(timedelta(days=13))
    pair = renew(tokens.refresh)
    assert pair.refresh_expires_in == pytest.approx(14 * 86_400, abs=5)
    age(timedelta(days=70))
    Session.objects.update(expires_at=timezone.now() + timedelta(days=1))
    pair = renew(pair.refresh)
    session.refresh_from_db()
    assert session.expires_at == session.absolute_expires_at
    assert pair.refresh_expires_in == pytest.approx(7 * 86_400, abs=5)


def test_what_was_refused_for_a_state_that_has_passed_goes_on(
    tokens: Tokens, renew: Renew, monkeypatch: pytest.MonkeyPatch
) -> None:
    advance, calls = refreshing._advance, iter([False])
    monkeypatch.setattr(refreshing, "_advance", lambda *args: next(calls, None) is not False and advance(*args))
    assert generation_of(renew(tokens.refresh).refresh) == 1


def test_a_session_that_vanishes_meanwhile_is_a_refusal(
    tokens: Tokens, renew: Renew, monkeypatch: pytest.MonkeyPatch
) -> None:
    def vanish(*_: object) -> bool:
        Session.objects.all().delete()
        return False

    monkeypatch.setattr(refreshing, "_advance", vanish)
    assert_refused(renew, tokens.refresh, InvalidRefreshToken)
