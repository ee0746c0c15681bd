"""Believes that an address is its account's once a code that was mailed there comes back."""

from uuid import UUID

from accounts import audit
from accounts.models import Code, EventType, MailKind, NoticeType, Outcome, User
from accounts.notices import log
from accounts.principals import Nobody, Origin, Principal
from accounts.services import codes, email_change, mail_requests, revocation
from accounts.services.transactions import transactional


def resend(*, email: str, origin: Origin) -> None:
    """Raises TooManyAttempts."""
    mail_requests.ask(MailKind.VERIFY_EMAIL, email=email, origin=origin)


def verify(*, token: str, origin: Origin) -> None:
    """Of the account's address, or of the one that is to be its next. Raises InvalidCode, EmailTaken."""
    code = codes.require(token, EventType.EMAIL_VERIFIED, MailKind.VERIFY_EMAIL, MailKind.CONFIRM_NEW_EMAIL)
    if code.purpose == MailKind.CONFIRM_NEW_EMAIL:
        email_change.complete(code, origin=origin)
    else:
        _verify(code, origin)


@transactional
def _verify(code: Code, origin: Origin) -> None:
    revocation.lock_user(code.user_id)
    codes.spend_locked(code)
    mark_locked(code.user_id, actor=Nobody(), origin=origin)


def mark_locked(user_id: UUID, *, actor: Principal, origin: Origin) -> None:
    """Within a transaction that holds the user's row, for whoever vouches for the address."""
    held = User.objects.filter(pk=user_id)
    held.record_change(email_verified=True)
    log.append(NoticeType.USER_UPDATED, user_id, version=held.values_list("version", flat=True).get())
    audit.record(EventType.EMAIL_VERIFIED, Outcome.SUCCESS, actor=actor, origin=origin, subject=user_id)
