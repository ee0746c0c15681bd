"""`GET /auth/sessions` and `DELETE /auth/sessions/{id}`."""

from base64 import b64encode
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db.models import F
from rest_framework.test import APIClient

from accounts.models import Session, User
from accounts.tests.support.factories import Bearer, MakeUser, SignIn
from accounts.tests.support.forging import claims_of
from accounts.tests.support.refusals import assert_field_refused, assert_refused

pytestmark = pytest.mark.django_db


def more_sessions(user: User, number: int) -> None:
    """Copies of the user's one session, each a minute older than the one before."""
    (first,) = Session.objects.filter(user=user)
    Session.objects.bulk_create(
        Session(
            user=user,
            credentials_version=1,
            amr=["pwd"],
            created_at=first.created_at - timedelta(minutes=minutes),
            expires_at=first.expires_at,
            absolute_expires_at=first.absolute_expires_at,
        )
        for minutes in range(1, number + 1)
    )


def ids(body: dict[str, Any]) -> list[str]:
    return [row["id"] for row in body["results"]]


def test_own_open_sessions_are_listed_and_the_current_one_is_marked(
    user: User, sign_in: SignIn, bearer: Bearer, make_user: MakeUser
) -> None:
    old, access = sign_in(user).access, sign_in(user).access
    gone = sign_in(user).access
    sign_in(make_user())
    bearer(gone).post("/auth/logout")
    Session.objects.filter(pk=claims_of(old)["sid"]).update(created_at=F("created_at") - timedelta(hours=1))
    answer = bearer(access).get("/auth/sessions")
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json()
    assert set(body) == {"results", "next", "previous"}
    assert ids(body) == [claims_of(access)["sid"], claims_of(old)["sid"]]
    assert [row["current"] for row in body["results"]] == [True, False]
    first = body["results"][0]
    assert set(first) == {"id", "created_at", "last_used_at", "expires_at", "ip", "user_agent", "amr", "current"}
    assert (first["ip"], first["amr"]) == ("127.0.0.1", ["pwd"])


def test_pages_lead_through_all_sessions_and_back(signed_in: APIClient, user: User) -> None:
    more_sessions(user, 6)
    seen: list[str] = []
    page = signed_in.get("/auth/sessions", {"limit": "3"}).json()
    assert page["previous"] is None
    seen += ids(page)
    while page["next"]:
        page = signed_in.get(page["next"]).json()
        seen += ids(page)
    expected = Session.objects.order_by("-created_at").values_list("pk", flat=True)
    assert seen == [str(pk) for pk in expected]
    assert ids(signed_in.get(page["previous"]).json()) == seen[3:6]


def test_no_session_stands_on_two_pages(user: User, sign_in: SignIn, bearer: Bearer) -> None:
    """As they are dated by the database itself."""
    tokens = [sign_in(user) for _ in range(3)]
    caller = bearer(tokens[0].access)
    page, seen = caller.get("/auth/sessions", {"limit": "1"}).json(), list[str]()
    while True:
        seen += ids(page)
        if page["next"] is None or len(seen) > 3:
            break
        page = caller.get(page["next"]).json()
    assert len(seen) == len(set(seen)) == 3


def test_a_page_has_fifty_unless_told(signed_in: APIClient, user: User) -> None:
    more_sessions(user, 99)
    assert len(ids(signed_in.get("/auth/sessions").json())) == 50
    assert len(ids(signed_in.get("/auth/sessions", {"limit": "200"}).json())) == 100


@pytest.mark.parametrize("limit", ["0", "201", "-1", "1.5", "many", "", "٣", "9" * 5000, " 5"])
def test_a_limit_beyond_the_range_is_refused(signed_in: APIClient, limit: str) -> None:
    assert_field_refused(signed_in.get("/auth/sessions", {"limit": limit}), "limit", "invalid")


@pytest.mark.parametrize(
    "position",
    ["p=nonsense", "p=", "p=2026-01-01", "p=2026-01-01T00:00:00", "p=2026-02-31T00:00:00Z", "p=%00", "o=-1", "p=1&o=x",
     "p=0001-01-01T00:00:00%2B14:00", "p=' OR 1=1", "p=9999999999", "r=1&p=nonsense"],
)  # fmt: skip
def test_a_cursor_that_somebody_made_up_is_refused(signed_in: APIClient, position: str) -> None:
    cursor = b64encode(position.encode()).decode()
    assert_field_refused(signed_in.get("/auth/sessions", {"cursor": cursor}), "cursor", "invalid")


@pytest.mark.parametrize("cursor", ["nonsense", "é", "x" * 5000])
def test_a_cursor_that_is_none_is_refused(signed_in: APIClient, cursor: str) -> None:
    assert_field_refused(signed_in.get("/auth/sessions", {"cursor": cursor}), "cursor", "invalid")


def test_a_cursor_with_an_offset_alone_skips_so_many(signed_in: APIClient) -> None:
    cursor = b64encode(b"o=1").decode()
    assert ids(signed_in.get("/auth/sessions", {"cursor": cursor}).json()) == []


def test_the_cursor_of_somebody_else_shows_own_sessions_alone(
    signed_in: APIClient, user: User, make_user: MakeUser, sign_in: SignIn, bearer: Bearer
) -> None:
    other = make_user()
    foreign = bearer(sign_in(other).access)
    more_sessions(other, 4)
    more_sessions(user, 4)
    address = foreign.get("/auth/sessions", {"limit": "2"}).json()["next"]
    own = {str(pk) for pk in Session.objects.filter(user=user).values_list("pk", flat=True)}
    assert set(ids(signed_in.get(address).json())) <= own


def test_one_of_ones_own_sessions_is_ended(user: User, sign_in: SignIn, bearer: Bearer) -> None:
    here, there = bearer(sign_in(user).access), sign_in(user).access
    path = f"/auth/sessions/{claims_of(there)['sid']}"
    for _ in range(2):
        answer = here.delete(path)
        assert (answer.status_code, answer.content) == (204, b"")
    assert_refused(bearer(there).get("/auth/user"), 401, "session_revoked")
    assert here.get("/auth/user").status_code == 200


def test_a_foreign_session_is_not_found_and_goes_on(signed_in: APIClient, make_user: MakeUser, sign_in: SignIn) -> None:
    foreign = UUID(claims_of(sign_in(make_user()).access)["sid"])
    for session_id in (foreign, uuid4()):
        assert_refused(signed_in.delete(f"/auth/sessions/{session_id}"), 404, "not_found")
    assert Session.objects.open().filter(pk=foreign).exists()


@pytest.mark.parametrize("session_id", ["1", "me", "00000000-0000-0000-0000-00000000000G"])
def test_what_is_no_id_is_not_found(signed_in: APIClient, session_id: str) -> None:
    assert_refused(signed_in.delete(f"/auth/sessions/{session_id}"), 404, "not_found")


def test_strangers_see_and_end_nothing(api: APIClient) -> None:
    assert_refused(api.get("/auth/sessions"), 401, "not_authenticated")
    assert_refused(api.delete(f"/auth/sessions/{uuid4()}"), 401, "not_authenticated")


def test_links_lead_to_the_services_own_name(signed_in: APIClient, user: User, sign_in: SignIn) -> None:
    """A client follows them with its token."""
    sign_in(user)
    page = signed_in.get("/auth/sessions?limit=1").json()
    assert page["next"].startswith("http://localhost:8000/auth/sessions?")
