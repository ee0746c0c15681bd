"""A deletion is seen through: by whoever acknowledges last, and by the worker whatever happened before."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connection, models
from django.db.models import F
from django.db.models.signals import pre_delete
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks
from structlog.testing import capture_logs

from accounts import audit
from accounts.models import (
    AuditContext,
    AuditEvent,
    Deletion,
    DeletionAcknowledgement,
    DeletionConsumer,
    EventType,
    Notice,
    Outcome,
    Session,
    Suspension,
    User,
)
from accounts.principals import Nobody, Origin, System, UserPrincipal
from accounts.services.deleting import deletion, erasure
from accounts.services.deleting.reminders import reminders
from accounts.tests.support import consumers
from accounts.tests.support.factories import MakeUser, SignIn

pytestmark = pytest.mark.django_db

OPERATOR = System("test")
NOWHERE = Origin()


@pytest.fixture(autouse=True)
def _told_of_nothing() -> Iterator[None]:
    reminders.forget()
    yield
    reminders.forget()


@pytest.fixture
def orders() -> DeletionConsumer:
    return consumers.make("svc_orders")


def request(user: User) -> Deletion:
    return deletion.request(user.pk, actor=OPERATOR, origin=NOWHERE)


def is_erased(user: User) -> bool:
    is_gone = not User.objects.filter(pk=user.pk).exists()
    assert is_gone == (Deletion.objects.get(user_id=user.pk).completed_at is not None)
    return is_gone


def test_nobody_is_erased_before_every_consumer_has_acknowledged(user: User, orders: DeletionConsumer) -> None:
    mail = consumers.make("svc_mail")
    request(user)
    consumers.catch_up(orders)
    assert erasure.advance_deletions() == 0
    assert not is_erased(user)
    consumers.catch_up(mail)
    assert erasure.advance_deletions() == 1
    assert is_erased(user)
    assert DeletionAcknowledgement.objects.filter(acknowledged_at__isnull=False).count() == 2
    assert erasure.advance_deletions() == 0


def test_an_acknowledgement_of_the_notice_before_is_none(user: User, orders: DeletionConsumer) -> None:
    request(user)
    seq = consumers.catch_up(orders)
    DeletionConsumer.objects.update(acknowledged_seq=seq - 1)
    assert erasure.advance_deletions() == 0
    assert not is_erased(user)


def test_the_call_of_the_last_consumer_completes_the_deletion(
    user: User, orders: DeletionConsumer, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    request(user)
    seq = consumers.catch_up(orders)
    with django_capture_on_commit_callbacks(execute=True):
        deletion.note_acknowledged(orders.pk, seq - 1)
        deletion.note_acknowledged("svc_nobody", seq)
    assert not is_erased(user)
    with django_capture_on_commit_callbacks(execute=True):
        deletion.note_acknowledged(orders.pk, seq)
        assert not is_erased(user)  # what is acknowledged is to be committed first
    assert is_erased(user)


def test_a_call_that_frees_many_leaves_the_rest_to_the_worker(
    make_user: MakeUser,
    orders: DeletionConsumer,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    monkeypatch.setattr(deletion, "AT_ONCE", 2)
    for _ in range(3):
        request(make_user())
    seq = consumers.catch_up(orders)
    with django_capture_on_commit_callbacks(execute=True):
        deletion.note_acknowledged(orders.pk, seq)
    assert User.objects.count() == 1
    assert erasure.advance_deletions() == 1


def test_a_long_absence_is_marked_in_batches(
    make_user: MakeUser, orders: DeletionConsumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No statement changes more rows than that, neither in the consumer's call nor in a round."""
    monkeypatch.setattr(erasure, "BATCH", 2)
    monkeypatch.setattr(erasure, "BATCHES_AT_ONCE", 2)
    users = [make_user() for _ in range(7)]
    for user in users:
        request(user)
    seq = consumers.catch_up(orders)
    DeletionConsumer.objects.update(acknowledged_seq=0)
    deletion.force(users[0].pk, reason="late", actor=OPERATOR, origin=NOWHERE)
    open_ones = DeletionAcknowledgement.objects.filter(acknowledged_at__isnull=True)
    deletion.note_acknowledged(orders.pk, seq)
    assert open_ones.count() == 5
    consumers.catch_up(orders)
    erasure.advance_deletions()
    assert open_ones.count() == 1
    erasure.advance_deletions()
    assert open_ones.count() == 0
    assert all(is_erased(user) for user in users)


