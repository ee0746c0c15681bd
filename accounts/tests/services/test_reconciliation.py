"""What was changed behind the services' back is taken up: refused at once, and in the log within a round."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth import hashers
from django.db import connection
from django.utils import timezone

from accounts.models import AuditEvent, Notice, Session, Suspension, User
from accounts.principals import Origin, System
from accounts.services import reconciliation, suspension
from accounts.services.reconciliation import SLICES, SLICES_A_ROUND, SessionReconciliation
from accounts.tests.support.factories import MakeUser, SignIn

pytestmark = pytest.mark.django_db

OPERATOR = System("test")


def sql(statement: str) -> Callable[[User], None]:
    """As somebody at the database's own prompt."""

    def execute(user: User) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE accounts_user SET {statement}")

    return execute


def save(**changes: Any) -> Callable[[User], None]:
    """As somebody in a shell."""

    def set_and_save(user: User) -> None:
        for name, value in changes.items():
            setattr(user, name, value)
        user.save()

    return set_and_save


def types() -> list[str]:
    return list(Notice.objects.order_by("seq", "occurred_at").values_list("type", flat=True))


@pytest.mark.parametrize("change", [sql("is_active = false"), save(is_active=False)])
def test_whoever_was_made_inactive_is_suspended(user: User, session: Session, change: Callable[[User], None]) -> None:
    change(user)
    version = User.objects.get().version
    assert reconciliation.reconcile_suspensions() == 1
    opened = Suspension.objects.get()
    assert (opened.actor, opened.reason, opened.until, opened.lifted_at) == ("system:work", "", None, None)
    session.refresh_from_db()
    assert session.revocation_reason == "suspended"
    assert User.objects.get().version == version + 1
    assert types() == ["sessions.revoked", "user.suspended"]
    assert Notice.objects.get(type="user.suspended").data == {"version": version + 1, "until": None}
    event = AuditEvent.objects.get(type="user.suspended")
    assert (event.actor, event.subject) == ("system:work", user.pk)
    assert reconciliation.reconcile_suspensions() == 0


@pytest.mark.parametrize("change", [sql("is_active = true"), save(is_active=True)])
def test_whoever_was_made_active_is_reinstated(user: User, change: Callable[[User], None], sign_in: SignIn) -> None:
    suspension.suspend(user.pk, reason="", actor=OPERATOR, origin=Origin())
    user.refresh_from_db()
    change(user)
    sign_in(user)
    version = User.objects.get().version
    assert reconciliation.reconcile_suspensions() == 1
    assert Suspension.objects.get().lifted_by == "system:work"
    assert Notice.objects.get(type="user.reinstated").data == {"version": version + 1}
    assert User.objects.get().version == version + 1
    assert Session.objects.open().count() == 1
    assert reconciliation.reconcile_suspensions() == 0


def test_the_suspended_and_the_active_are_left_alone(user: User, make_user: MakeUser) -> None:
    suspension.suspend(make_user().pk, reason="", actor=OPERATOR, origin=Origin())
    said = types()
    assert reconciliation.reconcile_suspensions() == 0
    assert types() == said


def test_whoever_is_being_deleted_is_neither_suspended_nor_reinstated(user: User, make_user: MakeUser) -> None:
    suspension.suspend(make_user().pk, reason="", until=soon(), actor=OPERATOR, origin=Origin())
    Suspension.objects.update(until=timezone.now() - timedelta(seconds=1))
    User.objects.update(deletion_requested_at=timezone.now())
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert reconciliation.reconcile_suspensions() == reconciliation.lift_ended() == 0
    User.objects.update(is_active=True)
    assert reconciliation.reconcile_suspensions() == 0


