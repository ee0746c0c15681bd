"""The person with whom embedded mode shows itself around. Nothing here works with a real database."""

from typing import Final

from django.conf import settings

from accounts.errors import EmailTaken, PermissionDenied
from accounts.models import User
from accounts.principals import Origin
from accounts.services import registration, sign_in
from accounts.services.sign_in import SignInOutcome

EMAIL: Final = "demo@example.com"
PASSWORD: Final = "violet otters juggle maps"  # noqa: S105 - on the start page for everybody to see
PROFILE: Final = {"first_name": "Demo"}


def seed(origin: Origin) -> User:
    """The demo user, made if there is none. PermissionDenied outside embedded mode."""
    _check_embedded()
    try:
        return registration.register(email=EMAIL, password=PASSWORD, profile=PROFILE, origin=origin)
    except EmailTaken:
        if (user := User.objects.present().filter(email=EMAIL).first()) is None:
            raise  # the last one is still being deleted
        return user


def sign_in_as_demo(origin: Origin) -> SignInOutcome:
    """Through the same gate as everybody. PermissionDenied outside embedded mode."""
    seed(origin)
    return sign_in.sign_in(email=EMAIL, password=PASSWORD, origin=origin)


def _check_embedded() -> None:
    if not settings.EMBEDDED:
        raise PermissionDenied("There is a demo user in embedded mode only.")
