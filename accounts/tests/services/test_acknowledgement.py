"""A deletion consumer says how far it has come: everything up to there is dealt with, and it never goes back."""

from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.errors import CursorExpired, InvalidInput, PermissionDenied
from accounts.models import DeletionConsumer
from accounts.notices import cursor
from accounts.notices.reader import START, Position
from accounts.services.deleting import deletion
from accounts.services.following.acknowledgement import acknowledge
from accounts.tests.support import notice_log

pytestmark = pytest.mark.django_db


@pytest.fixture
def consumer() -> DeletionConsumer:
    return DeletionConsumer.objects.create(client_id="svc_orders")


@pytest.fixture
def cursors() -> list[str]:
    """Of five notices."""
    return [cursor.write(cursor.at(notice)) for notice in notice_log.append(5)]


def acknowledged(consumer: DeletionConsumer) -> int:
    consumer.refresh_from_db()
    return consumer.acknowledged_seq


def test_an_acknowledgement_covers_everything_up_to_its_cursor(consumer: DeletionConsumer, cursors: list[str]) -> None:
    acknowledge(consumer.pk, cursor=cursors[2])
    assert acknowledged(consumer) == 3
    assert consumer.acknowledged_at is not None
    acknowledge(consumer.pk, cursor=cursors[4])
    assert acknowledged(consumer) == 5


def test_an_older_cursor_is_taken_and_changes_nothing(consumer: DeletionConsumer, cursors: list[str]) -> None:
    acknowledge(consumer.pk, cursor=cursors[3])
    acknowledged(consumer)
    at = consumer.acknowledged_at
    for older in (cursors[3], cursors[0], cursor.write(START)):
        acknowledge(consumer.pk, cursor=older)
        assert acknowledged(consumer) == 4
        assert consumer.acknowledged_at == at


def test_consumers_are_apart(consumer: DeletionConsumer, cursors: list[str]) -> None:
    other = DeletionConsumer.objects.create(client_id="svc_mail")
    acknowledge(other.pk, cursor=cursors[1])
    assert (acknowledged(other), acknowledged(consumer)) == (2, 0)


def test_deletions_hear_of_it_when_it_goes_forward(
    consumer: DeletionConsumer, cursors: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[str, int]] = []
    monkeypatch.setattr(deletion, "note_acknowledged", lambda consumer_id, seq: heard.append((consumer_id, seq)))
    for text in (cursors[1], cursors[0], cursors[4]):
        acknowledge(consumer.pk, cursor=text)
    assert heard == [("svc_orders", 2), ("svc_orders", 5)]


def test_nobody_else_acknowledges(cursors: list[str]) -> None:
    with pytest.raises(PermissionDenied):
        acknowledge("svc_unknown", cursor=cursors[0])


def test_a_retired_consumer_acknowledges_nothing(consumer: DeletionConsumer, cursors: list[str]) -> None:
    DeletionConsumer.objects.update(retired_at=timezone.now())
    with pytest.raises(PermissionDenied):
        acknowledge(consumer.pk, cursor=cursors[0])
    assert acknowledged(consumer) == 0


@pytest.mark.parametrize("position", [Position(6, uuid4()), Position(3, uuid4())])
def test_a_cursor_that_the_log_does_not_know_is_refused(
    consumer: DeletionConsumer, cursors: list[str], position: Position
) -> None:
    """Newer than the log, or of another one: it was not this log that was dealt with."""
    with pytest.raises(CursorExpired):
        acknowledge(consumer.pk, cursor=cursor.write(position))
    assert acknowledged(consumer) == 0


def test_what_is_no_cursor_is_refused(consumer: DeletionConsumer) -> None:
    with pytest.raises(InvalidInput) as refusal:
        acknowledge(consumer.pk, cursor="nonsense")
    assert [(error.field, error.code) for error in refusal.value.errors] == [("cursor", "invalid")]
