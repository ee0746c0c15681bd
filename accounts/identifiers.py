"""What an e-mail address is here: one account whatever its case or Unicode form."""

import unicodedata
from typing import Final

import idna
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

EMAIL_MAX_LENGTH: Final = 254  # RFC 5321 section 4.5.3.1.3, less the angle brackets


def normalise_email(raw: str) -> str:
    """NFKC, case-folded, trimmed, with the domain in its ASCII form (RFC 5890).

    Total: what is no address comes back folded, for a validator to refuse or a lookup to miss.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", raw).casefold()).strip()
    local, at, domain = folded.rpartition("@")
    if not at or len(folded) > EMAIL_MAX_LENGTH:
        return folded
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"
    except idna.IDNAError:
        return folded


def validate_email(raw: str) -> None:
    """ValidationError unless the normalised form is an address; one whose domain IDNA refuses is none."""
    message = "This is no e-mail address."
    address = normalise_email(raw)
    EmailValidator(message)(address)
    if not address.isascii():
        raise ValidationError(message, code="invalid")
