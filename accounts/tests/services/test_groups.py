"""Groups, and who is in them: everybody who keeps a copy hears of each change, and verify tells the present."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import Group, Permission

from accounts.errors import InvalidInput, NotFound, PermissionDenied
from accounts.models import AuditEvent, Notice, User
from accounts.principals import Origin, System, UserPrincipal
from accounts.services import groups, identification, memberships
from accounts.tests.support.factories import Tokens
from accounts.tests.support.staff import make_staff, make_superuser

pytestmark = pytest.mark.django_db

BY: dict[str, Any] = {"actor": System("test"), "origin": Origin()}


def by(user: User) -> dict[str, Any]:
    return {"actor": UserPrincipal(user_id=user.pk, session_id=uuid4()), "origin": Origin()}


@pytest.fixture
def editors(db: None) -> Group:
    return groups.create("editors", **BY)


def told() -> list[tuple[str, str, dict[str, Any]]]:
    found = Notice.objects.order_by("seq", "occurred_at")
    return [(notice.type, notice.subject, notice.data) for notice in found]


def groups_at_present(tokens: Tokens) -> list[str]:
    return identification.identify(tokens.access).as_answer()["groups"]  # type: ignore[no-any-return]


@pytest.mark.django_db(transaction=True)
def test_verify_tells_the_new_name_at_once(user: User, tokens: Tokens) -> None:
    groups.create("editors", **BY)
    memberships.add(user.pk, ["editors"], **BY)
    assert groups_at_present(tokens) == ["editors"]
    groups.rename("editors", new_name="authors", **BY)
    assert groups_at_present(tokens) == ["authors"]
    groups.delete("authors", **BY)
    assert groups_at_present(tokens) == []


def test_a_renaming_is_in_the_log(editors: Group) -> None:
    assert told() == []
    assert groups.rename("editors", new_name="authors", **BY).name == "authors"
    assert told() == [("group.changed", str(editors.pk), {"name": "editors", "new_name": "authors"})]
    assert Group.objects.get().name == "authors"


def test_a_deletion_is_in_the_log_and_its_members_stay(user: User, editors: Group) -> None:
    user.groups.add(editors)
    groups.delete("editors", **BY)
    assert told() == [("group.changed", str(editors.pk), {"name": "editors", "new_name": None})]
    assert not Group.objects.exists()
    assert User.objects.get() == user


def test_the_same_name_is_no_change(editors: Group) -> None:
    groups.rename("editors", new_name="editors", **BY)
    assert told() == []


def test_a_name_belongs_to_one_group(editors: Group) -> None:
    groups.create("authors", **BY)
    acts: list[Callable[[], object]] = [
        lambda: groups.create("editors", **BY),
        lambda: groups.rename("authors", new_name="editors", **BY),
    ]
    for act in acts:
        with pytest.raises(InvalidInput) as refused:
            act()
        assert [(error.field, error.code) for error in refused.value.errors] == [("name", "unique")]
    assert set(Group.objects.values_list("name", flat=True)) == {"editors", "authors"}
    assert told() == []


@pytest.mark.parametrize("name", ["", " editors", "editors ", "a\nb", "\0", "\ud800", "x" * 151])
def test_a_name_is_a_line(editors: Group, name: str) -> None:
    acts: list[Callable[[], object]] = [
        lambda: groups.create(name, **BY),
        lambda: groups.rename("editors", new_name=name, **BY),
    ]
    for act in acts:
        with pytest.raises(InvalidInput):
            act()


def test_there_is_no_such_group(user: User) -> None:
    for act in (lambda: groups.rename("nobody", new_name="x", **BY), lambda: groups.delete("nobody", **BY)):
        with pytest.raises(NotFound):
            act()
    for change in (memberships.assign, memberships.add, memberships.remove):
        with pytest.raises(InvalidInput, match="errors") as refused:
            change(user.pk, ["nobody"], **BY)
        assert [(error.field, error.code) for error in refused.value.errors] == [("groups", "does_not_exist")]


def test_a_users_groups_are_set_added_to_and_taken_from(user: User) -> None:
    for name in ("a", "b", "c"):
        groups.create(name, **BY)
    assert memberships.assign(user.pk, ["a", "b"], **BY).group_names == ["a", "b"]
    assert memberships.add(user.pk, ["b", "c"], **BY).group_names == ["a", "b", "c"]
    assert memberships.remove(user.pk, ["a", "c"], **BY).group_names == ["b"]
    assert memberships.assign(user.pk, ["c"], **BY).group_names == ["c"]
    assert memberships.assign(user.pk, [], **BY).group_names == []


def test_each_change_is_in_the_log_with_its_version(user: User, editors: Group) -> None:
    version = memberships.add(user.pk, ["editors"], **BY).version
    assert version == user.version + 1
    assert told() == [("user.updated", str(user.pk), {"version": version})]
    event = AuditEvent.objects.get(type="user.updated")
    assert (event.actor, event.subject) == ("system:test", user.pk)
    assert event.data == {"fields": "groups", "joined": ["editors"], "left": []}


def test_the_audit_names_the_groups_that_were_joined_and_left(user: User) -> None:
    for name in ("a", "b", "of two words", "d"):
        groups.create(name, **BY)
    memberships.assign(user.pk, ["b", "a"], **BY)
    memberships.assign(user.pk, ["a", "of two words", "d"], **BY)
    memberships.remove(user.pk, ["d"], **BY)
    events = AuditEvent.objects.filter(type="user.updated").order_by("pk")
    assert [(event.data["joined"], event.data["left"]) for event in events] == [
        (["a", "b"], []),
        (["d", "of two words"], ["b"]),
        ([], ["d"]),
    ]


def test_what_changes_nothing_is_told_to_nobody(user: User, editors: Group) -> None:
    user.groups.add(editors)
    groups.create("authors", **BY)
    memberships.assign(user.pk, ["editors"], **BY)
    memberships.add(user.pk, ["editors"], **BY)
    memberships.remove(user.pk, ["authors"], **BY)
    assert told() == []
    assert User.objects.get().version == user.version


def test_nobody_who_is_gone_is_put_into_a_group(user: User, editors: Group) -> None:
    User.objects.update(deletion_requested_at="2030-01-01T00:00:00Z")
    for user_id in (user.pk, UUID(int=1)):
        with pytest.raises(NotFound):
            memberships.add(user_id, ["editors"], **BY)


def test_each_needs_its_permission(user: User, editors: Group) -> None:
    stranger, clerk = by(make_staff()), by(make_staff("auth.add_group", "auth.change_group", "auth.delete_group"))
    for act in (
        lambda who: groups.create("authors", **who),
        lambda who: groups.rename("authors", new_name="writers", **who),
        lambda who: groups.delete("writers", **who),
    ):
        with pytest.raises(PermissionDenied):
            act(stranger)
        act(clerk)
    with pytest.raises(PermissionDenied, match=r"accounts\.change_user"):
        memberships.add(user.pk, ["editors"], **clerk)
    assert memberships.add(user.pk, ["editors"], **by(make_staff("accounts.change_user"))).group_names == ["editors"]


def test_nobody_but_a_superuser_puts_themselves_into_a_group(editors: Group) -> None:
    clerk, root = make_staff("accounts.change_user"), make_superuser()
    with pytest.raises(PermissionDenied, match="their own groups"):
        memberships.add(clerk.pk, ["editors"], **by(clerk))
    assert memberships.add(root.pk, ["editors"], **by(root)).group_names == ["editors"]


def test_nobody_hands_out_or_takes_away_a_group_that_permits_more_than_they_may(user: User, editors: Group) -> None:
    editors.permissions.add(Permission.objects.get(codename="delete_user"))
    clerk = by(make_staff("accounts.change_user"))
    for change in (memberships.assign, memberships.add):
        with pytest.raises(PermissionDenied, match=r"accounts\.delete_user"):
            change(user.pk, ["editors"], **clerk)
    assert not user.groups.exists()
    user.groups.add(editors)
    assert memberships.assign(user.pk, ["editors"], **clerk).group_names == ["editors"]
    takings: list[Callable[[], User]] = [
        lambda: memberships.remove(user.pk, ["editors"], **clerk),
        lambda: memberships.assign(user.pk, [], **clerk),
    ]
    for take in takings:
        with pytest.raises(PermissionDenied, match=r"accounts\.delete_user"):
            take()
    assert user.groups.get() == editors
    whole = by(make_staff("accounts.change_user", "accounts.delete_user"))
    assert memberships.remove(user.pk, ["editors"], **whole).group_names == []


RENAMINGS: list[Callable[[dict[str, Any]], object]] = [
    lambda who: groups.rename("editors", new_name="authors", **who),
    lambda who: groups.delete("editors", **who),
]


@pytest.mark.parametrize("change", RENAMINGS)
def test_nobody_changes_a_group_that_permits_more_than_they_may(
    editors: Group, change: Callable[[dict[str, Any]], object]
) -> None:
    editors.permissions.add(Permission.objects.get(codename="delete_user"))
    clerk = by(make_staff("auth.change_group", "auth.delete_group"))
    with pytest.raises(PermissionDenied, match=r"accounts\.delete_user"):
        change(clerk)
    assert Group.objects.get().name == "editors"
    assert told() == []
    change(by(make_staff("auth.change_group", "auth.delete_group", "accounts.delete_user")))
    assert not Group.objects.filter(name="editors").exists()


@pytest.mark.parametrize("change", RENAMINGS)
def test_nobody_but_a_superuser_changes_a_group_that_they_are_in(
    editors: Group, change: Callable[[dict[str, Any]], object]
) -> None:
    """Other services trust its name: whoever is in it would give themselves another."""
    clerk, root = make_staff("auth.change_group", "auth.delete_group"), make_superuser()
    for member in (clerk, root):
        member.groups.add(editors)
    with pytest.raises(PermissionDenied, match="that they are in"):
        change(by(clerk))
    assert Group.objects.get().name == "editors"
    change(by(root))
    assert not Group.objects.filter(name="editors").exists()


@pytest.mark.parametrize("name", ["\0", "a\0b", "\ud800", "x" * 151])
def test_what_can_be_no_name_is_no_groups(user: User, name: str) -> None:
    for act in (lambda: groups.rename(name, new_name="x", **BY), lambda: groups.delete(name, **BY)):
        with pytest.raises(NotFound):
            act()
    for change in (memberships.assign, memberships.add, memberships.remove):
        with pytest.raises(InvalidInput) as refused:
            change(user.pk, [name], **BY)
        assert [(error.field, error.code) for error in refused.value.errors] == [("groups", "does_not_exist")]
        assert name not in refused.value.errors[0].detail


def test_only_so_many_groups_are_named_at_once_and_few_are_told_back(user: User) -> None:
    names = [f"group {number:03}" for number in range(memberships.NAMES_AT_ONCE + 1)]
    with pytest.raises(InvalidInput) as refused:
        memberships.assign(user.pk, names, **BY)
    assert [(error.field, error.code) for error in refused.value.errors] == [("groups", "max_length")]
    with pytest.raises(InvalidInput) as refused:
        memberships.assign(user.pk, names[1:], **BY)
    (error,) = refused.value.errors
    assert error.code == "does_not_exist"
    assert error.detail.endswith("group 004, group 005, and 195 more.")


def test_groups_are_audited_by_number_and_code(editors: Group) -> None:
    groups.rename("editors", new_name="authors", **BY)
    groups.delete("authors", **BY)
    events = AuditEvent.objects.filter(type__startswith="group.").order_by("pk")
    assert [(event.type, event.data) for event in events] == [
        ("group.created", {"group": editors.pk, "name": "editors"}),
        ("group.renamed", {"group": editors.pk, "name": "editors", "new_name": "authors"}),
        ("group.deleted", {"group": editors.pk, "name": "authors", "new_name": None}),
    ]
