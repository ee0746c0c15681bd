"""What a good password is, and what is kept of it: a hash."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.contrib.auth import hashers
from django.core.exceptions import ValidationError

from accounts import breaches, guessing, hashing
from accounts.conf import auth_settings
from accounts.errors import FieldError, InvalidInput
from accounts.guessing import EXAMPLE

MAX_LENGTH: Final = 256
MIN_GUESSES_LOG10: Final = 10  # zxcvbn's "very unguessable", its highest score
UNUSABLE: Final = "!"
BCRYPT_BYTES: Final = 72


class Argon2id(hashers.Argon2PasswordHasher):
    """Argon2id at the parameters of OWASP's Password Storage Cheat Sheet: 19 MiB, two passes, one lane."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1


class Bcrypt(hashers.BCryptPasswordHasher):
    """Taken from elsewhere. It has only ever looked at 72 bytes, and its library refuses more since version 5."""

    def encode(self, password: str, salt: bytes) -> str:  # type: ignore[override]  # what Django's own takes
        hashed: bytes = self._load_library().hashpw(password.encode()[:BCRYPT_BYTES], salt)  # type: ignore[attr-defined]  # of the base class
        return f"{self.algorithm}${hashed.decode('ascii')}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password matches, and whether its hash should be made anew at today's parameters."""

    matches: bool
    outdated: bool


def normalise(raw: str) -> str:
    """NFC (NIST SP 800-63B-4 section 3.1.1.2): the same keys typed on two systems are the same password."""
    return unicodedata.normalize("NFC", raw)


def hash_password(raw: str) -> str:
    """The encoded hash; Busy beyond the bound."""
    return hashing.run(lambda: hashers.make_password(normalise(raw)))


def verify(raw: str, encoded: str | None) -> Verdict:
    """Compare with a stored hash. For None, and for an unusable one, the time of a hash passes and nothing matches."""
    return hashing.run(lambda: _compare(raw, encoded or UNUSABLE))


def _compare(raw: str, encoded: str) -> Verdict:
    """A hash that came from elsewhere was made of what was typed, as it was typed: that is tried as well, where it is
    another text. Ours never was, and takes one hash.
    """
    normal = normalise(raw)
    matches, outdated = hashers.verify_password(normal, encoded)
    if outdated and not matches and raw != normal:
        matches, outdated = hashers.verify_password(raw, encoded)
    return Verdict(matches=matches, outdated=outdated)


def check_rules(raw: str, *, context: Sequence[str] = (), field: str = "password") -> None:
    """InvalidInput with help when the password is too short, too long, easily guessed or known to be stolen; Busy
    beyond the bound.

    `context` is the person's own data (address, names): it makes a poor password.
    """
    password = normalise(raw)
    problem = _length_problem(password)
    if problem is None:
        with hashing.slot():
            problem = _guess_problem(password, context)
    if problem is None and breaches.is_known(password):
        problem = "breached", "This is in a list of passwords that were stolen somewhere; make up another one."
    if problem:
        code, detail = problem
        raise InvalidInput([FieldError(field, code, detail)])


def _length_problem(password: str) -> tuple[str, str] | None:
    length, least = len(password), auth_settings.password_min_length
    if length < least:
        return (
            "too_short",
            f"At least {least} characters; yours has {length}. Four words work: {EXAMPLE} (not this one).",
        )
    if length > MAX_LENGTH:
        return "too_long", f"At most {MAX_LENGTH} characters; yours has {length}."
    return None


def _guess_problem(password: str, context: Sequence[str]) -> tuple[str, str] | None:
    judgement = guessing.judge(password, context=context)
    if judgement.guesses_log10 >= MIN_GUESSES_LOG10:
        return None
    return "too_easy", " ".join(
        ["This would be guessed easily.", *judgement.hints, f"Four unrelated words work, like: {EXAMPLE}."]
    )


class Rules:
    """The same rules for Django's own doors (`createsuperuser`, `changepassword`): AUTH_PASSWORD_VALIDATORS."""

    def validate(self, password: str, user: object = None) -> None:
        try:
            check_rules(password, context=[str(getattr(user, "email", ""))])
        except InvalidInput as refusal:
            raise ValidationError(
                [ValidationError(error.detail, code=error.code) for error in refusal.errors]
            ) from None

    def get_help_text(self) -> str:
        return f"At least {auth_settings.password_min_length} characters. Four words work: {EXAMPLE} (not this one)."
