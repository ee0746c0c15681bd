"""The person with whom embedded mode shows itself around. Nothing here works with a real database."""

from typing import Final

from django.conf import settings

from accounts.errors import EmailTaken, PermissionDenied
from accounts.models import User
from accounts.principals import Origin, System
from accounts.services import email_verification, registration, revocation, sign_in
from accounts.services.sign_in import SignInOutcome
from accounts.services.transactions import transactional

EMAIL: Final = "demo@example.com"
PASSWORD: Final = "violet otters juggle maps"  # noqa: S105 - on the start page for everybody to see
PROFILE: Final = {"first_name": "Demo"}


def seed(origin: Origin) -> User:
    """The demo user, made if there is none. PermissionDenied outside embedded mode."""
    _check_embedded()
    if not User.objects.filter(email=EMAIL).exists():
        registration.register(email=EMAIL, password=PASSWORD, profile=PROFILE, origin=origin)
        _verify(origin)
    if (user := User.objects.present().filter(email=EMAIL).first()) is None:
        raise EmailTaken  # the last one is still being deleted
    return user


def sign_in_as_demo(origin: Origin) -> SignInOutcome:
    """Through the same gate as everybody. PermissionDenied outside embedded mode."""
    seed(origin)
    return sign_in.sign_in(email=EMAIL, password=PASSWORD, origin=origin)


@transactional
def _verify(origin: Origin) -> None:
    """Nobody reads the mails of this address."""
    user_id = User.objects.values_list("pk", flat=True).get(email=EMAIL)
    revocation.lock_user(user_id)
    email_verification.mark_locked(user_id, actor=System("seed_demo"), origin=origin)


def _check_embedded() -> None:
    if not settings.EMBEDDED:
        raise PermissionDenied("There is a demo user in embedded mode only.")
