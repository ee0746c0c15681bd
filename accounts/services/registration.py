"""Makes an account for whoever asks, where that is allowed."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError

from accounts import audit, passwords
from accounts.conf import EmailVerification, auth_settings
from accounts.errors import EmailTaken, RegistrationClosed
from accounts.models import EventType, MailKind, Outcome, User
from accounts.principals import Nobody, Origin
from accounts.services import mailing
from accounts.services.transactions import transactional
from accounts.services.uniqueness import require_unique
from accounts.throttling import attempts


def register(*, email: str, password: str, profile: Mapping[str, Any], origin: Origin) -> User | None:
    """The new user. None where addresses are to be verified first: whether this one was free is told by mail alone.

    `email` is validated already; `profile` holds fields out of PROFILE_FIELDS. Raises RegistrationClosed, InvalidInput
    for a poor password and for what only one may have, TooManyAttempts, Busy; EmailTaken where that may be told.
    """
    if not auth_settings.registration_open:
        raise RegistrationClosed
    is_secret = auth_settings.email_verification == EmailVerification.REQUIRED
    new = User(email=email, **profile)
    with (
        audit.limits_told(EventType.USER_REGISTERED, actor=Nobody()),
        attempts.asking(MailKind.ALREADY_REGISTERED, account=email, origin=origin),  # apart from wishes for a link
    ):
        passwords.check_rules(password, context=[email, *map(str, profile.values())])
        require_unique(new)  # before the address is looked at, of which it would tell
        is_known = not is_secret and User.objects.filter(email=email).exists()
        user = None if is_known else _make(new, password, origin)
    if is_secret:
        return None
    if user is None:
        audit.tell(EventType.USER_REGISTERED, Outcome.FAILURE, actor=Nobody(), reason=EmailTaken.code)
        raise EmailTaken
    return user


def _make(user: User, password: str, origin: Origin) -> User | None:
    user.set_password(password)  # outside the transaction: a hash is slow
    try:
        return _save(user, origin)
    except IntegrityError:
        require_unique(user)  # somebody was quicker
        raise


@transactional
def _save(user: User, origin: Origin) -> User | None:
    """None where the address is taken. Where nobody is told, the database is asked the same then, so that it takes as
    long.
    """
    User.objects.bulk_create([user], ignore_conflicts=True)
    owner = User.objects.filter(email=user.email).first()
    if owner is None:  # something else than the address was in the way; the database is to say what
        (owner,) = User.objects.bulk_create([user])
    if owner.pk == user.pk:
        _note(MailKind.VERIFY_EMAIL, owner, Outcome.SUCCESS, origin)
        return owner
    if auth_settings.email_verification == EmailVerification.REQUIRED:
        _note(MailKind.ALREADY_REGISTERED, owner, Outcome.FAILURE, origin)
    return None


def _note(kind: MailKind, user: User, outcome: Outcome, origin: Origin) -> None:
    if auth_settings.email_verification != EmailVerification.OFF:
        mailing.enqueue(kind, address=user.email, user_id=user.pk)
    event, email = EventType.USER_REGISTERED, user.email
    audit.record(event, outcome, actor=Nobody(), origin=origin, subject=user.pk, email=email)
