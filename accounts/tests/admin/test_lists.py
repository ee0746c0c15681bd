"""The lists of the admin: each place in one is found again, and what there is not to ask for is refused."""

import html
import re
from typing import Final

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts.admin import keyset

PEOPLE: Final = "/admin/accounts/user/"
AUDIT: Final = "/admin/accounts/auditevent/"
GROUPS: Final = "/admin/auth/group/"
CLIENTS: Final = "/admin/accounts/serviceclient/"
BY_PLACE: Final = [
    GROUPS, CLIENTS, "/admin/accounts/deletion/", "/admin/accounts/mail/", "/admin/accounts/auditbatch/",
]  # fmt: skip

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("path", "place"),
    [(GROUPS, "\0"), (GROUPS, "writers\0"), (CLIENTS, "2020-01-01T00:00:00+00:00~\0"), (GROUPS, "a\u2028b")],
)
def test_a_place_that_no_value_can_be_is_refused(admin: Client, path: str, place: str) -> None:
    """PostgreSQL takes no NUL."""
    assert admin.get(path, {"behind": place}).status_code == 400


def test_a_name_may_have_what_stands_between_the_values_of_a_place(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyset, "ROWS", 1)
    names = ["a~b", "a~b~c", "b", "~"]
    for name in names:
        Group.objects.create(name=name)
    seen: list[str] = []
    following: str | None = ""
    while following is not None:
        page = admin.get(f"{GROUPS}{following}")
        assert page.status_code == 200
        seen += re.findall(r'class="text-link" href="/admin/auth/group/[^"]+">([^<]+)</a>', page.content.decode())
        following = page.context["next_url"]
    assert sorted(map(html.unescape, seen)) == names


@pytest.mark.parametrize(
    "query", ["?is_activ=false", "?actro=x", "?is_active=false&page=2", "?_popup=1", "?cursor=x&behind=x"]
)
@pytest.mark.parametrize("path", [PEOPLE, AUDIT])
def test_a_filter_that_there_is_not_is_refused_and_lists_nobody(admin: Client, path: str, query: str) -> None:
    """It would list everybody."""
    answer = admin.get(path + query)
    assert answer.status_code == 400
    assert "There is no such filter" in answer.content.decode()
    assert not answer.context["table"]["rows"]


@pytest.mark.parametrize(
    ("path", "name"), [(PEOPLE, "is_active"), (PEOPLE, "cursor"), (AUDIT, "type"), (AUDIT, "behind")]
)
def test_of_a_filter_that_is_there_twice_none_is_lost(admin: Client, path: str, name: str) -> None:
    answer = admin.get(f"{path}?{name}=&{name}=")
    assert answer.status_code == 400
    assert f"{name}: Say it once." in answer.content.decode()


@pytest.mark.parametrize("path", BY_PLACE)
def test_where_there_is_nothing_to_filter_by_every_name_is_refused(admin: Client, path: str) -> None:
    answer = admin.get(f"{path}?is_active=false")
    assert answer.status_code == 400
    assert "is_active: There is no such filter." in answer.content.decode()
    assert admin.get(path).status_code == 200
