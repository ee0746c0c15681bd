"""Makes an account for whoever asks, where that is allowed."""

from collections.abc import Mapping
from typing import Any

from accounts import audit, passwords
from accounts.conf import EmailVerification, auth_settings
from accounts.errors import EmailTaken, RegistrationClosed
from accounts.models import EventType, MailKind, Outcome, User
from accounts.principals import Nobody, Origin
from accounts.services import mailing
from accounts.services.transactions import transactional
from accounts.throttling import attempts


def register(*, email: str, password: str, profile: Mapping[str, Any], origin: Origin) -> User | None:
    """The new user. None where addresses are to be verified first: whether this one was free is told by mail alone.

    `email` is validated already; `profile` holds fields out of PROFILE_FIELDS. Raises RegistrationClosed, InvalidInput
    for a poor password, TooManyAttempts, Busy; EmailTaken where that may be told.
    """
    if not auth_settings.registration_open:
        raise RegistrationClosed
    is_secret = auth_settings.email_verification == EmailVerification.REQUIRED
    with attempts.asking(account=email, origin=origin):
        passwords.check_rules(password, context=[email, *map(str, profile.values())])
        is_known = not is_secret and User.objects.filter(email=email).exists()
        user = None if is_known else _make(User(email=email, **profile), password, origin)
    if is_secret:
        return None
    if user is None:
        raise EmailTaken
    return user


def _make(user: User, password: str, origin: Origin) -> User | None:
    user.set_password(password)  # outside the transaction: a hash is slow
    return _save(user, origin)


@transactional
def _save(user: User, origin: Origin) -> User | None:
    """None where the address is taken. Where nobody is told, the database is asked the same then, so that it takes as
    long.
    """
    User.objects.bulk_create([user], ignore_conflicts=True)
    owner = User.objects.get(email=user.email)
    if owner.pk == user.pk:
        _note(MailKind.VERIFY_EMAIL, owner, Outcome.SUCCESS, origin)
        return owner
    if auth_settings.email_verification == EmailVerification.REQUIRED:
        _note(MailKind.ALREADY_REGISTERED, owner, Outcome.FAILURE, origin)
    return None


def _note(kind: MailKind, user: User, outcome: Outcome, origin: Origin) -> None:
    if auth_settings.email_verification != EmailVerification.OFF:
        mailing.enqueue(kind, address=user.email, user_id=user.pk)
    audit.record(EventType.USER_REGISTERED, outcome, actor=Nobody(), origin=origin, subject=user.pk)
