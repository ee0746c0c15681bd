"""What only one may have is refused by its name where somebody has it, however it is given: by 400, never by 500."""

from collections.abc import Callable
from typing import Final

import pytest
from django.db import connection

from accounts.errors import EmailTaken, InvalidInput
from accounts.models import User
from accounts.principals import Origin, System, UserPrincipal
from accounts.services import profile, registration
from accounts.services.administration import changing, creation
from accounts.tests.parity.doors import DOORS, Door
from accounts.tests.support import factories
from accounts.tests.support.staff import make_superuser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_names_are_unique")]

OPERATOR: Final = System("test")
NEW: Final = "new@example.com"


@pytest.fixture
def _names_are_unique(monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a field of one's own that is unique."""
    monkeypatch.setattr(User._meta.get_field("first_name"), "unique", True)
    with connection.cursor() as cursor:
        cursor.execute("CREATE UNIQUE INDEX one_of_a_name ON accounts_user (first_name) WHERE first_name <> ''")


def create(user: User) -> object:
    return creation.create({"email": NEW, "first_name": "Ada"}, actor=OPERATOR, origin=Origin())


def change(user: User) -> object:
    return changing.change(user.pk, {"first_name": "Ada"}, actor=OPERATOR, origin=Origin())


def update(user: User) -> object:
    return profile.update({"first_name": "Ada"}, actor=UserPrincipal(user.pk, user.pk), origin=Origin())


def register(user: User) -> object:
    profile = {"first_name": "Ada"}
    return registration.register(email=NEW, password=factories.PASSWORD, profile=profile, origin=Origin())


WAYS: Final = (create, change, update, register)


@pytest.mark.parametrize("give", WAYS)
def test_what_somebody_has_is_refused_by_its_name(user: User, give: Callable[[User], object]) -> None:
    factories.make_user(first_name="Ada")
    with pytest.raises(InvalidInput) as refused:
        give(user)
    assert [(error.field, error.code) for error in refused.value.errors] == [("first_name", "unique")]
    assert User.objects.filter(first_name="Ada").count() == 1


def test_whoever_registers_and_was_not_quick_enough_is_told_so(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else takes it while the password is hashed."""
    set_password = User.set_password

    def set_late(new: User, password: str) -> None:
        set_password(new, password)
        User.objects.filter(pk=user.pk).update(first_name="Ada")

    monkeypatch.setattr(User, "set_password", set_late)
    with pytest.raises(InvalidInput) as refused:
        register(user)
    assert [(error.field, error.code) for error in refused.value.errors] == [("first_name", "unique")]


@pytest.mark.parametrize("give", WAYS)
def test_what_nobody_has_is_given(user: User, give: Callable[[User], object]) -> None:
    give(user)
    assert User.objects.filter(first_name="Ada").count() == 1


def test_of_a_taken_address_the_address_is_told(user: User) -> None:
    other = factories.make_user()
    with pytest.raises(EmailTaken):
        changing.change(user.pk, {"first_name": "Ada", "email": other.email}, actor=OPERATOR, origin=Origin())


@pytest.mark.parametrize("name", DOORS)
def test_at_every_door_ones_own_is_ones_own_and_others_is_refused(name: str) -> None:
    door: Door = DOORS[name]
    root = make_superuser()
    User.objects.filter(pk=root.pk).update(first_name="Grace")
    ada, access = factories.make_user(first_name="Ada"), factories.sign_in(root).access
    assert door.update(access, first_name="Grace").data["first_name"] == "Grace"
    assert door.change(access, id=str(ada.pk), first_name="Ada").data["first_name"] == "Ada"
    refused = ("invalid_input", frozenset({("first_name", "unique")}))
    assert door.update(access, first_name="Ada").reason == refused
    assert door.change(access, id=str(ada.pk), first_name="Grace").reason == refused
    assert door.create(access, email=NEW, first_name="Ada").reason == refused
    assert door.register(email=NEW, password="seven kites over helsinki", first_name="Ada").reason == refused
