"""Sets a new password for whoever reads the mails of an account's address; all its sessions end."""

from django.db.models import F

from accounts import audit, passwords
from accounts.models import Code, EventType, MailKind, NoticeType, Outcome, RevocationReason, User
from accounts.notices import log
from accounts.principals import Nobody, Origin
from accounts.services import codes, mail_requests, mailing, revocation
from accounts.services.transactions import transactional
from accounts.throttling import attempts


def request(*, email: str, origin: Origin) -> None:
    """Raises TooManyAttempts."""
    mail_requests.ask(MailKind.RESET_PASSWORD, email=email, origin=origin)


def confirm(*, token: str, new_password: str, origin: Origin) -> None:
    """Raises InvalidCode; InvalidInput for a poor password, which leaves the code good; Busy."""
    code = codes.require(token, EventType.PASSWORD_RESET, MailKind.RESET_PASSWORD)
    user = code.user
    passwords.check_rules(new_password, context=[user.email, user.first_name, user.last_name], field="new_password")
    _replace(code, passwords.hash_password(new_password), origin)
    attempts.forget(user.email, {origin.network})


@transactional
def _replace(code: Code, new_hash: str, origin: Origin) -> None:
    """The address is proven along with it: the code came by its mail."""
    user_id = code.user_id
    revocation.lock_user(user_id)
    codes.spend_locked(code)
    held = User.objects.filter(pk=user_id)
    held.record_change(password=new_hash, credentials_version=F("credentials_version") + 1, email_verified=True)
    log.append(NoticeType.USER_UPDATED, user_id, version=held.values_list("version", flat=True).get())
    revocation.revoke_locked(user_id, None, RevocationReason.PASSWORD_CHANGED, actor=Nobody(), origin=origin)
    mailing.enqueue(MailKind.PASSWORD_CHANGED, address=code.email, user_id=user_id)
    audit.record(EventType.PASSWORD_RESET, Outcome.SUCCESS, actor=Nobody(), origin=origin, subject=user_id)
