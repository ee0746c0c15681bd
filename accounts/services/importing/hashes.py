"""Which hashes are taken over as they are: those that Django makes, at a cost that a sign-in can bear."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.contrib.auth import hashers
from django.core.exceptions import ValidationError

MAX_LENGTH: Final = 128
"""Of the column, which is Django's own."""

MAX_PBKDF2_ITERATIONS: Final = 2_000_000  # Django 6.0 makes 1,200,000
MIN_BCRYPT_ROUNDS: Final = 4  # of bcrypt itself
MAX_BCRYPT_ROUNDS: Final = 14  # each more takes twice as long; Django makes 12, and 14 take a second
MAX_SCRYPT_WORK: Final = 2**14 * 8 * 16  # n * r * p; Django makes 2**14, 8 and 5
MAX_SCRYPT_BYTES: Final = 32 * 1024 * 1024  # OpenSSL refuses what needs more, unless it is told otherwise
MAX_ARGON2_KIB: Final = 256 * 1024  # Django makes 100 MiB; as many at once as AUTH_MAX_CONCURRENT_HASHES
MAX_ARGON2_WORK: Final = 4 * MAX_ARGON2_KIB  # memory * passes
MAX_ARGON2_LANES: Final = 16  # a thread each

SALT: Final = r"[!-#%-~]{1,64}"
BASE64: Final = "[A-Za-z0-9+/]"
LONE: Final = 1
"""A last digit of Base64 that stands by itself is half a byte."""


@dataclass(frozen=True, slots=True)
class _Kind:
    form: re.Pattern[str]
    is_bearable: Callable[..., bool]
    """Is given the numbers that the form names."""


def _scrypt(n: int, r: int, p: int) -> bool:
    """RFC 7914 section 2: n is a power of two. The memory is OpenSSL's own reckoning."""
    is_power = n > 1 and n & (n - 1) == 0
    return is_power and n * r * p <= MAX_SCRYPT_WORK and 128 * r * (n + p + 2) <= MAX_SCRYPT_BYTES


def _argon2(m: int, t: int, p: int) -> bool:
    """RFC 9106 section 3.1: at least 8 KiB a lane."""
    return p <= MAX_ARGON2_LANES and 8 * p <= m <= MAX_ARGON2_KIB and m * t <= MAX_ARGON2_WORK


def _pbkdf2(name: str, digest: str) -> _Kind:
    form = re.compile(rf"{name}\$(?P<iterations>[1-9][0-9]{{0,15}})\${SALT}\${digest}")
    return _Kind(form, lambda iterations: iterations <= MAX_PBKDF2_ITERATIONS)


def _bcrypt(name: str) -> _Kind:
    """Of the salt's last digit two bits count; the library takes no other."""
    form = re.compile(rf"{name}\$\$2b\$(?P<rounds>[0-9]{{2}})\$[./A-Za-z0-9]{{21}}[.Oeu][./A-Za-z0-9]{{31}}")
    return _Kind(form, lambda rounds: MIN_BCRYPT_ROUNDS <= rounds <= MAX_BCRYPT_ROUNDS)


KINDS: Final = {
    "pbkdf2_sha256": _pbkdf2("pbkdf2_sha256", f"{BASE64}{{43}}="),
    "pbkdf2_sha1": _pbkdf2("pbkdf2_sha1", f"{BASE64}{{27}}="),
    "bcrypt_sha256": _bcrypt("bcrypt_sha256"),
    "bcrypt": _bcrypt("bcrypt"),
    "scrypt": _Kind(
        re.compile(
            rf"scrypt\$(?P<n>[1-9][0-9]{{0,15}})\${SALT}\$(?P<r>[1-9][0-9]{{0,7}})\$(?P<p>[1-9][0-9]{{0,7}})"
            rf"\${BASE64}{{86}}=="
        ),
        _scrypt,
    ),
    "argon2": _Kind(
        re.compile(
            r"argon2\$argon2(?:id|i|d)\$v=(?:16|19)\$m=(?P<m>[1-9][0-9]{0,15}),t=(?P<t>[1-9][0-9]{0,7}),"
            rf"p=(?P<p>[1-9][0-9]{{0,7}})\$(?P<salt>{BASE64}{{11,64}})\$(?P<digest>{BASE64}{{16,86}})"
        ),
        _argon2,
    ),
}
"""By Django's name; each of them has a hasher in PASSWORD_HASHERS."""


def taken(encoded: str | None) -> str:
    """The hash to keep. None, nothing and Django's `!…` make an account that no password opens.

    ValidationError: `too_long`, `unknown_algorithm`, `malformed_hash`, or `too_costly` where each sign-in, and each
    wrong guess, would take this machine seconds, or more memory than it has.
    """
    if not encoded or encoded.startswith(hashers.UNUSABLE_PASSWORD_PREFIX):
        return hashers.make_password(None)
    if len(encoded) > MAX_LENGTH:
        raise ValidationError(f"At most {MAX_LENGTH} characters.", code="too_long")
    kind = KINDS.get(encoded.partition("$")[0])
    if kind is None:
        raise ValidationError(f"It is none of {', '.join(KINDS)}.", code="unknown_algorithm")
    found = kind.form.fullmatch(encoded)
    if found is None or not _is_whole_base64(found):
        raise ValidationError("It does not read as Django writes it.", code="malformed_hash")
    if not kind.is_bearable(**{name: int(text) for name, text in found.groupdict().items() if text.isdecimal()}):
        raise ValidationError("It would take too long, or too much memory, to check.", code="too_costly")
    return encoded


def _is_whole_base64(found: re.Match[str]) -> bool:
    unpadded = (text for name, text in found.groupdict().items() if name in {"salt", "digest"})
    return all(len(text) % 4 != LONE for text in unpadded)
