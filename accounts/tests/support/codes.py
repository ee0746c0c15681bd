"""Codes as their owners get them: out of the mails that the worker would send."""

from urllib.parse import urlsplit

from accounts.models import Mail, MailKind
from accounts.services import mail_contents


def mailed(kind: MailKind, address: str | None = None) -> str:
    """Of the last mail of this kind, to this address if that is said. AssertionError where nothing is to be mailed."""
    content = mail_contents.compose(last(kind, address))
    assert content is not None, "there is nothing to be mailed"
    return urlsplit(content.url).fragment


def last(kind: MailKind, address: str | None = None) -> Mail:
    """As a worker holds it."""
    mails = Mail.objects.filter(kind=kind) if address is None else Mail.objects.filter(kind=kind, address=address)
    mail = mails.order_by("created_at").last()
    assert mail is not None, f"nobody has asked for {kind}"
    mail.read_at = mail.created_at
    return mail


def waiting() -> list[tuple[str, str]]:
    """Kind and address of all that is to be sent."""
    return sorted(Mail.objects.values_list("kind", "address"))
