"""Whoever is out by now changes nothing about themselves, and hears why."""

from collections.abc import Callable

import pytest
from django.db.models import F
from django.utils import timezone

from accounts.errors import AccountSuspended, Refusal, SessionRevoked
from accounts.models import Notice, User
from accounts.models.users import UserQuerySet
from accounts.principals import Origin, System, UserPrincipal
from accounts.services import profile, suspension
from accounts.services.deleting import deletion

pytestmark = pytest.mark.django_db


def suspend(user: User) -> None:
    suspension.suspend(user.pk, reason="", actor=System("test"), origin=Origin())


def expire(user: User) -> None:
    User.objects.update(expires_at=F("date_joined"))


def delete(user: User) -> None:
    """Erased at once: nobody has to acknowledge it."""
    deletion.request(user.pk, actor=System("test"), origin=Origin())


def begin_to_delete(user: User) -> None:
    """Whatever else their row says."""
    User.objects.update(deletion_requested_at=timezone.now())


@pytest.mark.parametrize("changes", [{"first_name": "Ada"}, {}])
@pytest.mark.parametrize(
    ("change", "error"),
    [
        (suspend, AccountSuspended),
        (expire, AccountSuspended),
        (delete, SessionRevoked),
        (begin_to_delete, SessionRevoked),
    ],
)
def test_whoever_is_out_meanwhile_changes_nothing(
    user: User,
    actor: UserPrincipal,
    changes: dict[str, str],
    change: Callable[[User], None],
    error: type[Refusal],
) -> None:
    change(user)
    with pytest.raises(error):
        profile.update(changes, actor=actor, origin=Origin())
    assert not User.objects.filter(first_name="Ada").exists()
    assert not Notice.objects.filter(type="user.updated").exists()


def test_whoever_is_let_in_again_between_two_statements_is_not_told_that_it_was_done(
    user: User, actor: UserPrincipal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(UserQuerySet, "record_change", lambda *_, **__: 0)
    with pytest.raises(SessionRevoked):
        profile.update({"first_name": "Ada"}, actor=actor, origin=Origin())
