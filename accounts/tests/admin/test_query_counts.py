"""What each page of the admin costs in queries, committed; however much is on it."""

from typing import Any, Final

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts import clock
from accounts.models import KeyPurpose, MailKind, ServiceClient, SigningKey, User
from accounts.principals import Origin, System
from accounts.services import mailing
from accounts.services.deleting import deletion
from accounts.services.signing_keys import keys
from accounts.tests.admin.conftest import enter
from accounts.tests.architecture.test_query_counts import ADMIN, committed, count
from accounts.tests.support import audit_trail, consumers, service_clients
from accounts.tests.support.factories import MakeUser

OPERATOR: Final = System("test")
LISTS: Final = (
    "user",
    "serviceclient",
    "signingkey",
    "deletion",
    "deletion/?state=put_off",
    "deletion/?state=completed",
    "deletionconsumer",
    "mail",
    "auditevent",
    "auditevent/?type=logout",
    "auditbatch",
)


def counted(admin: Any, **pages: str) -> dict[str, int]:
    return {f"GET /admin/{name}": count(admin, "get", f"/admin/{path}") for name, path in pages.items()}


def fill(make_user: MakeUser) -> User:
    """A few of everything; somebody who is being deleted."""
    audit_trail.append(5)
    audit_trail.wait()
    group = Group.objects.create(name=f"writers {User.objects.count()}")
    for _ in range(5):
        group.user_set.add(make_user())
        consumers.make(service_clients.make(holds_personal_data=False).client.pk)
        mailing.enqueue(MailKind.PASSWORD_CHANGED, address="ada@example.com")
    gone = make_user()
    deletion.request(gone.pk, actor=OPERATOR, origin=Origin())
    return gone


@pytest.mark.django_db(transaction=True)
def test_pages_of_the_admin_cost_the_committed_number_of_queries(
    root: User, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: 1000.0)  # what is remembered does not age, however slow the machine
    keys.get_ready()
    admin: Client = enter(root)
    admin.get("/admin/")  # the end of the log is looked for once
    for _ in range(2):  # as much again, for as many queries
        gone = fill(make_user)
        key = SigningKey.objects.filter(purpose=KeyPurpose.ACCESS).latest("published_at").kid
        whom, client = make_user().pk, ServiceClient.objects.latest("created_at").pk
        pages = {"": "", **{name: f"accounts/{name if '?' in name else f'{name}/'}" for name in LISTS}}
        pages |= {
            "user/{id}": f"accounts/user/{whom}/change/",
            "serviceclient/{id}": f"accounts/serviceclient/{client}/change/",
            "deletion/{user_id}": f"accounts/deletion/{gone.pk}/change/",
            "signingkey/{kid}/delete": f"accounts/signingkey/{key}/delete/",
            "group": "auth/group/",
        }
        assert counted(admin, **pages) == committed(ADMIN)
