"""A client's secrets: made here, shown once, kept as a hash keyed by SECRET_KEY."""

import secrets
from functools import lru_cache
from typing import Final

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

SECRET_PREFIX: Final = "authservice_secret_"  # noqa: S105 - so that scanners of repositories know one when they see it
SECRET_BYTES: Final = 32
SALT: Final = "accounts.services.clients"


def make() -> str:
    return SECRET_PREFIX + secrets.token_urlsafe(SECRET_BYTES)


def digest(secret: str) -> str:
    """Under the present SECRET_KEY, and under the one before it: a process that was not restarted yet knows that alone.

    Each has the name of its key before it.
    """
    return " ".join(_digest(secret, key) for key in _keys()[:2])


def matches(unverified_secret: str, known_digest: str) -> bool:
    """Under a key that the digest names; never where none of those is the present one or among the fallbacks."""
    keys = {_name_of(key): key for key in _keys()}
    known = [each for each in known_digest.split() if _key_name_in(each) in keys]
    return unverified_secret.isascii() and any(
        constant_time_compare(_digest(unverified_secret, keys[_key_name_in(each)]), each) for each in known
    )


def is_readable(known_digest: str) -> bool:
    """Whether it is under a key that is known here at all. If not, nobody can tell which secret is right."""
    return not {_name_of(key) for key in _keys()}.isdisjoint(map(_key_name_in, known_digest.split()))


def is_under_present_key(known_digest: str) -> bool:
    """Whether SECRET_KEY alone opens it; otherwise an entry of SECRET_KEY_FALLBACKS has to stay until it is used."""
    return _name_of(settings.SECRET_KEY) in map(_key_name_in, known_digest.split())


def _keys() -> list[str]:
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]


def _key_name_in(one_digest: str) -> str:
    return one_digest.partition("$")[0]


def _digest(secret: str, key: str) -> str:
    hashed = salted_hmac(f"{SALT}.secret", secret, secret=key, algorithm="sha256").hexdigest()
    return f"{_name_of(key)}${hashed}"


@lru_cache(maxsize=8)
def _name_of(key: str) -> str:
    """Tells keys apart, and nothing of what they are."""
    return salted_hmac(f"{SALT}.key", "", secret=key, algorithm="sha256").hexdigest()[:16]
