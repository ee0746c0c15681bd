"""`GET /audit-events`: who did what to whom, for staff with the permission and clients with `users:admin`."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import audit, clock
from accounts.models import AuditContext, AuditEvent, EventType, Outcome, User
from accounts.principals import Origin, Principal, System
from accounts.rest.views.audit import NewestEventFirst
from accounts.services.auditing import sealing
from accounts.services.importing import importing
from accounts.tests.support import audit_trail, service_clients
from accounts.tests.support.factories import Bearer, MakeUser, SignIn
from accounts.tests.support.refusals import assert_field_refused, assert_refused, assert_scope_demanded
from accounts.tests.support.staff import make_staff

pytestmark = pytest.mark.django_db

PATH = "/audit-events"
HERE = Origin(address="192.0.2.1", user_agent="curl/8", request_id="request-1")
OPERATOR = System("test")


@pytest.fixture
def clerk(sign_in: SignIn, bearer: Bearer) -> APIClient:
    """Acts for somebody who may look into the audit, and no more."""
    return bearer(sign_in(make_staff("accounts.view_auditevent")).access)


def record(
    event: EventType = EventType.USER_UPDATED, *, subject: User | None = None, actor: Principal = OPERATOR, **data: Any
) -> AuditEvent:
    concerned = None if subject is None else subject.pk
    audit.record(event, Outcome.SUCCESS, actor=actor, origin=HERE, subject=concerned, **data)
    return AuditEvent.objects.latest("pk")


def listed(client: APIClient, **query: object) -> list[dict[str, Any]]:
    answer = client.get(f"{PATH}?{urlencode(query)}")
    assert answer.status_code == 200, answer.content
    rows: list[dict[str, Any]] = answer.json()["results"]
    return rows


def test_an_event_is_shown_with_what_is_personal_in_it(clerk: APIClient, user: User) -> None:
    event = record(EventType.EMAIL_CHANGED, subject=user, email="ada@example.com", mail="m1")
    answer = clerk.get(PATH)
    assert answer.headers["Cache-Control"] == "no-store"
    first = answer.json()["results"][0]
    assert datetime.fromisoformat(first.pop("occurred_at")) == event.occurred_at
    assert first == {
        "id": event.pk,
        "number": None,
        "type": "email.changed",
        "outcome": "success",
        "actor": "system:test",
        "subject": str(user.pk),
        "session": None,
        "data": {"mail": "m1"},
        "ip": "192.0.2.1",
        "user_agent": "curl/8",
        "email": "ada@example.com",
        "request_id": "request-1",
    }


def test_what_is_erased_is_null_and_the_event_stays(clerk: APIClient, user: User) -> None:
    record(subject=user)
    AuditContext.objects.filter(subject=user.pk).delete()
    first = listed(clerk)[0]
    assert first["subject"] == str(user.pk)
    assert [first[name] for name in ("ip", "user_agent", "email", "request_id")] == [None] * 4


def test_a_sealed_event_has_its_number(clerk: APIClient) -> None:
    audit_trail.append(1)
    audit_trail.wait()
    sealing.seal_due()
    assert 1 in {row["number"] for row in listed(clerk)}


def test_the_newest_comes_first_and_pages_lead_through_all_and_back(clerk: APIClient, user: User) -> None:
    """Also through events of one moment."""
    begin = timezone.now()
    ids = [record(subject=user).pk for _ in range(7)]
    for place, pk in enumerate(ids):
        at = begin + timedelta(seconds=2 if place in range(2, 6) else place)
        AuditEvent.objects.filter(pk=pk).update(occurred_at=at)
    seen: list[int] = []
    page = clerk.get(f"{PATH}?limit=2&subject={user.pk}").json()
    assert page["previous"] is None
    while True:
        seen += [row["id"] for row in page["results"]]
        if page["next"] is None:
            break
        page = clerk.get(page["next"]).json()
    assert seen == ids[::-1]
    assert clerk.get(page["previous"]).json()["results"][0]["id"] == ids[2]


def test_pages_get_through_whatever_is_recorded_in_one_moment() -> None:
    """A cursor counts the rows of a moment, up to a bound."""
    cutoff = NewestEventFirst.offset_cutoff
    assert cutoff is not None
    assert cutoff > importing.BATCH


def test_each_filter_and_all_together(clerk: APIClient, user: User, make_user: MakeUser) -> None:
    other = make_user()
    AuditEvent.objects.all().delete()
    mine, imported = record(subject=user), record(EventType.USER_IMPORTED, subject=user, actor=System("other"))
    theirs = record(subject=other)
    for hours, event in enumerate((theirs, imported, mine)):
        AuditEvent.objects.filter(pk=event.pk).update(occurred_at=F("occurred_at") - timedelta(hours=hours))
    times = dict(AuditEvent.objects.values_list("pk", "occurred_at"))

    def ids(**query: object) -> list[int]:
        return [row["id"] for row in listed(clerk, **query)]

    assert ids() == [theirs.pk, imported.pk, mine.pk]
    assert ids(subject=user.pk) == [imported.pk, mine.pk]
    assert ids(actor="system:test") == [theirs.pk, mine.pk]
    assert ids(type="user.imported") == [imported.pk]
    assert ids(created_after=times[imported.pk].isoformat()) == [theirs.pk, imported.pk]
    assert ids(created_before=times[imported.pk].isoformat()) == [mine.pk]
    assert ids(actor="system:test", subject=user.pk, type="user.updated") == [mine.pk]
    assert ids(actor="system:test", type="user.imported") == []


def test_the_pages_of_a_filter_keep_to_it(clerk: APIClient, user: User) -> None:
    for _ in range(3):
        record(subject=user)
        record()
    page = clerk.get(f"{PATH}?limit=2&subject={user.pk}").json()
    rest = clerk.get(page["next"]).json()
    assert {row["subject"] for row in (*page["results"], *rest["results"])} == {str(user.pk)}
    assert (len(page["results"]), len(rest["results"]), rest["next"]) == (2, 1, None)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("subject", "ada@example.com", "invalid"),
        ("subject", str(UUID(int=11)).upper(), "invalid"),
        ("type", "user.forgotten", "invalid_choice"),
        ("type", "", "invalid_choice"),
        ("actor", "", "blank"),
        ("actor", "x" * 65, "max_length"),
        ("actor", "a\x00", "control_characters"),
        ("created_after", "yesterday", "invalid"),
        ("created_after", "2030-01-01T00:00:00", "no_offset"),
        ("created_before", "2030-13-01T00:00:00Z", "invalid"),
        ("limit", "201", "invalid"),
        ("cursor", "x", "invalid"),
    ],
)
def test_what_does_not_read_is_named(clerk: APIClient, name: str, value: str, code: str) -> None:
    assert_field_refused(clerk.get(f"{PATH}?{urlencode({name: value})}"), name, code)


def test_a_filter_that_is_not_there_is_refused_and_not_passed_over(clerk: APIClient) -> None:
    """Whoever misspells one would take all events for those of one person."""
    assert_refused(clerk.get(f"{PATH}?user={UUID(int=1)}"), 400, "unknown_field")


@pytest.mark.parametrize("name", ["type", "subject", "limit", "cursor", "created_after"])
def test_what_is_asked_for_twice_is_refused(clerk: APIClient, name: str) -> None:
    """Only the last of them would count."""
    assert_field_refused(clerk.get(f"{PATH}?{name}=a&{name}=b"), name, "given_twice")


def test_it_is_for_staff_with_the_permission_and_clients_with_the_scope(
    user: User, api: APIClient, sign_in: SignIn, bearer: Bearer, clerk: APIClient
) -> None:
    assert_refused(api.get(PATH), 401, "not_authenticated")
    for caller in (user, make_staff(), make_staff("accounts.view_user", "accounts.change_user")):
        assert_refused(bearer(sign_in(caller).access).get(PATH), 403, "permission_denied")
    assert_scope_demanded(service_clients.caller("users:read", "notices:read").get(PATH), "users:admin")
    assert service_clients.caller("users:admin").get(PATH).status_code == 200
    assert clerk.get(PATH).status_code == 200


def test_a_page_costs_the_same_however_long_it_is(
    clerk: APIClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: 1000.0)  # what is remembered does not age, however slow the machine
    counts = []
    for _ in range(2):
        for _ in range(20):
            record(subject=user)
        with CaptureQueriesContext(connection) as captured:
            assert listed(clerk, limit=200)
        counts.append(len(captured))
        assert not any("COUNT(" in query["sql"] for query in captured.captured_queries)
    assert counts[0] == counts[1]
