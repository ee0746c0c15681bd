"""Beyond signature and dates: the user is active, and the session stands."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.errors import AccountSuspended, Refusal, SessionRevoked
from accounts.models import Session, User
from accounts.tokens import standing


def read(session: Session) -> Session:
    return standing.read_session(user_id=session.user_id, session_id=session.pk)


def test_standing_is_one_query(session: Session, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        assert read(session).user.email


@pytest.mark.parametrize(
    ("of_user", "of_session", "refusal"),
    [
        ({"is_active": False}, {}, AccountSuspended),
        ({"expires_at": timezone.now()}, {}, AccountSuspended),
        ({"expires_at": timezone.now()}, {"revoked_at": timezone.now()}, AccountSuspended),
        ({"credentials_version": 2}, {}, SessionRevoked),
        ({}, {"credentials_version": 0}, SessionRevoked),
        ({}, {"revoked_at": timezone.now()}, SessionRevoked),
        ({}, {"expires_at": timezone.now() - timedelta(seconds=1)}, SessionRevoked),
        ({"is_active": False}, {"revoked_at": timezone.now()}, AccountSuspended),
    ],
)
def test_a_token_that_does_not_stand_says_why(
    session: Session, of_user: dict[str, object], of_session: dict[str, object], refusal: type[Refusal]
) -> None:
    User.objects.filter(pk=session.user_id).update(**(of_user or {"version": 1}))
    Session.objects.filter(pk=session.pk).update(**(of_session or {"amr": ["pwd"]}))
    with pytest.raises(refusal):
        read(session)


def test_whose_account_ends_later_is_believed_until_then(session: Session) -> None:
    end = timezone.now() + timedelta(seconds=30)
    User.objects.update(expires_at=end)
    assert read(session).ends_at == end < session.expires_at
    Session.objects.update(expires_at=timezone.now() + timedelta(seconds=20))
    found = read(session)
    assert found.ends_at == found.expires_at


def test_a_session_that_is_gone_is_over(session: Session) -> None:
    Session.objects.all().delete()
    with pytest.raises(SessionRevoked):
        read(session)
