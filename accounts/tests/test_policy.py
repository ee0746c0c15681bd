"""Who may do what to whom, without a database."""

import pytest

from accounts.policy import (
    CHANGES_TARGET,
    NEVER_TO_ONESELF,
    PERMISSIONS,
    Action,
    Actor,
    Target,
    objection,
    objection_to_changing_group,
    objection_to_granting,
)

ROOT = Actor(is_staff=True, is_superuser=True)
EVERYBODY, SELF = Target(is_actor=False), Target(is_actor=True)
A_SUPERUSER = Target(is_actor=False, is_superuser=True)


def clerk(*actions: Action) -> Actor:
    """A member of staff with the permissions for these actions alone."""
    return Actor(is_staff=True, permissions={PERMISSIONS[action] for action in actions})


def test_every_action_needs_a_permission() -> None:
    assert set(PERMISSIONS) == set(Action)


@pytest.mark.parametrize("action", Action)
def test_staff_with_the_permission_may(action: Action) -> None:
    assert objection(action, clerk(action)) is None
    assert objection(action, clerk(action), EVERYBODY) is None


@pytest.mark.parametrize("action", Action)
def test_staff_with_every_other_permission_may_not_and_hears_which_is_missing(action: Action) -> None:
    others = Actor(is_staff=True, permissions=set(PERMISSIONS.values()) - {PERMISSIONS[action]})
    assert PERMISSIONS[action] in (objection(action, others) or "")


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("is_superuser", [False, True])
def test_whoever_is_no_staff_may_not_whatever_else_they_are(action: Action, is_superuser: bool) -> None:
    actor = Actor(is_staff=False, is_superuser=is_superuser, permissions=set(PERMISSIONS.values()))
    assert objection(action, actor) is not None


@pytest.mark.parametrize("action", Action)
def test_a_superuser_may_without_permissions_to_superusers_too(action: Action) -> None:
    assert objection(action, ROOT, A_SUPERUSER) is None


@pytest.mark.parametrize("action", sorted(CHANGES_TARGET))
def test_only_a_superuser_changes_a_superuser(action: Action) -> None:
    assert "superuser" in (objection(action, clerk(action), A_SUPERUSER) or "")


@pytest.mark.parametrize("action", sorted(set(Action) - CHANGES_TARGET))
def test_a_superuser_may_be_looked_at(action: Action) -> None:
    assert objection(action, clerk(action), A_SUPERUSER) is None


@pytest.mark.parametrize("action", NEVER_TO_ONESELF)
@pytest.mark.parametrize("is_superuser", [False, True])
def test_nobody_locks_themselves_out(action: Action, is_superuser: bool) -> None:
    actor = ROOT if is_superuser else clerk(action)
    target = Target(is_actor=True, is_superuser=is_superuser)
    assert objection(action, actor, target) == NEVER_TO_ONESELF[action]


def test_nobody_but_a_superuser_changes_their_own_groups() -> None:
    assert objection(Action.ASSIGN_GROUPS, clerk(Action.ASSIGN_GROUPS), SELF) is not None
    assert objection(Action.ASSIGN_GROUPS, ROOT, SELF) is None


def test_nobody_gives_what_they_do_not_have() -> None:
    actor = Actor(is_staff=True, permissions={"accounts.change_user", "accounts.view_user"})
    assert objection_to_granting(actor, {"accounts.view_user"}) is None
    assert "accounts.delete_user" in (
        objection_to_granting(actor, {"accounts.delete_user", "accounts.view_user"}) or ""
    )
    assert objection_to_granting(ROOT, {"accounts.delete_user"}) is None


def test_nobody_but_a_superuser_changes_a_group_that_they_are_in() -> None:
    actor = Actor(is_staff=True, permissions={"auth.change_group"})
    assert "in" in (objection_to_changing_group(actor, set(), is_member=True) or "")
    assert objection_to_changing_group(actor, set(), is_member=False) is None
    assert objection_to_changing_group(ROOT, {"accounts.delete_user"}, is_member=True) is None


def test_nobody_changes_a_group_that_permits_more_than_they_may() -> None:
    actor = Actor(is_staff=True, permissions={"auth.change_group"})
    assert "accounts.delete_user" in (
        objection_to_changing_group(actor, {"accounts.delete_user", "auth.change_group"}, is_member=False) or ""
    )
    assert objection_to_changing_group(actor, {"auth.change_group"}, is_member=False) is None
