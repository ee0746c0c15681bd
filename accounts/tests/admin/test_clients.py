"""Rules of the pages about service clients: a secret is shown once, in the very answer, and kept by nobody."""

import html
import re
from typing import Final

import pytest
from django.test import Client

from accounts.models import AuditEvent, ClientSecret, DeletionConsumer, ServiceClient
from accounts.services.clients import client_secrets
from accounts.services.clients.clients import NewSecret
from accounts.tests.admin.conftest import enter
from accounts.tests.support import service_clients
from accounts.tests.support.staff import make_staff

LIST: Final = "/admin/accounts/serviceclient/"
SECRET: Final = re.compile(r"authservice_secret_[\w-]+")

pytestmark = pytest.mark.django_db


@pytest.fixture
def made() -> NewSecret:
    return service_clients.make("users:read")


def page_of(client: ServiceClient, name: str = "change") -> str:
    return f"{LIST}{client.pk}/{name}/"


def shown_in(answer: object) -> str:
    """The one secret of a page that nobody keeps."""
    assert answer.status_code == 200  # type: ignore[attr-defined]
    assert answer["Cache-Control"] == "no-store"  # type: ignore[index]
    assert "admin-notes" not in answer.cookies  # type: ignore[attr-defined]
    (secret,) = SECRET.findall(answer.content.decode())  # type: ignore[attr-defined]
    return str(secret)


def is_live(client: ServiceClient, secret: str) -> bool:
    live = ClientSecret.objects.live().filter(client=client)
    return any(client_secrets.matches(secret, row.digest) for row in live)


def test_a_new_client_shows_its_secret_once(admin: Client) -> None:
    form = {"name": "Orders", "scopes": "users:read\nnotices:read", "holds_personal_data": "on"}
    secret = shown_in(admin.post(f"{LIST}add/", form))
    client = ServiceClient.objects.get()
    assert (client.name, client.scopes, client.holds_personal_data) == ("Orders", ["notices:read", "users:read"], True)
    assert is_live(client, secret)
    assert DeletionConsumer.objects.filter(pk=client.pk).exists()
    for path in (LIST, page_of(client)):
        assert not SECRET.search(admin.get(path).content.decode())


@pytest.mark.parametrize(
    ("field", "value"), [("name", ""), ("name", "x" * 101), ("scopes", 'quo"ted'), ("scopes", "x" * 101)]
)
def test_what_does_not_fit_stands_at_its_field(admin: Client, field: str, value: str) -> None:
    answer = admin.post(f"{LIST}add/", {"name": "Orders", "scopes": "users:read"} | {field: value})
    assert answer.status_code == 400
    assert answer.context["form"].errors.keys() == {field}
    assert not ServiceClient.objects.exists()


def test_clients_are_listed_newest_first(admin: Client, made: NewSecret) -> None:
    other = service_clients.make("notices:read").client
    page = admin.get(LIST).content.decode()
    assert page.index(other.pk) < page.index(made.client.pk)


def test_a_change_is_made_by_the_service(admin: Client, made: NewSecret) -> None:
    sent = {"name": "Renamed", "initial-name": made.client.name, "scopes": "", "initial-scopes": "users:read"}
    assert admin.post(page_of(made.client), sent).status_code == 302
    changed = ServiceClient.objects.get()
    assert (changed.name, changed.scopes) == ("Renamed", [])
    assert changed.epoch != made.client.epoch  # it lost a scope
    assert AuditEvent.objects.filter(type="client.changed").count() == 1


def test_what_changed_elsewhere_meanwhile_stays(admin: Client, made: NewSecret) -> None:
    ServiceClient.objects.update(scopes=["notices:read", "users:read"])
    sent = {
        "name": "Renamed",
        "initial-name": made.client.name,
        "scopes": "users:read",
        "initial-scopes": "users:read",
    }
    assert admin.post(page_of(made.client), sent).status_code == 302
    assert ServiceClient.objects.get().scopes == ["notices:read", "users:read"]


def test_a_client_is_disabled_and_enabled(admin: Client, made: NewSecret) -> None:
    for name, is_active in (("disable", False), ("enable", True)):
        assert admin.post(page_of(made.client, name)).status_code == 302
        assert ServiceClient.objects.get().is_active is is_active


def test_its_tokens_are_ended(admin: Client, made: NewSecret) -> None:
    assert admin.post(page_of(made.client, "end_tokens")).status_code == 302
    assert ServiceClient.objects.get().epoch != made.client.epoch


def test_a_second_secret_is_shown_beside_the_first(admin: Client, made: NewSecret) -> None:
    second = shown_in(admin.post(page_of(made.client, "add_secret")))
    assert is_live(made.client, made.secret)
    assert is_live(made.client, second)


def test_a_third_secret_is_refused(admin: Client, made: NewSecret) -> None:
    admin.post(page_of(made.client, "add_secret"))
    answer = admin.post(page_of(made.client, "add_secret"))
    assert answer.status_code == 409
    assert "at most two live secrets" in answer.content.decode()


def test_a_new_secret_replaces_all(admin: Client, made: NewSecret) -> None:
    second = shown_in(admin.post(page_of(made.client, "replace_secrets")))
    assert not is_live(made.client, made.secret)
    assert is_live(made.client, second)


def test_a_secret_is_revoked(admin: Client, made: NewSecret) -> None:
    revoke = f"{LIST}{made.client.pk}/secrets/{made.row.pk}/revoke/"
    assert revoke in admin.get(page_of(made.client)).content.decode()
    assert admin.post(revoke).status_code == 302
    assert not is_live(made.client, made.secret)
    assert admin.post(revoke).status_code == 404


def test_a_client_is_removed(admin: Client, made: NewSecret) -> None:
    assert admin.post(page_of(made.client, "delete"))["Location"] == LIST
    assert not ServiceClient.objects.exists()


def test_nothing_is_done_by_a_link(admin: Client, made: NewSecret) -> None:
    for name in ("disable", "enable", "end_tokens", "add_secret", "replace_secrets", "delete"):
        assert made.client.name in html.unescape(admin.get(page_of(made.client, name)).content.decode())
    assert ClientSecret.objects.count() == 1
    assert ServiceClient.objects.get().is_active


def test_nobody_makes_a_client_that_may_do_more_than_they_may() -> None:
    clerk = enter(make_staff("accounts.add_serviceclient", "accounts.view_serviceclient"))
    answer = clerk.post(f"{LIST}add/", {"name": "Orders", "scopes": "users:admin"})
    assert answer.status_code == 403
    assert "ask a superuser" in answer.content.decode()
    assert 'value="Orders"' in answer.content.decode()
    assert not ServiceClient.objects.exists()


@pytest.mark.parametrize("unknown", ["svc_none", "1", "%00"])
def test_no_client_is_found_that_is_not_there(admin: Client, unknown: str) -> None:
    for name in ("change", "disable", "delete"):
        assert admin.get(f"{LIST}{unknown}/{name}/").status_code == 404
