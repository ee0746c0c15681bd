"""How far a deletion has come, who is late, and what stays when the person is gone."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from accounts import clock
from accounts.errors import NotFound, PermissionDenied
from accounts.models import Deletion, DeletionConsumer, User
from accounts.principals import Origin, System, UserPrincipal
from accounts.services.deleting import deletion, erasure, overdue, receipts, reminders
from accounts.services.deleting.reminders import reminders as told
from accounts.tests.support import consumers
from accounts.tests.support.factories import MakeUser

OPERATOR = System("test")
JUST_BEFORE, JUST_AFTER = timedelta(hours=23, minutes=59), timedelta(hours=24, minutes=1)


@pytest.fixture(autouse=True)
def _told_of_nothing() -> Iterator[None]:
    told.forget()
    yield
    told.forget()


@pytest.fixture
def waiting(user: User) -> Deletion:
    """For `svc_late`; `svc_mail` has acknowledged, `svc_old` has retired."""
    old, mail = consumers.make("svc_old"), consumers.make("svc_mail")
    consumers.make("svc_late")
    requested = deletion.request(user.pk, actor=OPERATOR, origin=Origin())
    consumers.catch_up(mail)
    DeletionConsumer.objects.filter(pk=old.pk).update(retired_at=timezone.now())
    erasure.advance_deletions()
    return requested


def states(user: User) -> dict[str, tuple[str, bool]]:
    receipt = receipts.report(user.pk, actor=OPERATOR)
    assert all((each.acknowledged_at is None) == (each.state != "acknowledged") for each in receipt.consumers)
    return {each.client_id: (each.state, each.overdue) for each in receipt.consumers}


def gauge(client_id: str) -> float | None:
    return REGISTRY.get_sample_value("authservice_overdue_deletion_acknowledgements", {"consumer": client_id})


def test_each_consumer_is_named_with_its_state(waiting: Deletion, user: User) -> None:
    consumers.let_pass(JUST_BEFORE)
    assert states(user) == {
        "svc_late": ("pending", False),
        "svc_mail": ("acknowledged", False),
        "svc_old": ("retired", False),
    }


def test_after_a_day_the_late_one_is_named_and_measured(waiting: Deletion, user: User) -> None:
    consumers.let_pass(JUST_AFTER)
    assert {client_id for client_id, (_, is_overdue) in states(user).items() if is_overdue} == {"svc_late"}
    with capture_logs() as lines:
        assert overdue.watch_overdue() == 1
    assert [(line["event"], line["consumer"], line["deletions"]) for line in lines] == [
        ("deletion_consumer_overdue", "svc_late", 1)
    ]
    assert [gauge(client_id) for client_id in ("svc_late", "svc_mail", "svc_old")] == [1, 0, 0]


def test_it_is_told_once_an_hour_and_measured_each_time(waiting: Deletion, monkeypatch: pytest.MonkeyPatch) -> None:
    consumers.let_pass(JUST_AFTER)
    assert [overdue.watch_overdue() for _ in range(3)] == [1, 0, 0]
    later = clock.now() + 3601
    monkeypatch.setattr(clock, "now", lambda: later)
    assert overdue.watch_overdue() == 1
    DeletionConsumer.objects.filter(pk="svc_late").update(retired_at=timezone.now())
    assert overdue.watch_overdue() == 0
    assert gauge("svc_late") == 0


def test_a_consumer_is_late_also_when_nobody_waited_for_it(waiting: Deletion, user: User) -> None:
    deletion.force(user.pk, reason="late", actor=OPERATOR, origin=Origin())
    consumers.let_pass(JUST_AFTER)
    assert states(user)["svc_late"] == ("pending", True)
    assert overdue.watch_overdue() == 1


def test_what_is_told_is_remembered_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminders, "MAX_REMEMBERED", 2)
    assert [told.is_due(about) for about in "aabbcc"] == [True, False] * 3
    assert told.is_due("a")


def test_the_receipt_stays_when_the_user_is_gone(waiting: Deletion, user: User) -> None:
    deletion.force(user.pk, reason="its database is gone", actor=OPERATOR, origin=Origin())
    receipt = receipts.report(user.pk, actor=OPERATOR)
    assert not User.objects.exists()
    assert (receipt.id, receipt.user_id, receipt.requested_by) == (waiting.pk, user.pk, "system:test")
    assert receipt.completed_at is not None
    assert (receipt.forced_by, receipt.forced_reason) == ("system:test", "its database is gone")


def test_without_a_deletion_there_is_no_receipt(user: User) -> None:
    for user_id in (user.pk, uuid4()):
        with pytest.raises(NotFound):
            receipts.report(user_id, actor=OPERATOR)


def test_receipts_are_not_for_everybody(actor: UserPrincipal, make_user: MakeUser) -> None:
    other = make_user()
    deletion.request(other.pk, actor=OPERATOR, origin=Origin())
    for user_id in (other.pk, uuid4()):
        with pytest.raises(PermissionDenied):
            receipts.report(user_id, actor=actor)
