"""`/users`: looked for, made and changed by those who look after them; their sessions, and mails to them."""

from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services.listing import pages
from accounts.tests.support import codes, factories, service_clients
from accounts.tests.support.factories import Bearer, MakeUser, SignIn
from accounts.tests.support.refusals import assert_field_refused, assert_refused
from accounts.tests.support.staff import make_staff, make_superuser

pytestmark = pytest.mark.django_db

PERMISSIONS = ("accounts.view_user", "accounts.add_user", "accounts.change_user")


@pytest.fixture
def clerk(sign_in: SignIn, bearer: Bearer) -> APIClient:
    """Of a member of staff who may look for, make and change people."""
    return bearer(sign_in(make_staff(*PERMISSIONS, email="clerk@example.org")).access)


def listed(caller: APIClient, query: str = "") -> dict[str, Any]:
    answer = caller.get(f"/users{query}")
    assert answer.status_code == 200, answer.content
    assert answer.headers["Cache-Control"] == "no-store"
    body: dict[str, Any] = answer.json()
    assert list(body) == ["results", "next", "previous"]
    return body


def emails(body: dict[str, Any]) -> list[str]:
    return [user["email"] for user in body["results"]]


def test_people_are_listed_as_they_are_told_one_by_one(clerk: APIClient, user: User) -> None:
    user.groups.set([Group.objects.create(name=name) for name in ("writers", "admins")])
    (found,) = listed(clerk, f"?search={user.email}")["results"]
    assert found == clerk.get(f"/users/{user.pk}").json()
    assert found["groups"] == ["admins", "writers"]


def test_pages_are_followed_by_their_links_whatever_host_the_proxy_sent(clerk: APIClient, make_user: MakeUser) -> None:
    people = [make_user(f"ada{number}@example.com").email for number in range(5)]
    first = listed(clerk, "?search=ada&limit=2&is_active=true")
    assert (emails(first), first["previous"]) == (people[:2], None)
    assert first["next"].startswith("http://localhost:8000/users?")
    second = clerk.get(first["next"], HTTP_HOST="localhost").json()
    third = clerk.get(second["next"]).json()
    assert (emails(second), emails(third), third["next"]) == (people[2:4], people[4:], None)
    assert emails(clerk.get(third["previous"]).json()) == people[2:4]
    assert emails(clerk.get(second["previous"]).json()) == people[:2]


def test_a_page_may_be_empty_and_not_the_last(
    clerk: APIClient, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "LOOKED_AT", 3)
    suspended = make_user("ada9@example.com", is_active=False)
    for number in range(5):
        make_user(f"ada{number}@example.com")
    page = listed(clerk, "?search=ada&is_active=false")
    assert page["results"] == []
    assert emails(clerk.get(page["next"]).json()) == [suspended.email]


def test_nothing_is_counted(clerk: APIClient) -> None:
    assert "count" not in listed(clerk)


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("is_active=yes", "is_active", "invalid"),
        ("is_active=", "is_active", "invalid"),
        ("is_staff=1", "is_staff", "invalid"),
        ("created_after=yesterday", "created_after", "invalid"),
        ("created_before=2030-01-01T00:00:00", "created_before", "no_offset"),
        ("order=name", "order", "invalid_choice"),
        ("order=date_joined&search=a", "order", "does_not_go_together"),
        ("search=", "search", "blank"),
        ("search=a%00b", "search", "control_characters"),
        ("created_after=0001-01-01T00:00:00%2B14:00", "created_after", "overflow"),
        ("created_before=9999-12-31T23:59:59-14:00", "created_before", "overflow"),
        ("search=a%0Ab", "search", "control_characters"),
        (f"search={'a' * 255}", "search", "max_length"),
        ("group=nobody", "group", "does_not_exist"),
        ("cursor=x", "cursor", "invalid"),
        ("limit=0", "limit", "invalid"),
        ("limit=201", "limit", "invalid"),
        ("group=writers&group=admins", "group", "given_twice"),
        ("limit=1&limit=2", "limit", "given_twice"),
    ],
)
def test_a_query_that_does_not_fit_is_refused_by_its_name(clerk: APIClient, query: str, field: str, code: str) -> None:
    errors = assert_refused(clerk.get(f"/users?{query}"), 400, "invalid_input")["errors"]
    assert (field, code) in [(error["field"], error["code"]) for error in errors]


