"""What an e-mail address is here: one account whatever its case or Unicode form."""

import unicodedata
from functools import lru_cache
from typing import Final

import idna
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

EMAIL_MAX_LENGTH: Final = 254  # RFC 5321 section 4.5.3.1.3, less the angle brackets


def normalise_email(raw: str) -> str:
    """NFKC, case-folded, trimmed, with the domain in its ASCII form (RFC 5890).

    The domain is not folded before: straße.de and strasse.de belong to different people. Total: what is no address
    comes back folded, for a validator to refuse or a lookup to miss.
    """
    plain = unicodedata.normalize("NFKC", raw).strip()
    local, at, domain = plain.rpartition("@")
    if not at or len(plain) > EMAIL_MAX_LENGTH:
        return _folded(plain)
    try:
        return f"{_folded(local)}@{_ascii_domain(domain)}".strip()
    except idna.IDNAError:
        return _folded(plain)


@lru_cache(maxsize=512)
def _ascii_domain(domain: str) -> str:
    """Kept, because looking it up letter by letter takes longer than all else, and most people share a few."""
    return idna.encode(domain, uts46=True).decode("ascii")


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text.casefold()).strip()


def validate_email(raw: str) -> None:
    """ValidationError unless the normalised form is an address; one whose domain IDNA refuses is none, and neither is
    one of a machine's own, at localhost or in brackets: no mail is to be sent there for a stranger.
    """
    message = "This is no e-mail address."
    address = normalise_email(raw)
    EmailValidator(message, allowlist=[])(address)
    if not address.isascii() or address.endswith("]"):
        raise ValidationError(message, code="invalid")
