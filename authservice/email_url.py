"""What `EMAIL_URL` means, as Django's settings, and what may be a sender."""

from email.errors import MessageError
from email.headerregistry import AddressHeader
from typing import Any, Final
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

WANTED: Final = (
    "smtp://user:password@host:25, smtp+tls://… (STARTTLS, port 587 unless named), smtp+ssl://… (TLS from the start, "
    "465), consolemail:// or filemail:///directory"
)
PORTS: Final = {"smtp": 25, "smtp+tls": 587, "smtp+ssl": 465}
BACKENDS: Final = {
    **dict.fromkeys(PORTS, "accounts.delivery.smtp.EmailBackend"),
    "consolemail": "accounts.delivery.console.EmailBackend",
    "filemail": "django.core.mail.backends.filebased.EmailBackend",
}


def parse(url: str) -> dict[str, Any]:
    """`EMAIL_*` by name; ValueError, which repeats nothing of the URL, where it does not read.

    `smtps` is refused: django-environ reads it as STARTTLS, and everybody else as TLS from the start.
    """
    scheme = urlsplit(url).scheme
    if scheme not in BACKENDS or urlsplit(url).query:
        raise ValueError(WANTED)
    try:
        found = environ.Env.email_url_config(url, backend=BACKENDS[scheme])
    except (ValueError, ImproperlyConfigured):
        raise ValueError(WANTED) from None
    if scheme == "filemail":
        found["EMAIL_FILE_PATH"] = f"/{found['EMAIL_FILE_PATH']}"
    if scheme in PORTS:
        found["EMAIL_PORT"] = found["EMAIL_PORT"] or PORTS[scheme]
        if not found["EMAIL_HOST"]:
            raise ValueError(WANTED)
    return {name: value for name, value in found.items() if value}


def is_mailbox(text: str) -> bool:
    """Whether it is exactly one address, with a name or without."""
    try:
        header = AddressHeader.value_parser(text)
    except (IndexError, MessageError):
        return False
    found = [mailbox for address in header.addresses for mailbox in address.mailboxes]
    return len(found) == 1 and not header.all_defects and "@" in (found[0].addr_spec or "") and text.isprintable()
