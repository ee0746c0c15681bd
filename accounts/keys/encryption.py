"""Keeps private keys unreadable at rest: Fernet over AUTH_KEY_ENCRYPTION_KEYS, or over keys made from SECRET_KEY."""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from accounts.conf import auth_settings


class Undecryptable(Exception):  # noqa: N818 - an answer, not a mistake of ours
    """None of today's keys opens this text."""


def encrypt(plain: bytes) -> str:
    """Under the first key."""
    return _fernet().encrypt(plain).decode("ascii")


def decrypt(text: str) -> bytes:
    """Under any key; Undecryptable when none fits."""
    try:
        return _fernet().decrypt(text)
    except InvalidToken:
        raise Undecryptable from None


def opens(text: str) -> bool:
    """Whether any key does."""
    try:
        decrypt(text)
    except Undecryptable:
        return False
    return True


def renew(text: str) -> str:
    """The same under the first key; Undecryptable when none opens it."""
    return encrypt(decrypt(text))


def is_under_first(text: str) -> bool:
    """Whether the first key alone opens it, so that the others are not needed for it."""
    try:
        _fernet_over(_secrets()[:1]).decrypt(text)
    except InvalidToken:
        return False
    return True


def _fernet() -> MultiFernet:
    return _fernet_over(_secrets())


def _secrets() -> tuple[str, ...]:
    return tuple(auth_settings.key_encryption_keys or [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS])


@lru_cache(maxsize=4)
def _fernet_over(secrets: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(secret))) for secret in secrets])


def _derived(secret: str) -> bytes:
    """RFC 5869. The secret is long and random already; the label keeps this use apart from Django's own."""
    derivation = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"authservice signing keys")
    return derivation.derive(secret.encode())
