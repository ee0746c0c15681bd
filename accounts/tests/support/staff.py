"""People who look after people."""

from typing import Any
from uuid import UUID

from django.contrib.auth.models import Permission

from accounts.models import User
from accounts.principals import UserPrincipal
from accounts.tests.support import factories
from accounts.tests.support.forging import claims_of


def make_staff(*permissions: str, **fields: Any) -> User:
    """A member of staff with these permissions, written as `accounts.change_user`."""
    clerk = factories.make_user(is_staff=True, **fields)
    for permission in permissions:
        app_label, _, codename = permission.partition(".")
        clerk.user_permissions.add(Permission.objects.get(content_type__app_label=app_label, codename=codename))
    return clerk


def make_superuser() -> User:
    return factories.make_user(is_staff=True, is_superuser=True)


def acting(user: User) -> UserPrincipal:
    """Them, in a session of their own."""
    claims = claims_of(factories.sign_in(user).access)
    return UserPrincipal(user_id=user.pk, session_id=UUID(claims["sid"]))
