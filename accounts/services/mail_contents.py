"""Decides what a mail says, at the moment that it is sent."""

from accounts.conf import auth_settings
from accounts.delivery.content import Content
from accounts.models import Mail, MailKind, User
from accounts.services import codes


def compose(mail: Mail) -> Content | None:
    """None: nothing is to be sent, and the mail is forgotten."""
    match MailKind(mail.kind):
        case MailKind.EMAIL_CHANGED:
            return Content()
        case MailKind.PASSWORD_CHANGED:
            return Content(url=_reset_page())
        case MailKind.ALREADY_REGISTERED:
            has_account = User.objects.present().admitted().filter(email=mail.address).exists()
            return Content(url=_reset_page()) if has_account else None
        case kind:
            return _with_code(mail, kind)


def _with_code(mail: Mail, kind: MailKind) -> Content | None:
    if (issued := codes.issue(mail)) is None:
        return None
    url = _page(kind).replace("{token}", issued.code)
    if kind == MailKind.CANCEL_DELETION:
        return Content(url=url, lifetime=issued.expires_at - mail.read_at, due_at=issued.expires_at)
    return Content(url=url, lifetime=issued.expires_at - mail.read_at)


def _page(kind: MailKind) -> str:
    match kind:
        case MailKind.RESET_PASSWORD | MailKind.INVITATION:
            return auth_settings.password_reset_url
        case MailKind.CANCEL_DELETION:
            return auth_settings.deletion_cancel_url
        case _:
            return auth_settings.email_verify_url


def _reset_page() -> str:
    """Where one asks for a reset: without a code."""
    return auth_settings.password_reset_url.partition("#")[0]
