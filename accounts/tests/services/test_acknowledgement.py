"""A deletion consumer says how far it has come: everything up to there is dealt with, and it never goes back."""

from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.errors import CursorExpired, InsufficientScope, InvalidInput, NotAuthenticated, PermissionDenied
from accounts.models import DeletionConsumer
from accounts.notices import cursor
from accounts.notices.reader import START, Position
from accounts.principals import ClientPrincipal, Nobody, System, UserPrincipal
from accounts.services.deleting import deletion
from accounts.services.following.acknowledgement import acknowledge
from accounts.tests.support import notice_log, service_clients
from accounts.tests.support.staff import make_superuser

pytestmark = pytest.mark.django_db


def make(*scopes: str, holds_personal_data: bool = True) -> ClientPrincipal:
    return service_clients.principal(service_clients.make(*scopes, holds_personal_data=holds_personal_data))


@pytest.fixture
def orders() -> ClientPrincipal:
    """A client that follows the log and holds personal data."""
    return make("notices:read")


@pytest.fixture
def cursors() -> list[str]:
    """Of five notices."""
    return [cursor.write(cursor.at(notice)) for notice in notice_log.append(5)]


def acknowledged(client: ClientPrincipal) -> int:
    return DeletionConsumer.objects.get(pk=client.client_id).acknowledged_seq


def test_an_acknowledgement_covers_everything_up_to_its_cursor(orders: ClientPrincipal, cursors: list[str]) -> None:
    acknowledge(cursor=cursors[2], actor=orders)
    assert acknowledged(orders) == 3
    assert DeletionConsumer.objects.get().acknowledged_at is not None
    acknowledge(cursor=cursors[4], actor=orders)
    assert acknowledged(orders) == 5


def test_an_older_cursor_is_taken_and_changes_nothing(orders: ClientPrincipal, cursors: list[str]) -> None:
    acknowledge(cursor=cursors[3], actor=orders)
    at = DeletionConsumer.objects.get().acknowledged_at
    for older in (cursors[3], cursors[0], cursor.write(START)):
        acknowledge(cursor=older, actor=orders)
        assert acknowledged(orders) == 4
        assert DeletionConsumer.objects.get().acknowledged_at == at


def test_consumers_are_apart(orders: ClientPrincipal, cursors: list[str]) -> None:
    other = make("notices:read")
    acknowledge(cursor=cursors[1], actor=other)
    assert (acknowledged(other), acknowledged(orders)) == (2, 0)


def test_deletions_hear_of_it_when_it_goes_forward(
    orders: ClientPrincipal, cursors: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[str, int]] = []
    monkeypatch.setattr(deletion, "note_acknowledged", lambda consumer_id, seq: heard.append((consumer_id, seq)))
    for text in (cursors[1], cursors[0], cursors[4]):
        acknowledge(cursor=text, actor=orders)
    assert heard == [(orders.client_id, 2), (orders.client_id, 5)]


def test_nobody_else_acknowledges(orders: ClientPrincipal, cursors: list[str]) -> None:
    """Nobody is waited for but those that hold personal data; whoever else says so is mistaken."""
    root = UserPrincipal(make_superuser().pk, uuid4())
    for somebody in (make("notices:read", holds_personal_data=False), root, System("test"), System(orders.client_id)):
        for text in (cursors[0], "nonsense"):
            with pytest.raises(PermissionDenied, match="hold personal data"):
                acknowledge(cursor=text, actor=somebody)
    with pytest.raises(NotAuthenticated):
        acknowledge(cursor=cursors[0], actor=Nobody())
    assert acknowledged(orders) == 0


def test_whoever_may_not_read_the_log_acknowledges_nothing_of_it(cursors: list[str]) -> None:
    client = make("users:admin", "users:read")
    with pytest.raises(InsufficientScope) as refusal:
        acknowledge(cursor=cursors[0], actor=client)
    assert refusal.value.scope == "notices:read"
    assert acknowledged(client) == 0


def test_a_retired_consumer_acknowledges_nothing(orders: ClientPrincipal, cursors: list[str]) -> None:
    DeletionConsumer.objects.update(retired_at=timezone.now())
    with pytest.raises(PermissionDenied):
        acknowledge(cursor=cursors[0], actor=orders)
    assert acknowledged(orders) == 0


@pytest.mark.parametrize("position", [Position(6, uuid4()), Position(3, uuid4())])
def test_a_cursor_that_the_log_does_not_know_is_refused(
    orders: ClientPrincipal, cursors: list[str], position: Position
) -> None:
    """Newer than the log, or of another one: it was not this log that was dealt with."""
    with pytest.raises(CursorExpired):
        acknowledge(cursor=cursor.write(position), actor=orders)
    assert acknowledged(orders) == 0


def test_what_is_no_cursor_is_refused(orders: ClientPrincipal) -> None:
    with pytest.raises(InvalidInput) as refusal:
        acknowledge(cursor="nonsense", actor=orders)
    assert [(error.field, error.code) for error in refusal.value.errors] == [("cursor", "invalid")]
