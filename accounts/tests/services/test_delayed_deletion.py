"""Where deletions are put off, the person is out at once, and stays whole until nobody can cancel it any more."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db.models import F
from django.utils import timezone
from pytest_django import Settings

from accounts.errors import AccountSuspended, InvalidCode, WrongPassword
from accounts.models import AuditEvent, DelayedDeletion, Deletion, MailKind, Notice, Suspension, User
from accounts.principals import Origin, System, UserPrincipal
from accounts.services import reconciliation, sign_in, suspension
from accounts.services.deleting import beginning, delay, deletion
from accounts.services.reconciliation import SuspensionReconciliation
from accounts.tests.support import codes, consumers
from accounts.tests.support.factories import PASSWORD
from accounts.tests.support.mailed_flows import stay

OPERATOR = System("test")
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _delay(settings: Settings) -> None:
    settings.AUTH_DELETION_DELAY = int(HOUR.total_seconds())


@pytest.fixture
def delayed(actor: UserPrincipal, origin: Origin) -> DelayedDeletion:
    consumers.make()
    requested = deletion.request_own(password=PASSWORD, actor=actor, origin=origin)
    assert isinstance(requested, DelayedDeletion)
    return requested


def let_pass(time: timedelta) -> None:
    DelayedDeletion.objects.update(begins_at=F("begins_at") - time)


def suspend_and_let_it_end(user: User, origin: Origin) -> None:
    until = timezone.now() + HOUR
    suspension.suspend(user.pk, reason="case 4711", until=until, actor=OPERATOR, origin=origin)
    Suspension.objects.filter(until=until).update(until=timezone.now() - HOUR)
    assert reconciliation.lift_ended() == 1


def types() -> list[str]:
    return sorted(Notice.objects.values_list("type", flat=True))


def test_whoever_asks_is_out_at_once_and_no_service_deletes_anything(
    delayed: DelayedDeletion, user: User, origin: Origin
) -> None:
    assert types() == ["sessions.revoked", "user.suspended"]
    assert delayed.begins_at - delayed.requested_at >= HOUR - timedelta(seconds=1)
    assert delayed.completed_at is None
    assert not Deletion.objects.exists()
    with pytest.raises(AccountSuspended):
        sign_in.sign_in(email=user.email, password=PASSWORD, origin=origin)
    assert codes.waiting() == [(MailKind.CANCEL_DELETION, user.email)]


def test_it_takes_the_password(actor: UserPrincipal, origin: Origin) -> None:
    with pytest.raises(WrongPassword):
        deletion.request_own(password="wrong", actor=actor, origin=origin)
    assert not DelayedDeletion.objects.exists()


def test_the_mailed_code_cancels_it(delayed: DelayedDeletion, user: User, origin: Origin) -> None:
    stay(codes.mailed(MailKind.CANCEL_DELETION))
    assert not DelayedDeletion.objects.exists()
    assert "user.reinstated" in types()
    assert AuditEvent.objects.filter(type="user.deletion_cancelled", subject=user.pk).count() == 1
    assert sign_in.sign_in(email=user.email, password=PASSWORD, origin=origin)
    let_pass(2 * HOUR)
    assert beginning.begin_delayed() == 0


def test_it_begins_when_its_time_has_come(delayed: DelayedDeletion, user: User) -> None:
    assert beginning.begin_delayed() == 0
    code = codes.mailed(MailKind.CANCEL_DELETION)
    let_pass(HOUR)
    assert beginning.begin_delayed() == 1
    begun = Deletion.objects.get()
    assert (begun.pk, begun.user_id, begun.requested_by) == (delayed.pk, user.pk, str(user.pk))
    assert "user.deleted" in types()
    assert not DelayedDeletion.objects.exists()
    with pytest.raises(InvalidCode):
        stay(code)
    assert beginning.begin_delayed() == 0


@pytest.mark.django_db(transaction=True)  # it closes what it finds open
def test_the_worker_begins_it_and_sees_it_through(delayed: DelayedDeletion) -> None:
    let_pass(HOUR)
    call_command("work", "--once")
    assert Deletion.objects.get().user_id == delayed.user_id


def test_a_code_is_useless_after_the_time_although_the_worker_has_not_begun(delayed: DelayedDeletion) -> None:
    code = codes.mailed(MailKind.CANCEL_DELETION)
    let_pass(HOUR)
    with pytest.raises(InvalidCode):
        stay(code)


def test_whoever_was_suspended_by_somebody_else_meanwhile_stays_so(
    delayed: DelayedDeletion, user: User, origin: Origin
) -> None:
    suspension.suspend(user.pk, reason="case 4711", actor=OPERATOR, origin=origin)
    stay(codes.mailed(MailKind.CANCEL_DELETION))
    assert not User.objects.get().is_active
    assert Suspension.objects.open().get().reason == "case 4711"
    assert not DelayedDeletion.objects.exists()


def test_whoever_is_let_in_again_is_not_deleted(delayed: DelayedDeletion, user: User, origin: Origin) -> None:
    code = codes.mailed(MailKind.CANCEL_DELETION)
    suspension.reinstate(user.pk, actor=OPERATOR, origin=origin)
    assert not DelayedDeletion.objects.exists()
    with pytest.raises(InvalidCode):
        stay(code)


def test_staff_who_let_somebody_in_again_are_told_of_with_the_deletion_they_cancelled(
    delayed: DelayedDeletion, user: User, origin: Origin
) -> None:
    suspension.reinstate(user.pk, actor=OPERATOR, origin=origin)
    event = AuditEvent.objects.get(type="user.deletion_cancelled")
    assert (event.subject, event.actor) == (user.pk, "system:test")


def test_whose_suspension_by_staff_ends_goes_on_waiting(delayed: DelayedDeletion, user: User, origin: Origin) -> None:
    suspend_and_let_it_end(user, origin)
    assert not User.objects.get().is_active
    assert Suspension.objects.open().get().until is None
    assert not AuditEvent.objects.filter(type="user.deletion_cancelled").exists()
    let_pass(HOUR)
    assert beginning.begin_delayed() == 1


def test_whoever_goes_on_waiting_can_still_stay(delayed: DelayedDeletion, user: User, origin: Origin) -> None:
    suspend_and_let_it_end(user, origin)
    stay(codes.mailed(MailKind.CANCEL_DELETION))
    assert User.objects.get().is_active
    assert reconciliation.lift_ended() == 0


def test_whoever_was_let_in_behind_the_services_back_can_ask_again(
    delayed: DelayedDeletion, user: User, actor: UserPrincipal, origin: Origin
) -> None:
    User.objects.update(is_active=True)
    assert delay.put_off(user.pk, checked_hash=user.password, actor=actor, origin=origin)
    assert DelayedDeletion.objects.get().pk != delayed.pk


def test_staff_do_not_wait(delayed: DelayedDeletion, user: User, origin: Origin) -> None:
    deletion.request(user.pk, actor=OPERATOR, origin=origin)
    assert Deletion.objects.get().requested_by == "system:test"
    let_pass(HOUR)
    beginning.begin_delayed()
    assert Deletion.objects.count() == 1
    assert not DelayedDeletion.objects.exists()


def test_the_delay_is_taken_for_no_change_behind_the_services_back(delayed: DelayedDeletion) -> None:
    assert SuspensionReconciliation().reconcile_suspensions() == 0
    assert DelayedDeletion.objects.exists()
