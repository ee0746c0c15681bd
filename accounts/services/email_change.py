"""Gives an account another address, once a code that was mailed to the new one comes back; the old one is told."""

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.errors import EmailTaken, FieldError, InvalidInput
from accounts.models import Code, EventType, MailKind, NoticeType, Outcome, User
from accounts.notices import log
from accounts.principals import Nobody, Origin, UserPrincipal
from accounts.services import codes, confirmation, mailing, revocation
from accounts.services.transactions import transactional
from accounts.throttling import attempts


def request(*, new_email: str, password: str, actor: UserPrincipal, origin: Origin) -> None:
    """`new_email` is validated already; whether it is taken is told to nobody but whoever reads its mails.

    Raises WrongPassword (counts as a failed sign-in), TooManyAttempts, Busy; InvalidInput for the address that the
    account has; SessionRevoked, AccountSuspended.
    """
    purpose = EventType.EMAIL_CHANGE_REQUESTED
    user = confirmation.confirm_password(password, actor=actor, origin=origin, purpose=purpose)
    if new_email == user.email:
        raise InvalidInput([FieldError("new_email", "unchanged", "This is the account's address already.")])
    subject, session = actor.user_id, actor.session_id
    with (
        audit.limits_told(purpose, actor=actor, subject=subject, session=session),
        attempts.asking(MailKind.CONFIRM_NEW_EMAIL, account=new_email, origin=origin),
    ):
        _note(new_email, user, actor, origin)


@transactional
def _note(new_email: str, user: User, actor: UserPrincipal, origin: Origin) -> None:
    """Bound to the account as it was when its password was checked."""
    version = user.credentials_version
    mailing.enqueue(MailKind.CONFIRM_NEW_EMAIL, address=new_email, user_id=user.pk, credentials_version=version)
    subject, session = actor.user_id, actor.session_id
    audit.record(
        EventType.EMAIL_CHANGE_REQUESTED,
        Outcome.SUCCESS,
        actor=actor,
        origin=origin,
        subject=subject,
        session=session,
        email=new_email,
    )


@transactional
def complete(code: Code, *, origin: Origin) -> None:
    """Raises InvalidCode; EmailTaken where somebody has the address by now, which leaves the code good."""
    revocation.lock_user(code.user_id)
    codes.spend_locked(code)
    held = User.objects.filter(pk=code.user_id)
    try:
        with transaction.atomic():
            held.record_change(email=code.address, email_verified=True)
    except IntegrityError:
        audit.tell(
            EventType.EMAIL_CHANGED, Outcome.FAILURE, actor=Nobody(), subject=code.user_id, reason=EmailTaken.code
        )
        raise EmailTaken from None
    log.append(NoticeType.USER_UPDATED, code.user_id, version=held.values_list("version", flat=True).get())
    mailing.enqueue(MailKind.EMAIL_CHANGED, address=code.email, user_id=code.user_id)
    event, subject = EventType.EMAIL_CHANGED, code.user_id
    audit.record(event, Outcome.SUCCESS, actor=Nobody(), origin=origin, subject=subject, email=code.address)