@pytest.mark.parametrize("query", ["isactive=false", "is_superuser=true", "ordering=email", "page=2"])
def test_a_filter_that_there_is_not_is_never_lost(clerk: APIClient, query: str) -> None:
    assert_refused(clerk.get(f"/users?{query}"), 400, "unknown_field")


def test_somebody_is_made_without_a_password(clerk: APIClient, api: APIClient) -> None:
    answer = clerk.post("/users", {"email": " Ada@Example.com", "first_name": "Ada", "email_verified": True})
    assert answer.status_code == 201
    assert answer.json() == clerk.get(f"/users/{answer.json()['id']}").json()
    assert (answer.json()["email"], answer.json()["email_verified"]) == ("ada@example.com", True)
    assert codes.waiting() == [("invitation", "ada@example.com")]
    assert_refused(clerk.post("/users", {"email": "ADA@example.com"}), 409, "email_taken")
    login = {"email": "ada@example.com", "password": factories.PASSWORD}
    assert_refused(api.post("/auth/login", login), 401, "invalid_credentials")


@pytest.mark.parametrize("field", ["password", "is_active", "id", "version", "date_joined", "last_login"])
def test_what_is_not_for_others_to_set_is_refused(clerk: APIClient, user: User, field: str) -> None:
    assert_refused(clerk.post("/users", {"email": "ada@example.com", field: "x"}), 400, "unknown_field")
    assert_refused(clerk.patch(f"/users/{user.pk}", {field: "x"}), 400, "unknown_field")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "nobody"}, "email"), ({"email": None}, "email"), ({"first_name": 1}, "first_name"),
        ({"is_staff": "true"}, "is_staff"), ({"is_superuser": 1}, "is_superuser"),
        ({"email_verified": None}, "email_verified"), ({"expires_at": "2030-01-31T08:00:00"}, "expires_at"),
        ({"expires_at": 1893456000}, "expires_at"), ({"expires_at": "tomorrow"}, "expires_at"),
        ({"groups": "writers"}, "groups"), ({"groups": None}, "groups"), ({"groups": ["nobody"]}, "groups"),
        ({"groups": [1]}, "groups.0"), ({"groups": ["x" * 151]}, "groups.0"), ({"groups": ["a"] * 201}, "groups"),
    ],
)  # fmt: skip
def test_a_body_that_does_not_fit_is_refused_by_its_field(
    clerk: APIClient, user: User, body: dict[str, Any], field: str
) -> None:
    for answer in (
        clerk.post("/users", {"email": "ada@example.com"} | body),
        clerk.patch(f"/users/{user.pk}", body),
    ):
        errors = assert_refused(answer, 400, "invalid_input")["errors"]
        assert {error["field"] for error in errors} == {field}
    assert not User.objects.filter(email="ada@example.com").exists()


def test_a_new_account_needs_an_address(clerk: APIClient) -> None:
    assert_field_refused(clerk.post("/users", {"first_name": "Ada"}), "email", "required")


def test_somebody_is_changed_and_what_is_not_sent_stays(clerk: APIClient, user: User) -> None:
    Group.objects.create(name="writers")
    User.objects.update(last_name="Lovelace")
    changed = clerk.patch(f"/users/{user.pk}", {"first_name": " Ada ", "groups": ["writers"], "is_staff": True}).json()
    assert changed == clerk.get(f"/users/{user.pk}").json()
    told = (changed["first_name"], changed["last_name"], changed["groups"], changed["is_staff"], changed["version"])
    assert told == ("Ada", "Lovelace", ["writers"], True, user.version + 1)
    assert clerk.patch(f"/users/{user.pk}", {"groups": []}).json()["groups"] == []


