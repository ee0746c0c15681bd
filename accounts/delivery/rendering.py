"""Makes a mail of templates that may be overridden: `accounts/mails/<kind>.subject.txt`, `.txt` and `.html`."""

import re
from datetime import timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import urlsplit

from django.core.mail import EmailMultiAlternatives
from django.template import Context
from django.template.loader import get_template

from accounts.conf import auth_settings
from accounts.delivery.content import Content
from accounts.identifiers import normalise_email
from accounts.models import Mail

DIRECTORY: Final = "accounts/mails"
MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7f]")


class NoAddressError(Exception):
    """It is no address, or more than one."""


def render(mail: Mail, content: Content) -> EmailMultiAlternatives:
    """The same at each try, down to Message-ID and Date, so that whoever gets it twice sees that it is one mail.

    Raises NoAddressError, and whatever an overridden template does.
    """
    site = _site()
    values = {
        "url": content.url,
        "lifetime": "" if content.lifetime is None else _in_words(content.lifetime),
        "due_at": content.due_at,
        "address": mail.address,
        "asked_at": mail.created_at,
        "site": site,
    }
    subject = " ".join(_text(mail.kind, "subject.txt", values).split())
    headers = {
        "Message-ID": f"<{mail.pk}@{site}>",
        "Date": format_datetime(mail.created_at),
        "Auto-Submitted": "auto-generated",  # RFC 3834 section 5: no out-of-office reply to it
    }
    message = EmailMultiAlternatives(subject, _text(mail.kind, "txt", values), to=[_one(mail.address)], headers=headers)
    page = get_template(f"{DIRECTORY}/{mail.kind}.html").render(values | {"subject": subject})
    message.attach_alternative(page, "text/html")
    return message


def _text(kind: str, suffix: str, values: dict[str, Any]) -> str:
    """Plain text: `&` stays what it is."""
    template: Any = get_template(f"{DIRECTORY}/{kind}.{suffix}")
    return str(template.template.render(Context(values, autoescape=False)))


def _one(address: str) -> str:
    """RFC 5322 section 3.4.1: as it stands, so that nothing in it is read as a second one, a comment or a header."""
    plain = BEYOND_ASCII.sub("x", address)  # letters like any other (RFC 6531 section 3.3)
    try:
        is_plain = Address(addr_spec=plain).addr_spec == plain and address.isprintable()
    except (MessageError, ValueError, IndexError) as exc:
        raise NoAddressError from exc
    if not is_plain:
        raise NoAddressError
    return address


def _site() -> str:
    """The host that people know us by, in a form that headers can carry."""
    host = urlsplit(auth_settings.issuer).hostname or "localhost"
    return f"[{host}]" if ":" in host else normalise_email(f"postmaster@{host}").rpartition("@")[2]


def _in_words(lifetime: timedelta) -> str:
    """To the nearest minute, or hour: a mail that is tried again a moment later says the same."""
    unit, name = (HOUR, "hour") if lifetime >= 2 * HOUR or lifetime == HOUR else (MINUTE, "minute")
    count = max(1, round(lifetime / unit))
    return f"{count} {name}" if count == 1 else f"{count} {name}s"
