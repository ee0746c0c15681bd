"""Rules of the pages about groups."""

from typing import Final

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client

from accounts.models import Notice, NoticeType, User
from accounts.tests.admin.conftest import enter
from accounts.tests.support.staff import make_staff

LIST: Final = "/admin/auth/group/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def writers() -> Group:
    return Group.objects.create(name="writers")


def test_a_group_is_made(admin: Client) -> None:
    assert admin.post(f"{LIST}add/", {"name": "writers"})["Location"] == LIST
    assert Group.objects.get().name == "writers"
    assert "writers" in admin.get(LIST).content.decode()


@pytest.mark.parametrize("name", ["", " writers", "writ\u200bers\x07", "x" * 151, "writers"])
def test_a_name_that_does_not_fit_is_said_at_its_field(admin: Client, writers: Group, name: str) -> None:
    answer = admin.post(f"{LIST}add/", {"name": name})
    assert answer.status_code == 400
    assert answer.context["form"].errors.keys() == {"name"}
    assert Group.objects.count() == 1


def test_a_new_name_is_told_to_other_services(admin: Client, writers: Group) -> None:
    assert admin.post(f"{LIST}{writers.pk}/change/", {"name": "authors"}).status_code == 302
    assert Group.objects.get().name == "authors"
    assert Notice.objects.filter(type=NoticeType.GROUP_CHANGED).count() == 1


def test_a_group_is_deleted(admin: Client, writers: Group, user: User) -> None:
    user.groups.add(writers)
    assert admin.post(f"{LIST}{writers.pk}/delete/")["Location"] == LIST
    assert not Group.objects.exists()
    assert User.objects.filter(pk=user.pk).exists()


def test_nobody_deletes_a_group_that_permits_more_than_they_may(writers: Group) -> None:
    writers.permissions.add(Permission.objects.get(codename="delete_user"))
    clerk = enter(make_staff("accounts.view_user", "auth.delete_group"))
    answer = clerk.post(f"{LIST}{writers.pk}/delete/")
    assert answer.status_code == 403
    assert "accounts.delete_user" in answer.content.decode()
    assert Group.objects.exists()


def test_what_a_group_permits_is_shown(admin: Client, writers: Group) -> None:
    writers.permissions.add(Permission.objects.get(codename="view_user"))
    for path in (LIST, f"{LIST}{writers.pk}/change/"):
        assert "accounts.view_user" in admin.get(path).content.decode()


@pytest.mark.parametrize("unknown", ["0", "x", "9999999999", "1.5", "%00"])
def test_no_group_is_found_that_is_not_there(admin: Client, unknown: str) -> None:
    for name in ("change", "delete"):
        assert admin.get(f"{LIST}{unknown}/{name}/").status_code == 404
