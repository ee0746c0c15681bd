"""Addresses move from one person to another: in the end each row bears its own, whatever the order."""

import itertools
from typing import Any

import pytest
from authservice_connector import mirror
from authservice_connector.mirroring import Mirroring
from authservice_connector.models import RemoteUser
from django.contrib.auth import get_user_model

from tests.issuing import ISSUER, Later
from tests.service import Service
from tests.test_mirroring import mirrored, mirroring_of

pytestmark = pytest.mark.django_db

User: Any = get_user_model()
IS_UNIQUE = User._meta.get_field("email").unique
unique_alone = pytest.mark.skipif(not IS_UNIQUE, reason="anybody may have any address in this user model")


@pytest.fixture
def mirroring(service: Service) -> Mirroring:
    made = mirroring_of(service)
    made.turn()
    return made


def addresses() -> dict[str, str]:
    return {each.subject: each.user.email for each in RemoteUser.objects.select_related("user")}


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("moves", ["bcd", "bca", "bac"], ids=["a chain", "a ring", "a swap"])
def test_each_ends_with_their_own_address_whatever_the_order(
    service: Service, mirroring: Mirroring, order: tuple[int, ...], moves: str
) -> None:
    people = [mirrored(service, email=f"{letter}@example.com") for letter in "abc"]
    people = [people[each] for each in order]
    for remote in sorted(people, key=lambda each: each.email):
        new = moves["abc".index(remote.email[0])]
        service.change(remote.subject, email=f"{new}@example.com")
    mirroring.turn()
    assert addresses() == {each.subject: service.users[each.subject]["email"] for each in people}
    assert not RemoteUser.objects.filter(is_stale=True).exists()


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("moves", ["bcd", "bca", "bac"], ids=["a chain", "a ring", "a swap"])
def test_one_after_the_other_as_callers_bring_them_too(
    service: Service, mirroring: Mirroring, later: Later, order: tuple[int, ...], moves: str
) -> None:
    people = [mirrored(service, email=f"{letter}@example.com") for letter in "abc"]
    for each in order:
        details = service.users[people[each].subject]
        mirror.apply(ISSUER, details | {"email": f"{moves[each]}@example.com", "version": 2}, settled=True)
    later(61)
    mirroring.turn()
    assert addresses() == {each.subject: f"{moves[n]}@example.com" for n, each in enumerate(people)}


@unique_alone
def test_an_address_that_was_given_up_does_not_stay_and_goes_to_whom_it_is_given(
    service: Service, mirroring: Mirroring, later: Later
) -> None:
    local = User(email="local@example.com")
    local.save()
    remote = mirrored(service, email="a@example.com")
    service.change(remote.subject, email="local@example.com")
    mirroring.turn()
    assert addresses()[remote.subject] == f"{remote.subject}@auth.example.com.invalid"
    other = mirrored(service, email="a@example.com")
    assert addresses()[other.subject] == "a@example.com"
    local.delete()
    later(61)
    mirroring.turn()
    assert addresses()[remote.subject] == "local@example.com"
    assert RemoteUser.objects.get(subject=remote.subject).version == 2


@unique_alone
def test_what_is_taken_for_good_holds_up_nothing(service: Service, mirroring: Mirroring) -> None:
    User(email="local@example.com").save()
    remote = mirrored(service, email="a@example.com")
    service.change(remote.subject, email="local@example.com")
    service.delete(service.register()["id"])
    mirroring.turn()
    lookups = service.count("POST /users/lookup")
    mirroring.turn()
    assert service.count("POST /users/lookup") == lookups
    assert service.acknowledged[-1] == "0:2"