def test_an_acknowledgement_after_a_forced_end_stands_on_the_receipt(user: User, orders: DeletionConsumer) -> None:
    request(user)
    seq = consumers.catch_up(orders)
    DeletionConsumer.objects.update(acknowledged_seq=0)
    deletion.force(user.pk, reason="late", actor=OPERATOR, origin=NOWHERE)
    assert is_erased(user)
    deletion.note_acknowledged(orders.pk, seq)
    assert DeletionAcknowledgement.objects.get().acknowledged_at is not None


def test_nothing_is_expected_of_a_consumer_that_has_retired_since(user: User, orders: DeletionConsumer) -> None:
    request(user)
    assert erasure.advance_deletions() == 0
    DeletionConsumer.objects.update(retired_at=timezone.now())
    assert erasure.advance_deletions() == 1
    assert is_erased(user)
    assert DeletionAcknowledgement.objects.get().acknowledged_at is None


def test_a_consumer_that_retired_before_or_came_later_owes_nothing(user: User, orders: DeletionConsumer) -> None:
    DeletionConsumer.objects.update(retired_at=timezone.now())
    mail = consumers.make("svc_mail")
    request(user)
    consumers.make("svc_new")
    assert [owed.consumer_id for owed in DeletionAcknowledgement.objects.all()] == [mail.pk]


def test_the_erasing_takes_what_names_the_person_and_leaves_the_ids(
    user: User, sign_in: SignIn, make_user: MakeUser
) -> None:
    sign_in(user)
    other = make_user()
    by_them = UserPrincipal(user.pk, Session.objects.get().pk)
    here = Origin(address="192.0.2.1", user_agent="curl/8")
    audit.record(EventType.USER_UPDATED, Outcome.SUCCESS, actor=by_them, origin=here, subject=other.pk)
    audit.record(EventType.USER_UPDATED, Outcome.SUCCESS, actor=OPERATOR, origin=here, subject=other.pk)
    Suspension.objects.create(user=user, actor="system:test", lifted_at=timezone.now())
    request(user)
    assert is_erased(user)
    assert [context.event.actor for context in AuditContext.objects.all()] == ["system:test"]
    assert (Session.objects.count(), Suspension.objects.count()) == (0, 0)
    last = AuditEvent.objects.order_by("pk").last()
    assert last is not None
    assert (last.type, last.subject, last.data) == ("user.deleted", user.pk, {})
    assert AuditEvent.objects.filter(type="sign_in", subject=user.pk).exists()


def test_what_is_recorded_just_after_the_erasing_is_swept_up(user: User, make_user: MakeUser) -> None:
    """A sign-in that failed had read the user before."""
    request(user)
    other = make_user()
    for subject in (user.pk, other.pk):
        here = Origin(address="192.0.2.1")
        audit.record(EventType.SIGN_IN, Outcome.FAILURE, actor=Nobody(), origin=here, subject=subject)
    erasure.advance_deletions()
    assert [context.subject for context in AuditContext.objects.all()] == [other.pk]


def test_who_was_erased_behind_the_services_back_gets_a_receipt_all_the_same(
    user: User, orders: DeletionConsumer
) -> None:
    request(user)
    User.objects.all().delete()
    consumers.catch_up(orders)
    assert erasure.advance_deletions() == 1
    assert is_erased(user)


@pytest.fixture
def _protected(monkeypatch: pytest.MonkeyPatch) -> None:
    """Suspensions hold on to their users, as a table of somebody else's might."""
    monkeypatch.setattr(Suspension._meta.get_field("user").remote_field, "on_delete", models.PROTECT)


@pytest.mark.usefixtures("_protected")
def test_whom_another_table_protects_keeps_nobody_waiting(make_user: MakeUser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasure, "BATCH", 1)
    protected, others = make_user(first_name="Wilhelmina"), [make_user() for _ in range(3)]
    Suspension.objects.create(user=protected, reason="Wilhelmina", actor="system:test")
    with capture_logs() as lines:
        assert request(protected).completed_at is None
    told = [line for line in lines if line["event"] == "erasure_failed"]
    assert [(line["error"], line["held_by"]) for line in told] == [("ProtectedError", ["accounts.Suspension"])]
    assert "Wilhelmina" not in str(lines)
    with monkeypatch.context() as away:
        away.setattr(erasure, "advance", lambda _: None)
        for other in others:
            request(other)
    with capture_logs() as lines:
        assert erasure.advance_deletions() == 3
    assert [line for line in lines if line["event"] == "erasure_failed"] == []  # told an hour ago at most
    assert not is_erased(protected)
    Suspension.objects.all().delete()
    assert erasure.advance_deletions() == 1


