"""Who may do what to whom, without a database."""

import pytest

from accounts.models import Scope
from accounts.policy import (
    CHANGES_TARGET,
    FOR_PEOPLE,
    NEVER_TO_ONESELF,
    PERMISSIONS,
    SCOPES,
    WORTH_OF_SCOPE,
    Action,
    Actor,
    Target,
    objection,
    objection_to_changing_group,
    objection_to_client,
    objection_to_granting,
    objection_to_granting_scopes,
    objection_to_handing_on,
    scope_missing,
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


def test_every_action_has_a_scope_and_every_scope_its_worth() -> None:
    assert set(SCOPES) == set(Action)
    assert set(WORTH_OF_SCOPE) == set(Scope)
    assert all(WORTH_OF_SCOPE.values())


@pytest.mark.parametrize("action", Action)
def test_a_scope_that_suffices_is_worth_the_permission_at_least(action: Action) -> None:
    """Otherwise whoever has a client in hand could do by it what they may not do themselves."""
    for scope in SCOPES[action]:
        assert PERMISSIONS[action] in WORTH_OF_SCOPE[scope]


@pytest.mark.parametrize("action", sorted(set(Action) - FOR_PEOPLE))
def test_a_client_needs_the_scope_of_the_action_and_hears_which(action: Action) -> None:
    others = set(Scope) - set(SCOPES[action]) | {"accounts.change_user", "users", ""}
    assert scope_missing(action, others) == SCOPES[action][0]
    for scope in SCOPES[action]:
        assert scope_missing(action, {scope}) is None


def test_who_may_read_the_log_need_not_be_able_to_administer_and_the_other_way_round() -> None:
    assert scope_missing(Action.READ_NOTICES, {Scope.USERS_ADMIN}) == Scope.NOTICES_READ
    assert scope_missing(Action.SUSPEND_USER, {Scope.USERS_READ, Scope.NOTICES_READ}) == Scope.USERS_ADMIN
    assert scope_missing(Action.READ_USERS, {Scope.USERS_ADMIN}) is None


@pytest.mark.parametrize("action", sorted(FOR_PEOPLE))
def test_what_is_for_people_no_scope_lets_a_client_do_and_none_is_worth_it(action: Action) -> None:
    assert SCOPES[action] == ()
    assert scope_missing(action, set()) is None
    assert objection_to_client(action, None) is not None
    assert objection_to_client(action, EVERYBODY) is not None
    assert all(PERMISSIONS[action] not in worth for worth in WORTH_OF_SCOPE.values())


@pytest.mark.parametrize("action", sorted(set(Action) - FOR_PEOPLE))
def test_a_client_is_nobodys_superuser(action: Action) -> None:
    assert objection_to_client(action, EVERYBODY) is None
    assert objection_to_client(action, None) is None
    assert (objection_to_client(action, A_SUPERUSER) is None) == (action not in CHANGES_TARGET)


def test_nobody_gets_hold_of_a_client_that_may_do_more_than_they() -> None:
    actor = Actor(is_staff=True, permissions={"accounts.add_serviceclient", "accounts.view_user"})
    assert objection_to_granting_scopes(actor, {Scope.USERS_READ, Scope.TOKENS_INTROSPECT}) is None
    assert "accounts.view_notice" in (objection_to_granting_scopes(actor, {Scope.USERS_READ, Scope.NOTICES_READ}) or "")
    assert "accounts.delete_user" in (objection_to_granting_scopes(actor, {Scope.USERS_ADMIN}) or "")
    assert objection_to_granting_scopes(ROOT, set(Scope)) is None


def test_what_a_scope_means_to_other_services_nobody_knows_here_so_it_has_a_permission_of_its_own() -> None:
    others = Actor(is_staff=True, permissions={*PERMISSIONS.values()})
    assert "accounts.grant_foreign_scopes" in (objection_to_granting_scopes(others, {"payments:admin"}) or "")
    trusted = Actor(is_staff=True, permissions={"accounts.grant_foreign_scopes"})
    assert objection_to_granting_scopes(trusted, {"payments:admin"}) is None
    assert objection_to_granting_scopes(trusted, {"payments:admin", Scope.USERS_READ}) is not None
    assert objection_to_granting_scopes(ROOT, {"payments:admin"}) is None


def test_a_client_hands_on_its_own_scopes_alone() -> None:
    assert objection_to_handing_on({"users:admin", "orders:write"}, {"orders:write"}) is None
    assert objection_to_handing_on({"users:admin"}, set()) is None
    assert "orders:write" in (objection_to_handing_on({"users:admin"}, {"users:admin", "orders:write"}) or "")
