"""An account for whoever asks, where that is allowed."""

from unittest.mock import Mock

import pytest
from pytest_django import Settings

from accounts.errors import EmailTaken, InvalidInput, RegistrationClosed
from accounts.models import AuditEvent, User
from accounts.models.users import UserQuerySet
from accounts.principals import Origin
from accounts.services import registration

pytestmark = pytest.mark.django_db


def register(email: str, password: str) -> User:
    return registration.register(email=email, password=password, profile={"first_name": "Ada"}, origin=Origin())


def test_a_registration_is_recorded(password: str) -> None:
    user = register("ada@example.com", password)
    event = AuditEvent.objects.get()
    assert (event.type, event.outcome, event.subject, event.actor) == ("user.registered", "success", user.pk, "")


def test_where_registration_is_closed_nothing_else_is_told(settings: Settings) -> None:
    settings.AUTH_REGISTRATION = "closed"
    with pytest.raises(RegistrationClosed):
        register("ada@example.com", "short")


def test_a_poor_password_is_told_before_whether_the_address_is_taken(user: User) -> None:
    with pytest.raises(InvalidInput):
        register(user.email, "short")


def test_who_was_quicker_with_the_same_address_has_it(
    user: User, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(UserQuerySet, "exists", Mock(side_effect=[False, True]))
    with pytest.raises(EmailTaken):
        register(user.email, password)
    assert User.objects.count() == 1
