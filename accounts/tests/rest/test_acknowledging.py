"""`POST /notices/ack`."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Deletion, DeletionConsumer, User
from accounts.notices import cursor
from accounts.notices.reader import Position
from accounts.principals import Origin, System
from accounts.services.clients import clients
from accounts.services.clients.clients import NewSecret
from accounts.services.deleting import deletion
from accounts.tests.support import notice_log, service_clients
from accounts.tests.support.factories import Bearer, MakeUser, SignIn
from accounts.tests.support.refusals import assert_field_refused, assert_refused, assert_scope_demanded
from accounts.tests.support.staff import make_superuser

pytestmark = pytest.mark.django_db

ACK = "/notices/ack"


@pytest.fixture
def orders() -> NewSecret:
    """A service that follows the log and holds personal data."""
    return service_clients.make("notices:read", holds_personal_data=True)


@pytest.fixture
def follower(orders: NewSecret, bearer: Bearer) -> APIClient:
    return bearer(service_clients.token_of(orders))


@pytest.fixture
def place(orders: NewSecret) -> str:
    """A cursor."""
    return cursor.write(cursor.at(notice_log.append(3)[1]))


def acknowledged() -> int:
    return DeletionConsumer.objects.get().acknowledged_seq


def test_what_was_read_is_acknowledged(follower: APIClient, place: str) -> None:
    for _ in range(2):
        answer = follower.post(ACK, {"cursor": place})
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["Cache-Control"] == "no-store"
    assert acknowledged() == 2


@pytest.mark.django_db(transaction=True)
def test_a_service_reads_of_a_deletion_says_that_it_is_done_and_the_deletion_completes(
    make_user: MakeUser, orders: NewSecret, follower: APIClient
) -> None:
    person = make_user()
    deletion.request(person.pk, actor=System("test"), origin=Origin())
    page = follower.get("/notices", {"types": "user.deleted"}).json()
    assert [notice["subject"] for notice in page["notices"]] == [str(person.pk)]
    assert Deletion.objects.get().completed_at is None
    assert follower.post(ACK, {"cursor": page["cursor"]}).status_code == 204
    assert Deletion.objects.get().completed_at is not None
    assert not User.objects.exists()


def test_without_the_scope_it_is_named(api: APIClient, place: str, bearer: Bearer) -> None:
    other = service_clients.make("users:admin", holds_personal_data=True)
    assert_scope_demanded(bearer(service_clients.token_of(other)).post(ACK, {"cursor": place}), "notices:read")
    assert_refused(api.post(ACK, {"cursor": place}), 401, "not_authenticated")


def test_it_is_for_clients_that_hold_personal_data(
    orders: NewSecret, follower: APIClient, place: str, bearer: Bearer, sign_in: SignIn
) -> None:
    """Also root is nobody whom a deletion waits for."""
    root, other = bearer(sign_in(make_superuser()).access), service_clients.caller("notices:read")
    for caller in (root, other):
        refused = assert_refused(caller.post(ACK, {"cursor": place}), 403, "permission_denied")
        assert "hold personal data" in refused["detail"]
    changes = {"holds_personal_data": False}
    clients.change(orders.client.pk, changes, actor=System("test"), origin=Origin())
    assert_refused(follower.post(ACK, {"cursor": place}), 403, "permission_denied")
    assert acknowledged() == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "required"),
        ({"cursor": None}, "null"),
        ({"cursor": 7}, "invalid"),
        ({"cursor": ["x"]}, "invalid"),
        ({"cursor": "nonsense"}, "invalid"),
        ({"cursor": "A" * 33}, "invalid"),
        ({"cursor": "\0" * 32}, "control_characters"),
    ],
)
def test_what_is_no_cursor_is_refused(follower: APIClient, body: dict[str, Any], code: str) -> None:
    assert_field_refused(follower.post(ACK, body), "cursor", code)


def test_other_members_are_refused(follower: APIClient, place: str) -> None:
    assert_refused(follower.post(ACK, {"cursor": place, "after": place}), 400, "unknown_field")
    assert acknowledged() == 0


def test_a_cursor_that_the_log_does_not_know_has_expired(follower: APIClient, place: str) -> None:
    notice_id = cursor.read(place).notice_id
    for seq in (1, 9):
        beyond = cursor.write(Position(seq, notice_id))
        assert_refused(follower.post(ACK, {"cursor": beyond}), 410, "cursor_expired")
    assert acknowledged() == 0


def test_nothing_is_got_here(follower: APIClient) -> None:
    assert_refused(follower.get(ACK), 405, "method_not_allowed")
