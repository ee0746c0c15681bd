"""How the codes of administration come about; beside `cases`, to which these are added."""

from typing import Final
from uuid import UUID

from django.contrib.auth.models import Group, Permission

from accounts.tests.parity.cases import Stage, promoted, reaches
from accounts.tests.parity.doors import Door, Outcome
from accounts.tests.support import factories, service_clients
from accounts.tests.support.staff import make_staff

NEW: Final = "new@example.com"


def clerk() -> str:
    """Of somebody who may make and change people, and no more."""
    return factories.sign_in(make_staff("accounts.add_user", "accounts.change_user")).access


@reaches("email_taken")
def an_account_is_made_for_an_address_that_has_one(door: Door, stage: Stage) -> Outcome:
    return door.create(promoted(stage), email=stage.user.email.upper())


@reaches("email_taken")
def somebody_is_given_an_address_that_is_taken(door: Door, stage: Stage) -> Outcome:
    return door.change(promoted(stage), id=str(factories.make_user().pk), email=stage.user.email)


@reaches("invalid_input")
def an_account_is_made_for_no_address(door: Door, stage: Stage) -> Outcome:
    return door.create(promoted(stage), email="nobody", first_name="x" * 151)


@reaches("invalid_input")
def somebody_is_put_into_no_group(door: Door, stage: Stage) -> Outcome:
    return door.change(promoted(stage), id=str(factories.make_user().pk), groups=["nobody"])


@reaches("invalid_input")
def nothing_is_looked_for(door: Door, stage: Stage) -> Outcome:
    return door.people(promoted(stage), search="")


@reaches("invalid_input")
def a_group_that_there_is_not_is_listed(door: Door, stage: Stage) -> Outcome:
    return door.people(promoted(stage), group="nobody")


@reaches("invalid_input")
def an_account_is_made_that_is_over(door: Door, stage: Stage) -> Outcome:
    return door.create(promoted(stage), email=NEW, expires_at="2020-01-02T03:04:05Z")


@reaches("invalid_input")
def somebodys_account_ends_by_nobodys_clock(door: Door, stage: Stage) -> Outcome:
    return door.change(promoted(stage), id=str(factories.make_user().pk), expires_at="2100-01-02T03:04:05")


@reaches("permission_denied")
def a_superuser_says_when_their_own_account_ends(door: Door, stage: Stage) -> Outcome:
    return door.change(promoted(stage), id=str(stage.user.pk), expires_at="2100-01-02T03:04:05Z")


@reaches("not_found")
def nobody_is_changed(door: Door, stage: Stage) -> Outcome:
    return door.change(promoted(stage), id=str(UUID(int=1)), first_name="Ada")


@reaches("not_found")
def nobody_is_looked_at(door: Door, stage: Stage) -> Outcome:
    return door.person(promoted(stage), id=str(UUID(int=1)))


@reaches("not_authenticated")
def whoever_looks_for_people_shows_nothing(door: Door, stage: Stage) -> Outcome:
    return door.people()


@reaches("permission_denied")
def whoever_is_no_staff_looks_for_people(door: Door, stage: Stage) -> Outcome:
    return door.people(stage.access)


@reaches("permission_denied")
def whoever_is_no_staff_makes_an_account(door: Door, stage: Stage) -> Outcome:
    return door.create(stage.access, email=NEW)


@reaches("permission_denied")
def staff_make_a_superuser(door: Door, stage: Stage) -> Outcome:
    return door.create(clerk(), email=NEW, is_superuser=True)


@reaches("permission_denied")
def staff_give_what_they_do_not_have(door: Door, stage: Stage) -> Outcome:
    group, _ = Group.objects.get_or_create(name="powerful")
    group.permissions.set(Permission.objects.filter(codename="delete_user"))
    return door.change(clerk(), id=str(stage.user.pk), groups=["powerful"])


@reaches("permission_denied")
def staff_change_the_address_of_whoever_may_do_more(door: Door, stage: Stage) -> Outcome:
    return door.change(clerk(), id=str(make_staff("accounts.delete_user").pk), email=NEW)


@reaches("permission_denied")
def a_superuser_changes_their_own_address_without_a_password(door: Door, stage: Stage) -> Outcome:
    return door.change(promoted(stage), id=str(stage.user.pk), email=NEW)


@reaches("insufficient_scope")
def a_service_looks_for_people_and_may_only_read_them(door: Door, stage: Stage) -> Outcome:
    return door.people(service_clients.token_of(service_clients.make("users:read")), search="a")