def test_the_end_of_an_account_is_set_and_told_to_whoever_looks_after_people(
    clerk: APIClient, user: User, sign_in: SignIn, bearer: Bearer
) -> None:
    end, path = "2100-01-31T08:00:00Z", f"/users/{user.pk}"
    made = clerk.post("/users", {"email": "ada@example.com", "expires_at": end}).json()
    changed = clerk.patch(path, {"expires_at": "2100-01-31T09:00:00+01:00"}).json()
    assert made["expires_at"] == changed["expires_at"] == clerk.get(path).json()["expires_at"] == end
    assert {each["expires_at"] for each in listed(clerk, f"?search={user.email}")["results"]} == {end}
    assert clerk.patch(path, {"first_name": "Ada"}).json()["expires_at"] == end
    assert clerk.patch(path, {"expires_at": None}).json()["expires_at"] is None
    assert "expires_at" not in bearer(sign_in(user).access).get("/auth/user").json()


def test_nobody_makes_themselves_more_than_they_are(clerk: APIClient) -> None:
    me = clerk.get("/auth/user").json()["id"]
    for body in ({"is_superuser": True}, {"email": "other@example.com"}, {"is_staff": False}):
        assert_refused(clerk.patch(f"/users/{me}", body), 403, "permission_denied")


def test_sessions_are_seen_and_ended(sign_in: SignIn, bearer: Bearer, user: User) -> None:
    clerk = bearer(sign_in(make_staff("accounts.view_session", "accounts.delete_session")).access)
    theirs = bearer(sign_in(user).access)
    sign_in(user)
    body = clerk.get(f"/users/{user.pk}/sessions?limit=1").json()
    rest = clerk.get(body["next"]).json()
    own = theirs.get("/auth/sessions").json()["results"]
    without = [{name: value for name, value in each.items() if name != "current"} for each in own]
    assert [*body["results"], *rest["results"]] == without
    for _ in range(2):
        assert clerk.delete(f"/users/{user.pk}/sessions").status_code == 204
    assert clerk.get(f"/users/{user.pk}/sessions").json()["results"] == []
    assert_refused(clerk.get(f"/users/{uuid4()}/sessions"), 404, "not_found")
    assert_refused(clerk.delete(f"/users/{uuid4()}/sessions"), 404, "not_found")


@pytest.mark.django_db(transaction=True)
def test_a_token_is_refused_as_soon_as_its_session_was_ended(
    sign_in: SignIn, bearer: Bearer, api: APIClient, user: User
) -> None:
    root, token = bearer(sign_in(make_superuser()).access), {"token": sign_in(user).access}
    assert api.post("/auth/verify", token).status_code == 200
    assert root.delete(f"/users/{user.pk}/sessions").status_code == 204
    assert_refused(api.post("/auth/verify", token), 401, "session_revoked")


def test_a_mail_is_sent_and_says_nothing_to_whoever_asked(clerk: APIClient, user: User) -> None:
    answer = clerk.post(f"/users/{user.pk}/password-reset")
    assert (answer.status_code, answer.json()) == (202, {})
    assert codes.waiting() == [("reset_password", user.email)]
    assert_refused(clerk.post(f"/users/{uuid4()}/password-reset"), 404, "not_found")
    assert_refused(clerk.post(f"/users/{user.pk}/password-reset", {"password": "x"}), 400, "unknown_field")


def test_a_client_does_all_of_it_with_the_one_scope(user: User) -> None:
    service, path = service_clients.caller("users:admin"), f"/users/{user.pk}"
    assert emails(listed(service, f"?search={user.email}")) == [user.email]
    assert service.post("/users", {"email": "ada@example.com"}).status_code == 201
    assert service.patch(path, {"first_name": "Ben"}).status_code == 200
    assert service.get(f"{path}/sessions").status_code == 200
    assert service.delete(f"{path}/sessions").status_code == 204
    assert service.post(f"{path}/password-reset").status_code == 202
    reader = service_clients.caller("users:read")
    assert_refused(reader.get("/users"), 403, "insufficient_scope")
    assert reader.get(path).status_code == 200


def test_links_name_the_service_and_keep_the_question(clerk: APIClient, make_user: MakeUser) -> None:
    for number in range(3):
        make_user(f"ada+{number}@example.com")
    query = urlsplit(listed(clerk, "?search=ada%2B&limit=1&order=-email")["next"]).query
    assert "search=ada%2B" in query
    assert "order=-email" in query