def test_a_receiver_that_raises_is_told_by_type_alone(user: User, make_user: MakeUser) -> None:
    def receive(instance: User, **_: Any) -> None:
        if instance.pk == user.pk:
            raise ValueError(instance.email)

    pre_delete.connect(receive, sender=User)
    try:
        with capture_logs() as lines:
            assert request(user).completed_at is None
            assert request(make_user()).completed_at is not None
    finally:
        pre_delete.disconnect(receive, sender=User)
    assert [line["error"] for line in lines if line["event"] == "erasure_failed"] == ["ValueError"]
    assert user.email not in str(lines)
    assert erasure.advance_deletions() == 1


def test_a_request_is_accepted_although_its_end_must_wait(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise OperationalError

    with monkeypatch.context() as away:
        away.setattr(erasure, "note", fail)
        with capture_logs() as lines:
            assert request(user).completed_at is None
    assert "deletion_left_to_the_worker" in [line["event"] for line in lines]
    assert erasure.advance_deletions() == 1


# Killed at every statement


class Killed(BaseException):
    """Nothing catches this on its way out."""


@contextmanager
def killed_after(statements: int) -> Iterator[None]:
    left = statements

    def execute(go_on: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal left
        if left == 0:
            raise Killed
        left -= 1
        return go_on(*arguments)

    with connection.execute_wrapper(execute):
        yield


def survives(work: Callable[[], object], *, after: int) -> bool:
    try:
        with killed_after(after):
            work()
    except Killed:
        return False
    return True


@pytest.mark.django_db(transaction=True)
def test_a_request_that_is_killed_at_any_statement_is_whole_or_nothing(make_user: MakeUser, sign_in: SignIn) -> None:
    outcomes: list[bool] = []
    is_alive = False
    while not is_alive:
        user = make_user()
        sign_in(user)
        is_alive = survives(lambda user=user: request(user), after=len(outcomes))  # type: ignore[misc]
        is_requested = Deletion.objects.filter(user_id=user.pk).exists()
        assert is_requested == Notice.objects.filter(type="user.deleted", subject=str(user.pk)).exists()
        assert is_requested == (not User.objects.present().filter(pk=user.pk).exists())
        assert Session.objects.filter(user=user).open().exists() == (not is_requested)
        assert AuditEvent.objects.filter(type="user.deletion_requested", subject=user.pk).exists() == is_requested
        erasure.advance_deletions()
        assert User.objects.filter(pk=user.pk).exists() == (not is_requested)
        assert AuditEvent.objects.filter(type="user.deleted", subject=user.pk).exists() == is_requested
        outcomes.append(is_requested)
    assert outcomes.count(False) > 10
    assert outcomes.count(True) > 10


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_at_any_statement_leaves_the_rest_to_the_next(
    make_user: MakeUser, sign_in: SignIn, orders: DeletionConsumer
) -> None:
    statements, is_alive = 0, False
    while not is_alive:
        user = make_user()
        sign_in(user)
        request(user)
        consumers.catch_up(orders)
        is_alive = survives(erasure.advance_deletions, after=statements)
        is_erased(user)  # and the receipt says so, or neither
        erasure.advance_deletions()
        assert is_erased(user)
        assert DeletionAcknowledgement.objects.get(deletion__user_id=user.pk).acknowledged_at is not None
        assert AuditEvent.objects.filter(type="user.deleted", subject=user.pk).count() == 1
        statements += 1
    assert statements > 20


@pytest.mark.django_db(transaction=True)
def test_a_number_is_noted_before_the_log_forgets_it(user: User, orders: DeletionConsumer) -> None:
    request(user)
    seq = Notice.objects.get(type="user.deleted").seq
    assert Deletion.objects.get().notice_seq == seq
    Notice.objects.all().delete()
    DeletionConsumer.objects.update(acknowledged_seq=F("acknowledged_seq") + (seq or 0))
    assert erasure.advance_deletions() == 1
