"""What is over goes, and everybody's sessions end when they must."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import (
    AttemptCounter,
    AuditEvent,
    Code,
    MailKind,
    Notice,
    RevocationReason,
    ServiceClient,
    Session,
    User,
)
from accounts.principals import Origin, System
from accounts.services import housekeeping, invalidation, rounds
from accounts.services.revocation import revoke_all
from accounts.tests.support.factories import MakeUser, SignIn

pytestmark = pytest.mark.django_db

LONG_AGO, LATELY = timedelta(hours=25), timedelta(hours=23)


@pytest.mark.parametrize("column", ["expires_at", "revoked_at"])
@pytest.mark.parametrize(("since", "left"), [(LONG_AGO, 0), (LATELY, 1)])
def test_a_session_is_kept_for_a_day_after_its_end(session: Session, column: str, since: timedelta, left: int) -> None:
    Session.objects.update(**{column: timezone.now() - since})
    assert housekeeping.purge() == 1 - left
    assert Session.objects.count() == left


def test_closed_windows_go_and_open_ones_stay() -> None:
    now = timezone.now()
    for key, end in (("over", now - timedelta(seconds=1)), ("open", now + timedelta(minutes=1))):
        AttemptCounter.objects.create(key=key, count=3, expires_at=end)
    assert housekeeping.purge() == 1
    assert AttemptCounter.objects.get().key == "open"


def test_a_round_removes_everything_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "BATCH", 2)
    before = timezone.now() - timedelta(minutes=1)
    AttemptCounter.objects.bulk_create(AttemptCounter(key=str(n), count=1, expires_at=before) for n in range(3))
    assert [housekeeping.purge() for _ in range(2)] == [3, 0]


def test_a_turn_ends_with_a_batch_of_each_kind(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "BATCH", 2)
    monkeypatch.setattr(rounds, "TURN_SECONDS", 0)
    before = timezone.now() - LONG_AGO
    Session.objects.update(expires_at=before)
    AttemptCounter.objects.bulk_create(AttemptCounter(key=str(n), count=1, expires_at=before) for n in range(5))
    assert [housekeeping.purge() for _ in range(4)] == [3, 2, 1, 0]


def test_all_tokens_are_invalidated_in_batches(
    make_user: MakeUser, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invalidation, "MAX_SUBJECTS_AT_ONCE", 2)
    users = [make_user() for _ in range(3)]
    for user in [*users, *users[:2]]:
        sign_in(user)
    assert invalidation.invalidate_all_tokens(actor=System("test")).sessions == 5
    assert invalidation.invalidate_all_tokens(actor=System("test")).sessions == 0
    assert set(Session.objects.values_list("revocation_reason", flat=True)) == {"invalidated"}
    counts = AuditEvent.objects.filter(type="tokens.invalidated").order_by("pk").values_list("data__count", flat=True)
    assert list(counts) == [5, 0]
    notices = Notice.objects.filter(type="sessions.revoked")
    assert sorted(notice.subject for notice in notices) == sorted(str(user.pk) for user in users)
    assert sum(len(notice.data["session_ids"]) for notice in notices) == 5


def test_the_tokens_of_every_service_client_end_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invalidation, "MAX_SUBJECTS_AT_ONCE", 2)
    before = {client.pk: client.epoch for client in [ServiceClient.objects.create(name=name) for name in "abc"]}
    assert invalidation.invalidate_all_tokens(actor=System("test")).clients == 3
    assert AuditEvent.objects.get(type="tokens.invalidated").data == {"count": 0, "clients": 3}
    after = dict(ServiceClient.objects.values_list("pk", "epoch"))
    assert before.keys() == after.keys()
    assert not set(before.values()) & set(after.values())
    notices = Notice.objects.filter(type="client.changed").values_list("subject", "data__sid")
    assert dict(notices) == {client_id: str(epoch) for client_id, epoch in before.items()}


def test_codes_are_over_too_save_those_that_keep_an_account(user: User) -> None:
    """Which of them were used after the backup, nobody knows; a deletion goes on, and so may be cancelled."""
    now = timezone.now()
    for kind in (MailKind.RESET_PASSWORD, MailKind.VERIFY_EMAIL, MailKind.CANCEL_DELETION):
        Code.objects.create(
            user=user, purpose=kind, digest=kind, email=user.email, address=user.email, asked_at=now,
            credentials_version=user.credentials_version, expires_at=now + timedelta(hours=1),
        )  # fmt: skip
    assert Code.objects.good().count() == 3
    invalidation.invalidate_all_tokens(actor=System("test"))
    assert [code.purpose for code in Code.objects.good()] == [MailKind.CANCEL_DELETION]


def test_revoking_nothing_records_nothing(user: User) -> None:
    assert revoke_all(user.pk, RevocationReason.SUSPENDED, actor=System("test"), origin=Origin()) == 0
    assert not AuditEvent.objects.filter(type="sessions.revoked").exists()