def test_each_is_looked_at_again_under_its_own_lock(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look and the lock somebody may have done it properly."""
    sql("is_active = false")(user)
    suspended = reconciliation._unrecorded().values_list("pk", flat=True)
    assert list(suspended) == [user.pk]
    suspension.suspend(user.pk, reason="properly", actor=OPERATOR, origin=Origin())
    assert not reconciliation._record_suspension(user.pk)
    assert not reconciliation._record_reinstatement(user.pk)
    assert not reconciliation._lift_ended(user.pk)
    assert Suspension.objects.open().get().reason == "properly"


def soon() -> Any:
    return timezone.now() + timedelta(hours=1)


def test_an_ended_suspension_is_lifted_and_no_other(user: User, make_user: MakeUser) -> None:
    for each, until in ((user, soon()), (make_user(), soon()), (make_user(), None)):
        suspension.suspend(each.pk, reason="", until=until, actor=OPERATOR, origin=Origin())
    assert reconciliation.lift_ended() == 0
    Suspension.objects.filter(user=user).update(until=timezone.now() - timedelta(seconds=1))
    assert reconciliation.lift_ended() == 1
    assert list(User.objects.filter(is_active=True)) == [user]
    assert Suspension.objects.get(user=user).lifted_by == "system:work"
    assert types().count("user.reinstated") == 1
    assert Notice.objects.get(type="user.reinstated").subject == str(user.pk)
    assert AuditEvent.objects.get(type="user.reinstated").actor == "system:work"
    assert reconciliation.lift_ended() == 0


def test_a_suspension_that_was_prolonged_meanwhile_is_not_lifted(user: User) -> None:
    suspension.suspend(user.pk, reason="", until=soon(), actor=OPERATOR, origin=Origin())
    Suspension.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert list(Suspension.objects.ended().values_list("user_id", flat=True)) == [user.pk]
    suspension.suspend(user.pk, reason="", until=soon(), actor=OPERATOR, origin=Origin())
    assert reconciliation.lift_ended() == 0


@pytest.mark.parametrize(
    "change",
    [
        {"is_active": False},
        {"credentials_version": 2, "password": hashers.make_password(None)},
    ],
)
def test_sessions_of_users_changed_from_outside_end(
    session: Session, make_user: MakeUser, sign_in: SignIn, change: dict[str, object]
) -> None:
    sign_in(make_user())
    User.objects.filter(pk=session.user_id).update(**change)
    rounds = SessionReconciliation()
    assert rounds.reconcile_sessions() == 1
    assert rounds.reconcile_sessions() == 0
    session.refresh_from_db()
    assert session.revocation_reason == ("credentials_changed" if change.get("is_active", True) else "suspended")
    assert Session.objects.open().count() == 1
    assert Notice.objects.get().data == {"session_ids": [str(session.pk)]}
    event = AuditEvent.objects.get(type="sessions.revoked")
    assert (event.actor, event.subject) == ("system:work", session.user_id)


def test_a_session_that_still_stands_is_not_reconciled(session: Session, user: User, sign_in: SignIn) -> None:
    User.objects.update(credentials_version=2)
    sign_in(user)
    SessionReconciliation().reconcile_sessions()
    assert Session.objects.open().count() == 1


def test_a_new_password_is_taken_up_in_the_next_round_whatever_slice_it_looks_at(session: Session, user: User) -> None:
    rounds = SessionReconciliation()
    assert rounds.reconcile_sessions() == 0
    user.set_password("seven kites over helsinki")
    user.save()
    assert rounds.reconcile_sessions() == 1
    assert types() == ["sessions.revoked"]


def test_what_no_date_tells_of_is_found_when_its_slice_comes_round(session: Session) -> None:
    rounds = SessionReconciliation()
    rounds.reconcile_sessions()
    long_ago = timezone.now() - timedelta(days=1)
    User.objects.update(credentials_version=2, updated_at=long_ago)
    assert sum(rounds.reconcile_sessions() for _ in range(SLICES // SLICES_A_ROUND)) == 1


@pytest.mark.parametrize("number", [0, 1, SLICES - 1])
def test_the_slices_leave_nobody_out(number: int) -> None:
    width = 2**128 // SLICES
    for user_id in (number * width, (number + 1) * width - 1):
        User.objects.create(pk=UUID(int=user_id), email=f"{user_id}@example.com")
    assert reconciliation._in_slice(number).count() == 2
    assert sum(reconciliation._in_slice(each).count() for each in range(SLICES)) == 2


def test_a_flood_is_dealt_with_in_rounds(make_user: MakeUser, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciliation, "BATCH", 2)
    for _ in range(5):
        sign_in(make_user())
    long_ago = timezone.now() - timedelta(days=1)
    User.objects.update(credentials_version=2, updated_at=long_ago)
    rounds, found = SessionReconciliation(), list[int]()
    while not found or found[-1]:
        found.append(rounds.reconcile_sessions())
    assert sum(found) == 5
    assert max(found) <= 3
    assert not Session.objects.open().exists()


def test_those_who_wait_to_be_erased_keep_nobody_from_being_found(
    make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciliation, "BATCH", 2)
    users = sorted((make_user(is_active=False) for _ in range(6)), key=lambda user: user.pk)
    User.objects.filter(pk__in=[user.pk for user in users[:5]]).update(deletion_requested_at=timezone.now())
    assert reconciliation.reconcile_suspensions() == 1
    assert Suspension.objects.get().user == users[-1]


def test_many_at_once_are_suspended_in_rounds(make_user: MakeUser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciliation, "BATCH", 2)
    for _ in range(5):
        make_user(is_active=False)
    assert [reconciliation.reconcile_suspensions() for _ in range(4)] == [2, 2, 1, 0]
    User.objects.update(is_active=True)
    assert [reconciliation.reconcile_suspensions() for _ in range(4)] == [2, 2, 1, 0]
