"""`GET /notices`."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from rest_framework.test import APIClient

from accounts.models import Notice, NoticeType, User
from accounts.notices import cursor
from accounts.notices.reader import Position
from accounts.principals import Origin, System
from accounts.services.clients import clients
from accounts.tests.support import notice_log, service_clients
from accounts.tests.support.factories import Bearer, SignIn
from accounts.tests.support.refusals import assert_field_refused, assert_refused, assert_scope_demanded
from accounts.tests.support.staff import make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def follower(db: None, sign_in: SignIn, bearer: Bearer) -> APIClient:
    """A member of staff who may read the log."""
    return bearer(sign_in(make_staff("accounts.view_notice")).access)


def ids(body: dict[str, Any]) -> list[str]:
    return [notice["id"] for notice in body["notices"]]


def test_a_notice_is_answered_with_when_it_stops_to_matter(follower: APIClient) -> None:
    (notice,) = notice_log.append(1)
    answer = follower.get("/notices")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json()
    assert set(body) == {"notices", "cursor", "complete"}
    (shown,) = body["notices"]
    assert shown == {
        "seq": notice.seq,
        "id": str(notice.pk),
        "type": "user.updated",
        "subject": notice.subject,
        "occurred_at": shown["occurred_at"],
        "expires": shown["expires"],
        "data": {"version": 2},
    }
    occurred_at, expires = (datetime.fromisoformat(shown[name]) for name in ("occurred_at", "expires"))
    assert occurred_at == notice.occurred_at
    assert expires - occurred_at == timedelta(seconds=330)
    assert shown["expires"].endswith("Z")


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6, 200])
def test_the_cursor_leads_through_the_log_to_its_end(follower: APIClient, limit: int) -> None:
    appended = [str(notice.pk) for notice in notice_log.append(6)]
    body = follower.get("/notices", {"limit": limit}).json()
    met = ids(body)
    while not body["complete"]:
        assert len(ids(body)) == limit
        body = follower.get(f"/notices?limit={limit}&after={body['cursor']}").json()
        met += ids(body)
    assert met == appended
    again = follower.get("/notices", {"after": body["cursor"]}).json()
    assert again == {"notices": [], "cursor": body["cursor"], "complete": True}


def test_a_page_has_fifty_unless_told(follower: APIClient) -> None:
    notice_log.append(51)
    body = follower.get("/notices").json()
    assert (len(ids(body)), body["complete"]) == (50, False)


def test_only_some_types_may_be_asked_for(follower: APIClient) -> None:
    by_type = {str(kind): str(notice_log.append(1, kind)[0].pk) for kind in NoticeType}
    body = follower.get("/notices", {"types": "user.deleted,sessions.revoked"}).json()
    assert ids(body) == [by_type["user.deleted"], by_type["sessions.revoked"]]
    first = follower.get("/notices", {"types": "keys.changed", "limit": "1"}).json()
    assert (ids(first), first["complete"]) == ([], False)


def test_the_same_without_a_body_for_head(follower: APIClient) -> None:
    assert follower.head("/notices").status_code == 200


@pytest.mark.parametrize("limit", ["0", "201", "-1", "many", ""])
def test_a_limit_beyond_the_range_is_refused(follower: APIClient, limit: str) -> None:
    assert_field_refused(follower.get("/notices", {"limit": limit}), "limit", "invalid")


@pytest.mark.parametrize("types", ["", "user.renamed", "user.updated,", "user.updated, user.deleted", "USER.UPDATED"])
def test_types_that_there_are_not_are_refused(follower: APIClient, types: str) -> None:
    assert_field_refused(follower.get("/notices", {"types": types}), "types", "invalid")


@pytest.mark.parametrize("after", ["", "nonsense", "é", "\x00", "A" * 31, "A" * 33, "_" * 32, "x" * 5000])
def test_a_cursor_that_is_none_is_refused(follower: APIClient, after: str) -> None:
    assert_field_refused(follower.get("/notices", {"after": after}), "after", "invalid")


def test_a_cursor_that_the_log_does_not_know_has_expired(follower: APIClient) -> None:
    """Removed, beyond the end, or another log's: 410, and what to do is said."""
    first, second, third = notice_log.append(3)
    places = [cursor.at(first), cursor.at(third), Position(second.seq or 0, uuid4())]
    Notice.objects.filter(pk__in=[first.pk, third.pk]).delete()
    for place in places:
        refusal = assert_refused(follower.get("/notices", {"after": cursor.write(place)}), 410, "cursor_expired")
        assert "without a cursor" in refusal["detail"]
    assert follower.get("/notices", {"after": cursor.write(cursor.at(second))}).json()["complete"]


def test_the_log_is_for_staff_with_the_permission(api: APIClient, user: User, sign_in: SignIn, bearer: Bearer) -> None:
    caller = bearer(sign_in(user).access)
    assert_refused(api.get("/notices"), 401, "not_authenticated")
    for after in ("nonsense", cursor.write(Position(9, uuid4()))):
        assert_refused(caller.get("/notices", {"after": after}), 403, "permission_denied")
    User.objects.update(is_staff=True)
    assert_refused(caller.get("/notices"), 403, "permission_denied")
    user.user_permissions.add(Permission.objects.get(codename="view_notice"))
    assert caller.get("/notices").status_code == 200
    User.objects.update(is_staff=False)
    assert_refused(caller.get("/notices"), 403, "permission_denied")


def test_a_service_with_the_scope_follows_the_log() -> None:
    appended = [str(notice.pk) for notice in notice_log.append(3)]
    service = service_clients.caller("notices:read")
    first = service.get("/notices", {"limit": 2}).json()
    second = service.get("/notices", {"after": first["cursor"]}).json()
    assert (ids(first) + ids(second))[:3] == appended
    assert second["complete"]


@pytest.mark.parametrize("scopes", [(), ("users:read", "users:admin", "tokens:introspect"), ("notices:reading",)])
def test_a_service_without_the_scope_hears_which(scopes: tuple[str, ...]) -> None:
    service = service_clients.caller(*scopes)
    for after in ({}, {"after": "nonsense"}, {"after": cursor.write(Position(9, uuid4()))}):
        assert_scope_demanded(service.get("/notices", after), "notices:read")


def test_a_service_that_was_disabled_narrowed_or_ended_follows_no_more(bearer: Bearer) -> None:
    for change, code in (
        ({"is_active": False}, "client_disabled"),
        ({"scopes": ["users:read"]}, "session_revoked"),
        ({"scopes": ["notices:read"]}, "session_revoked"),
    ):
        made = service_clients.make("notices:read", "users:read")
        service = bearer(service_clients.token_of(made))
        assert service.get("/notices").status_code == 200
        clients.change(made.client.pk, change, actor=System("test"), origin=Origin())
        assert_refused(service.get("/notices"), 401, code)


def test_nothing_is_posted_to_the_log(follower: APIClient) -> None:
    assert_refused(follower.post("/notices", {}), 405, "method_not_allowed")


def test_a_cursor_under_another_name_is_refused_not_passed_over(follower: APIClient) -> None:
    (error,) = assert_refused(follower.get("/notices", {"cursor": "x"}), 400, "unknown_field")["errors"]
    assert error["field"] == "cursor"
