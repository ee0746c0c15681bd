"""Makes an account for whoever asks, where that is allowed."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from accounts import audit, passwords
from accounts.conf import auth_settings
from accounts.errors import EmailTaken, RegistrationClosed
from accounts.models import EventType, Outcome, User
from accounts.principals import Nobody, Origin
from accounts.services.transactions import transactional


def register(*, email: str, password: str, profile: Mapping[str, Any], origin: Origin) -> User:
    """The new user. Raises RegistrationClosed, InvalidInput for a poor password, EmailTaken, or Busy.

    `email` is validated already; `profile` holds fields out of PROFILE_FIELDS.
    """
    if not auth_settings.registration_open:
        raise RegistrationClosed
    passwords.check_rules(password, context=[email, *map(str, profile.values())])
    if User.objects.filter(email=email).exists():
        raise EmailTaken
    user = User(email=email, **profile)
    user.set_password(password)  # outside the transaction: a hash is slow
    if not _save(user, origin):
        raise EmailTaken
    return user


@transactional
def _save(user: User, origin: Origin) -> bool:
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        if User.objects.filter(email=user.email).exists():  # somebody else was quicker with the same address
            return False
        raise
    audit.record(EventType.USER_REGISTERED, Outcome.SUCCESS, actor=Nobody(), origin=origin, subject=user.pk)
    return True
