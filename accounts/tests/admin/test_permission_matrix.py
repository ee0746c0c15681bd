"""Every page of the admin against nobody, a user, staff with every other permission, and staff with the one it takes.

The pages are read from the site: one that is not listed here fails. Whatever they are asked about is not there, so that
who may gets a page or "not found", and who may not is refused before they learn which.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import URLPattern, get_resolver

from accounts.models import User
from accounts.policy import PERMISSIONS, Action
from accounts.tests.admin.conftest import LOGIN, enter
from accounts.tests.support import factories

pytestmark = pytest.mark.django_db

OPEN_TO_STAFF: Final = frozenset({"index"})
"""Each part of the overview asks by itself."""
OUTSIDE: Final = frozenset({"login", "logout"})
NOWHERE: Final = frozenset({"history"})
"""Of every model: Django's own, which are not found here."""

GET: Final[dict[str, Action]] = {
    "accounts_user_changelist": Action.LIST_USERS,
    "accounts_user_add": Action.CREATE_USER,
    "accounts_user_change": Action.READ_USERS,
    "accounts_user_delete": Action.DELETE_USER,
    "accounts_user_suspend": Action.SUSPEND_USER,
    "accounts_user_reinstate": Action.REINSTATE_USER,
    "accounts_user_mail_password": Action.SEND_PASSWORD_MAIL,
    "accounts_user_end_sessions": Action.END_SESSIONS,
    "auth_group_changelist": Action.LIST_USERS,
    "auth_group_add": Action.CREATE_GROUP,
    "auth_group_change": Action.LIST_USERS,
    "auth_group_delete": Action.DELETE_GROUP,
    "accounts_serviceclient_changelist": Action.READ_CLIENTS,
    "accounts_serviceclient_add": Action.CREATE_CLIENT,
    "accounts_serviceclient_change": Action.READ_CLIENTS,
    "accounts_serviceclient_delete": Action.DELETE_CLIENT,
    "accounts_serviceclient_disable": Action.CHANGE_CLIENT,
    "accounts_serviceclient_enable": Action.CHANGE_CLIENT,
    "accounts_serviceclient_end_tokens": Action.CHANGE_CLIENT,
    "accounts_serviceclient_add_secret": Action.CHANGE_CLIENT,
    "accounts_serviceclient_replace_secrets": Action.CHANGE_CLIENT,
    "accounts_serviceclient_revoke_secret": Action.CHANGE_CLIENT,
    "accounts_signingkey_changelist": Action.READ_KEYS,
    "accounts_signingkey_rotate": Action.ROTATE_KEYS,
    "accounts_signingkey_delete": Action.WITHDRAW_KEY,
    "accounts_deletion_changelist": Action.READ_DELETION,
    "accounts_deletion_change": Action.READ_DELETION,
    "accounts_deletion_force": Action.FORCE_DELETION,
    "accounts_deletionconsumer_changelist": Action.READ_DELETION,
    "accounts_mail_changelist": Action.READ_MAILS,
    "accounts_auditevent_changelist": Action.READ_AUDIT,
    "accounts_auditbatch_changelist": Action.READ_AUDIT,
}
POST: Final[dict[str, Action]] = GET | {
    "accounts_user_change": Action.CHANGE_USER,
    "auth_group_change": Action.RENAME_GROUP,
    "accounts_serviceclient_change": Action.CHANGE_CLIENT,
}
"""Where that takes another right than looking."""
BESIDE: Final[dict[str, set[str]]] = {
    # To see whom one does something to.
    name: {"accounts.view_user"}
    for name in GET
    if name.startswith("accounts_user_")
} | {
    **{name: {"accounts.view_serviceclient"} for name in GET if name.startswith("accounts_serviceclient_")},
    "accounts_signingkey_delete": {"accounts.view_signingkey"},
}


@cache
def paths() -> dict[str, str]:
    """By name."""
    return dict(_paths())


def _paths() -> Iterator[tuple[str, str]]:
    for pattern in get_resolver("accounts.admin.urls").url_patterns:
        for each in getattr(pattern, "url_patterns", [pattern]):
            assert isinstance(each, URLPattern)
            if each.name is None:  # Django's old addresses, which lead to the page, and the catch-all
                continue
            route = ("" if each is pattern else str(pattern.pattern)) + str(each.pattern)
            filled = route.replace("<uuid:secret_id>", str(uuid4())).replace("<str:purpose>", "access")
            yield each.name, "/admin/" + re.sub(r"<[^>]+>", str(uuid4()), filled)


def matters() -> list[str]:
    return sorted(name for name in paths() if not name.endswith(tuple(NOWHERE)) and name in GET)


def staff(permissions: set[str]) -> Client:
    clerk = factories.make_user(is_staff=True)
    every = Permission.objects.select_related("content_type")
    clerk.user_permissions.set(
        each for each in every if f"{each.content_type.app_label}.{each.codename}" in permissions
    )
    return enter(clerk)


def test_every_page_is_listed() -> None:
    rooms = {name.rpartition("_")[0] for name in GET if name.endswith("changelist")}
    unreachable = {f"{room}_{page}" for room in rooms for page in ("add", "change", "delete", "history")} - GET.keys()
    assert paths().keys() == GET.keys() | OPEN_TO_STAFF | OUTSIDE | unreachable | {"app_list"}


def test_a_page_that_a_room_does_not_have_is_not_found(admin: Client) -> None:
    for name, path in paths().items():
        if name not in GET.keys() | OPEN_TO_STAFF | OUTSIDE | {"app_list"}:
            assert admin.get(path).status_code == 404, name
            assert admin.post(path).status_code == 404, name


@pytest.mark.parametrize("name", matters())
def test_nobody_is_sent_to_the_login(name: str) -> None:
    for answer in (Client().get(paths()[name]), Client().post(paths()[name])):
        assert answer.status_code == 302
        assert answer["Location"].startswith(LOGIN)


@pytest.mark.parametrize("name", matters())
def test_every_other_permission_does_not_do(name: str, user: User) -> None:
    for method, needed in (("get", GET[name]), ("post", POST[name])):
        clerk = staff({*PERMISSIONS.values()} - {PERMISSIONS[needed]})
        answer = getattr(clerk, method)(paths()[name])
        assert answer.status_code == 403, method
        assert PERMISSIONS[needed] in answer.content.decode()


@pytest.mark.parametrize("name", matters())
def test_the_permission_that_it_takes_does(name: str) -> None:
    for method, needed in (("get", GET[name]), ("post", POST[name])):
        clerk = staff({PERMISSIONS[needed]} | BESIDE.get(name, set()))
        assert getattr(clerk, method)(paths()[name]).status_code in {200, 302, 400, 404}, method
