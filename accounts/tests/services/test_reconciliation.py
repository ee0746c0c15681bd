"""What was changed behind the services' back is taken up: refused at once, and in the log within a round."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from structlog.testing import capture_logs

from accounts.models import AuditEvent, Notice, Session, Suspension, User
from accounts.principals import Origin, System
from accounts.services import reconciliation, rounds, suspension
from accounts.services.reconciliation import SuspensionReconciliation
from accounts.tests.support.factories import MakeUser, SignIn

pytestmark = pytest.mark.django_db

OPERATOR = System("test")


@pytest.fixture(autouse=True)
def _turns_that_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine, too."""
    monkeypatch.setattr(rounds, "TURN_SECONDS", 60)


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
    assert SuspensionReconciliation().reconcile_suspensions() == 1
    opened = Suspension.objects.get()
    assert (opened.actor, opened.reason, opened.until, opened.lifted_at) == ("system:work", "", None, None)
    session.refresh_from_db()
    assert session.revocation_reason == "suspended"
    assert User.objects.get().version == version + 1
    assert types() == ["sessions.revoked", "user.suspended"]
    assert Notice.objects.get(type="user.suspended").data == {"version": version + 1, "until": None}
    event = AuditEvent.objects.get(type="user.suspended")
    assert (event.actor, event.subject) == ("system:work", user.pk)
    assert SuspensionReconciliation().reconcile_suspensions() == 0


@pytest.mark.parametrize("change", [sql("is_active = true"), save(is_active=True)])
def test_whoever_was_made_active_is_reinstated(user: User, change: Callable[[User], None], sign_in: SignIn) -> None:
    suspension.suspend(user.pk, reason="", actor=OPERATOR, origin=Origin())
    user.refresh_from_db()
    change(user)
    sign_in(user)
    version = User.objects.get().version
    assert SuspensionReconciliation().reconcile_suspensions() == 1
    assert Suspension.objects.get().lifted_by == "system:work"
    assert Notice.objects.get(type="user.reinstated").data == {"version": version + 1}
    assert User.objects.get().version == version + 1
    assert Session.objects.open().count() == 1
    assert SuspensionReconciliation().reconcile_suspensions() == 0


def test_the_suspended_and_the_active_are_left_alone(user: User, make_user: MakeUser) -> None:
    suspension.suspend(make_user().pk, reason="", actor=OPERATOR, origin=Origin())
    said = types()
    assert SuspensionReconciliation().reconcile_suspensions() == 0
    assert types() == said


def test_whoever_is_being_deleted_is_neither_suspended_nor_reinstated(user: User, make_user: MakeUser) -> None:
    suspension.suspend(make_user().pk, reason="", until=soon(), actor=OPERATOR, origin=Origin())
    Suspension.objects.update(until=timezone.now() - timedelta(seconds=1))
    User.objects.update(deletion_requested_at=timezone.now())
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert SuspensionReconciliation().reconcile_suspensions() == reconciliation.lift_ended() == 0
    User.objects.update(is_active=True)
    assert SuspensionReconciliation().reconcile_suspensions() == 0


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


def test_those_who_wait_to_be_erased_keep_nobody_from_being_found(
    make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "PAGE", 2)
    users = sorted((make_user(is_active=False) for _ in range(6)), key=lambda user: user.pk)
    User.objects.filter(pk__in=[user.pk for user in users[:5]]).update(deletion_requested_at=timezone.now())
    assert SuspensionReconciliation().reconcile_suspensions() == 1
    assert Suspension.objects.get().user == users[-1]


def test_many_at_once_are_suspended_in_rounds(make_user: MakeUser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "BATCH", 2)
    suspensions = SuspensionReconciliation()
    for _ in range(5):
        make_user(is_active=False)
    assert [suspensions.reconcile_suspensions() for _ in range(4)] == [2, 2, 1, 0]
    User.objects.update(is_active=True)
    assert [suspensions.reconcile_suspensions() for _ in range(4)] == [2, 2, 1, 0]


@pytest.mark.parametrize("page", [1, 2, 10])
def test_a_turn_ends_and_the_next_goes_on(make_user: MakeUser, monkeypatch: pytest.MonkeyPatch, page: int) -> None:
    monkeypatch.setattr(rounds, "TURN_SECONDS", 0)
    monkeypatch.setattr(rounds, "PAGE", page)
    suspensions = SuspensionReconciliation()
    for _ in range(3):
        make_user(is_active=False)
    assert [suspensions.reconcile_suspensions() for _ in range(3)] == [1, 1, 1]
    assert User.objects.filter(suspensions__lifted_at__isnull=True).count() == 3
    Suspension.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert [reconciliation.lift_ended() for _ in range(4)] == [1, 1, 1, 0]


def test_a_page_is_dealt_with_before_the_next(make_user: MakeUser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.shuffle", list.sort)
    monkeypatch.setattr(rounds, "TURN_SECONDS", 0)
    monkeypatch.setattr(rounds, "PAGE", 2)
    users = sorted((make_user(is_active=False) for _ in range(4)), key=lambda user: user.pk)
    suspensions = SuspensionReconciliation()
    for _ in range(2):
        suspensions.reconcile_suspensions()
    assert set(User.objects.filter(suspensions__isnull=False)) == set(users[:2])


def test_one_who_is_stuck_keeps_nobody_waiting(make_user: MakeUser, monkeypatch: pytest.MonkeyPatch) -> None:
    for stuck in (users := [make_user(is_active=False) for _ in range(3)]):
        Suspension.objects.create(user=stuck, until=timezone.now() - timedelta(seconds=1))
    lift = reconciliation._lift_ended

    def lift_but(user_id: UUID) -> bool:
        if user_id == users[0].pk:
            raise OperationalError("canceling statement due to lock timeout")
        return lift(user_id)

    monkeypatch.setattr(reconciliation, "_lift_ended", lift_but)
    with capture_logs() as lines:
        assert reconciliation.lift_ended() == 2
    assert set(User.objects.filter(is_active=True)) == set(users[1:])
    assert [(line["event"], line["user"], line["error"]) for line in lines] == [
        ("user_left_to_the_next_round", str(users[0].pk), "OperationalError")
    ]


def test_a_database_that_is_away_is_not_asked_for_each(make_user: MakeUser, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[UUID] = []

    def fail(user_id: UUID) -> bool:
        tried.append(user_id)
        raise OperationalError

    for _ in range(3):
        make_user(is_active=False)
    monkeypatch.setattr(reconciliation, "_record_suspension", fail)
    monkeypatch.setattr(connection, "is_usable", lambda: False)
    with pytest.raises(OperationalError):
        SuspensionReconciliation().reconcile_suspensions()
    assert len(tried) == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_whoever_is_held_by_another_transaction_is_not_waited_for(make_user: MakeUser) -> None:
    for held in (users := [make_user(is_active=False) for _ in range(3)]):
        Suspension.objects.create(user=held, until=timezone.now() - timedelta(seconds=1))
    other = connection.copy("other")
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT 1 FROM accounts_user WHERE id = %s FOR UPDATE", [users[0].pk])
        with capture_logs() as lines:
            assert reconciliation.lift_ended() == 2
        left = [(line["user"], line["error"]) for line in lines if line["event"] == "user_left_to_the_next_round"]
        assert left == [(str(users[0].pk), "locked")]  # not after a wait for the lock
    finally:
        other.close()
    assert set(User.objects.filter(is_active=True)) == set(users[1:])
    assert reconciliation.lift_ended() == 1
