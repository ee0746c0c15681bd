"""A local row for everybody who calls: found by their id alone, filled with what they are, and nobody else's."""

from typing import Any

import pytest
from authservice_connector import callers, current, mirror, signals
from authservice_connector.asking import REMEMBERED_SECONDS
from authservice_connector.callers import DisabledHere, ServiceCaller
from authservice_connector.errors import CannotTell, SessionRevoked
from authservice_connector.models import RemoteUser
from django.contrib.auth import get_user_model
from django.db import models
from pytest_django import Settings

from tests.issuing import ISSUER, Later
from tests.service import Service

pytestmark = pytest.mark.django_db

User: Any = get_user_model()


def call(service: Service, user_id: str) -> Any:
    known = callers.identify(f"Bearer {service.token(user_id)}")
    assert known is not None
    return known[0]


def test_whoever_calls_first_gets_a_row_with_their_details(service: Service) -> None:
    person = service.register()
    user = call(service, person["id"])
    assert (user.email, user.first_name) == (person["email"], "Ada")
    assert (user.remote.issuer, user.remote.subject, user.remote.version) == (ISSUER, person["id"], 1)
    assert not user.has_usable_password()
    assert service.count("GET /auth/user") == 1


def test_the_second_call_asks_nobody(service: Service, django_assert_num_queries: Any) -> None:
    person = service.register()
    token = f"Bearer {service.token(person['id'])}"
    callers.identify(token)
    calls = len(service.calls)
    with django_assert_num_queries(1):
        callers.identify(token)
    assert len(service.calls) == calls


def test_privileges_elsewhere_are_none_here(service: Service) -> None:
    user = call(service, service.register(is_staff=True, groups=["admins"])["id"])
    assert not getattr(user, "is_staff", False)
    assert not getattr(user, "is_superuser", False)


