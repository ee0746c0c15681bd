"""`GET` and `PATCH /auth/user`."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from rest_framework.test import APIClient

from accounts.models import AuditEvent, User
from accounts.tests.support.refusals import assert_refused

pytestmark = pytest.mark.django_db


def test_the_caller_learns_who_they_are(signed_in: APIClient, user: User) -> None:
    user.groups.set([Group.objects.create(name=name) for name in ("writers", "admins")])
    answer = signed_in.get("/auth/user")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json()
    assert (body["id"], body["email"], body["groups"]) == (str(user.pk), user.email, ["admins", "writers"])
    assert body["date_joined"].endswith("Z")


def test_without_a_token_nobody_is_known(api: APIClient) -> None:
    for method in ("get", "patch"):
        answer = getattr(api, method)("/auth/user")
        assert_refused(answer, 401, "not_authenticated")
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="authservice"'


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"first_name": "Ada"}, {"first_name": "Ada", "last_name": "L", "version": 2}),
        ({"first_name": "  Ada  "}, {"first_name": "Ada", "version": 2}),
        (
            {"first_name": "", "last_name": "Åsa 👩‍💻 Ωmega"},
            {"first_name": "", "last_name": "Åsa 👩‍💻 Ωmega", "version": 2},
        ),
        ({"phone_number": "+49 30 901820"}, {"phone_number": "+4930901820", "version": 2}),
        ({"phone_number": ""}, {"phone_number": "", "version": 2}),
        ({}, {"first_name": "F", "last_name": "L", "version": 1}),
    ],
)
def test_what_is_sent_changes_and_what_is_not_stays(
    signed_in: APIClient, user: User, changes: dict[str, Any], found: dict[str, Any]
) -> None:
    User.objects.filter(pk=user.pk).update(first_name="F", last_name="L", phone_number="+12025550123")
    answer = signed_in.patch("/auth/user", changes)
    assert answer.status_code == 200
    body = answer.json()
    assert {name: body[name] for name in found} == found
    assert signed_in.get("/auth/user").json() == body


def test_a_change_is_recorded_by_the_names_of_its_fields_alone(signed_in: APIClient, user: User) -> None:
    signed_in.patch("/auth/user", {"last_name": "Lovelace", "first_name": "Ada"})
    event = AuditEvent.objects.get(type="user.updated")
    assert (event.subject, event.actor, event.data) == (user.pk, str(user.pk), {"fields": "first_name last_name"})


@pytest.mark.parametrize("field", ["email", "is_active", "is_staff", "groups", "password", "version", "id"])
def test_nothing_else_can_be_set(signed_in: APIClient, user: User, field: str) -> None:
    assert_refused(signed_in.patch("/auth/user", {field: True, "first_name": "Ada"}), 400, "unknown_field")
    assert User.objects.values_list("first_name", "version").get(pk=user.pk) == ("", 1)


def test_a_name_may_have_150_characters(signed_in: APIClient) -> None:
    assert signed_in.patch("/auth/user", {"first_name": "ü" * 150}).status_code == 200
    assert_refused(signed_in.patch("/auth/user", {"first_name": "ü" * 151}), 400, "invalid_input")