def test_details_that_can_not_be_had_make_no_row(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    person = service.register()
    token = service.token(person["id"])
    service.is_down = True
    with pytest.raises(CannotTell):
        callers.identify(f"Bearer {token}")
    assert not User._default_manager.exists()


def test_details_of_somebody_else_make_no_row(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    person, other = service.register(), service.register()
    service.users[person["id"]] = other
    with pytest.raises(CannotTell):
        call(service, person["id"])
    assert not RemoteUser.objects.exists()


def test_an_address_takes_over_nobodys_row(service: Service) -> None:
    """Neither that of a user whom this service had before, nor that of somebody who had the address earlier."""
    local = User(email="ada@example.com")
    setattr(local, User.USERNAME_FIELD, "ada@example.com")
    local.save()
    user = call(service, service.register(email="ada@example.com")["id"])
    assert user.pk != local.pk
    assert user.remote.email == "ada@example.com"
    local.refresh_from_db()
    assert local.email == "ada@example.com"
    is_unique = User._meta.get_field("email").unique
    assert user.email == (f"{user.remote.subject}@auth.example.com.invalid" if is_unique else "ada@example.com")


def test_an_address_that_moves_on_moves_nobody(service: Service) -> None:
    first = call(service, service.register(email="ada@example.com")["id"])
    service.change(first.remote.subject, email="new@example.com")
    second = call(service, service.register(email="ada@example.com")["id"])
    assert first.pk != second.pk


def test_a_service_is_nobodys_row(service: Service) -> None:
    token = service.token("svc_b", client_id="svc_b", scope="orders:read", groups=None)
    known = callers.identify(f"Bearer {token}")
    assert known is not None
    assert known[0] == ServiceCaller("svc_b")
    assert not User._default_manager.exists()


def test_whom_this_service_has_disabled_stays_out(service: Service) -> None:
    user = call(service, service.register()["id"])
    user.is_active = False
    user.save()
    with pytest.raises(DisabledHere):
        call(service, user.remote.subject)


def test_an_older_copy_changes_nothing(service: Service) -> None:
    person = service.register(version=5)
    call(service, person["id"])
    remote = mirror.apply(ISSUER, person | {"version": 4, "first_name": "Eve"})
    assert (remote.version, remote.user.first_name) == (5, "Ada")


@pytest.mark.parametrize("broken", [{}, {"id": 7, "version": 1}, {"id": "a"}, {"id": "a", "version": "1"}])
def test_what_is_no_user_object_makes_no_row(service: Service, broken: dict[str, Any]) -> None:
    with pytest.raises(CannotTell):
        mirror.apply(ISSUER, broken)
    assert not RemoteUser.objects.exists()


def test_what_the_service_writes_meanwhile_outlives_a_deletion(service: Service) -> None:
    """In a field of its own, of a row that was read before."""
    remote = mirror.apply(ISSUER, service.register(), settled=True)
    remote.user.set_password("of their own")
    remote.user.save()
    assert remote.user.last_login is None  # as it was read
    User._default_manager.update(last_login="2026-01-01T00:00:00Z")
    mirror.remove(remote)
    user = User._default_manager.get()
    assert user.last_login is not None
    assert (user.first_name, user.is_active, user.has_usable_password()) == ("", False, False)


def test_a_value_that_does_not_fit_leaves_the_field_as_it_was(service: Service) -> None:
    longest = User._meta.get_field("first_name").max_length
    user = call(service, service.register(first_name="A" * (longest + 1))["id"])
    assert user.first_name == ""
    assert user.remote.profile["first_name"] == "A" * (longest + 1)


def test_an_address_that_does_not_fit_is_none_and_never_the_one_before(service: Service) -> None:
    remote = mirror.apply(ISSUER, service.register(email="ada@example.com"), settled=True)
    long = "a" * 300 + "@example.com"
    remote = mirror.apply(ISSUER, service.users[remote.subject] | {"email": long, "version": 2}, settled=True)
    remote.user.refresh_from_db()
    assert remote.email == long
    assert remote.user.email in ("", f"{remote.subject}@auth.example.com.invalid")


def test_a_value_that_is_gone_there_is_gone_here_where_the_field_can_be_empty(
    service: Service, settings: Settings
) -> None:
    settings.AUTHSERVICE = settings.AUTHSERVICE | {"PROFILE": {"first_name": "first_name", "last_login": "seen"}}
    remote = mirror.apply(ISSUER, service.register(), settled=True)
    User._default_manager.update(last_login="2026-01-01T00:00:00Z")
    details = service.users[remote.subject]
    mirror.apply(ISSUER, details | {"version": 2}, settled=True)
    remote.user.refresh_from_db()
    assert remote.user.last_login  # nothing was said of it
    mirror.apply(ISSUER, details | {"version": 3, "seen": None, "first_name": None}, settled=True)
    remote.user.refresh_from_db()
    after = User._default_manager.get()
    assert (after.last_login, after.first_name) == (None, "Ada")


@pytest.fixture
def without_credentials(settings: Settings, service: Service) -> None:
    """Each token is asked about, and the answer brings the details along."""
    settings.AUTHSERVICE = {name: value for name, value in settings.AUTHSERVICE.items() if "CLIENT" not in name}
    current.reset()


@pytest.mark.usefixtures("without_credentials")
def test_without_credentials_the_details_come_with_the_answer(service: Service, later: Later) -> None:
    person = service.register()
    token = f"Bearer {service.token(person['id'])}"

    def first_name() -> str:
        known: Any = callers.identify(token)
        return str(known[0].first_name)

    assert first_name() == "Ada"
    service.users[person["id"]] |= {"first_name": "Augusta", "version": 2}
    assert first_name() == "Ada"
    later(REMEMBERED_SECONDS)
    assert first_name() == "Augusta"
    assert set(service.calls[-2:]) == {"POST /auth/verify"}


@pytest.mark.usefixtures("without_credentials")
@pytest.mark.parametrize("is_known", [True, False])
def test_an_answer_that_tells_of_somebody_else_makes_no_row_and_changes_none(service: Service, is_known: bool) -> None:
    person, other = service.register(), service.register(first_name="Eve", version=2)
    if is_known:
        mirror.apply(ISSUER, service.users[person["id"]], settled=True)
    service.users[person["id"]] = other
    with pytest.raises(CannotTell):
        call(service, person["id"])
    assert RemoteUser.objects.filter(subject=person["id"], version=1).count() == RemoteUser.objects.count() == is_known


@pytest.mark.usefixtures("without_credentials")
def test_details_that_come_with_an_answer_bring_nobody_back_who_was_deleted(service: Service) -> None:
    """Only a lookup does, which is asked of the log's own auth service and knows who is deleted."""
    remote = mirror.apply(ISSUER, service.register(email="ada@example.com"), settled=True)
    mirror.remove(remote)
    RemoteUser.objects.update(deleted_at="2020-01-01T00:00:00Z")
    service.users[remote.subject]["version"] = 2
    with pytest.raises(CannotTell):
        call(service, remote.subject)
    remote = RemoteUser.objects.select_related("user").get()
    assert remote.deleted_at is not None
    assert (remote.email, remote.user.is_active) == ("", False)
    assert remote.user.email != "ada@example.com"


@pytest.mark.parametrize("on_deletion", ["anonymise", "delete"])
def test_who_is_removed_leaves_nothing_behind(service: Service, settings: Settings, on_deletion: str) -> None:
    settings.AUTHSERVICE = settings.AUTHSERVICE | {"ON_DELETION": on_deletion}
    heard: list[str] = []
    person = service.register(first_name="Augusta")
    user = call(service, person["id"])
    token = service.token(person["id"])

    def receive(remote: RemoteUser, user: models.Model, **_: object) -> None:
        heard.append(f"{remote.subject} {getattr(user, 'first_name', '')}")

    signals.user_deleted.connect(receive)
    mirror.remove(user.remote)
    signals.user_deleted.disconnect(receive)
    assert heard == [f"{person['id']} Augusta"]
    assert User._default_manager.filter(pk=user.pk).exists() == (on_deletion == "anonymise")
    left = " ".join(
        str(value) for model in (User, RemoteUser) for row in model._default_manager.values() for value in row.values()
    )
    assert "Augusta" not in left
    assert person["email"] not in left
    if on_deletion == "anonymise":
        with pytest.raises(SessionRevoked):
            callers.identify(f"Bearer {token}")
