"""Hashes from elsewhere are taken as they are, where Django made them and a sign-in can bear them."""

import base64
import os
import warnings
from typing import Any, Final

import pytest
from django.contrib.auth import hashers
from django.core.exceptions import ValidationError
from django.utils.module_loading import import_string

from accounts import passwords
from accounts.services.importing import hashes
from authservice import settings as project

PASSWORD: Final = "river-lantern"
BCRYPT: Final = "$2b$12$" + "a" * 21 + "." + "b" * 31


def refusal_of(encoded: str) -> str | None:
    with pytest.raises(ValidationError) as refused:
        hashes.taken(encoded)
    return refused.value.code


def digest(size: int) -> str:
    return base64.b64encode(os.urandom(size)).decode()


def argon2(m: int, t: int, p: int) -> str:
    return f"argon2$argon2id$v=19$m={m},t={t},p={p}${digest(16).rstrip('=')}${digest(32).rstrip('=')}"


def scrypt(n: int, r: int, p: int) -> str:
    return f"scrypt${n}$salt${r}${p}${digest(64)}"


@pytest.mark.real_hasher
@pytest.mark.parametrize("algorithm", [*hashes.KINDS])
def test_what_django_makes_is_kept_as_it_is_and_opens_the_account(algorithm: str) -> None:
    encoded = hashers.make_password(PASSWORD, hasher=algorithm)
    assert hashes.taken(encoded) == encoded
    outdated = algorithm != "argon2"
    assert passwords.verify(PASSWORD, encoded) == passwords.Verdict(matches=True, outdated=outdated)
    assert not passwords.verify(PASSWORD + "x", encoded).matches


@pytest.mark.real_hasher
def test_argon2_of_other_parameters_is_outdated() -> None:
    encoded = hashers.Argon2PasswordHasher().encode(PASSWORD, "a salt of its own")
    assert passwords.verify(PASSWORD, hashes.taken(encoded)) == passwords.Verdict(matches=True, outdated=True)


def test_each_kind_has_one_class_so_that_none_hides_another() -> None:
    """Of two classes with one name Django takes the last, and says nothing."""
    names = [import_string(path).algorithm for path in project.PASSWORD_HASHERS]
    assert sorted(names) == sorted(hashes.KINDS)
    assert project.PASSWORD_HASHERS[0] == "accounts.passwords.Argon2id"


@pytest.mark.real_hasher
def test_bcrypt_opens_for_more_than_it_has_ever_looked_at() -> None:
    long = "ü" * 40
    encoded = hashers.make_password(long[:36], hasher="bcrypt")
    assert passwords.verify(long, encoded).matches
    assert not passwords.verify("x" + long, encoded).matches


@pytest.mark.real_hasher
def test_a_wrong_password_costs_the_one_hash_that_it_is_compared_with(monkeypatch: pytest.MonkeyPatch) -> None:
    """No other time would be that of an unknown address, either; docs/importing.md says what this gives away."""
    encoded = hashers.PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations=1000)
    made: list[str] = []
    encode = hashers.PBKDF2PasswordHasher.encode

    def count(hasher: hashers.PBKDF2PasswordHasher, password: str, *args: Any) -> str:
        made.append(password)
        return encode(hasher, password, *args)

    monkeypatch.setattr(hashers.PBKDF2PasswordHasher, "encode", count)
    monkeypatch.setattr(passwords.Argon2id, "encode", lambda *_: pytest.fail("a second hash"))
    assert passwords.verify("wrong", encoded) == passwords.Verdict(matches=False, outdated=True)
    assert made == ["wrong"]


@pytest.mark.parametrize("nothing", [None, "", "!", "!abcdefghijklmnopqrstuvwxyz"])
def test_no_password_opens_where_there_is_none(nothing: str | None) -> None:
    encoded = hashes.taken(nothing)
    assert encoded.startswith("!")
    assert len(encoded) > 40
    assert not passwords.verify("", encoded).matches


@pytest.mark.parametrize(
    "encoded",
    [
        "md5$salt$5f4dcc3b5aa765d61d8327deb882cf99",
        "sha1$salt$" + "0" * 40,
        "unsalted_md5$$5f4dcc3b5aa765d61d8327deb882cf99",
        "5f4dcc3b5aa765d61d8327deb882cf99",
        "bcrypt_sha512$x",
        "PBKDF2_SHA256$1$a$b",
        "$argon2id$v=19$m=102400,t=2,p=8$c2FsdHNhbHQ$ZGlnZXN0ZGlnZXN0",
        "hunter2",
        " ",
    ],
)
def test_what_is_made_otherwise_is_refused(encoded: str) -> None:
    assert refusal_of(encoded) == "unknown_algorithm"


@pytest.mark.parametrize(
    "encoded",
    [
        "pbkdf2_sha256$",
        "pbkdf2_sha256$0$salt$" + digest(32),
        "pbkdf2_sha256$-1$salt$" + digest(32),
        "pbkdf2_sha256$1_000$salt$" + digest(32),
        "pbkdf2_sha256$١٠٠٠$salt$" + digest(32),
        "pbkdf2_sha256$1000$$" + digest(32),
        "pbkdf2_sha256$1000$salt$" + digest(20),
        "pbkdf2_sha256$1000$salt$" + digest(32) + "\n",
        "pbkdf2_sha256$1000$sa\0lt$" + digest(32),
        "pbkdf2_sha1$1000$salt$" + digest(32),
        "bcrypt$" + BCRYPT[:-1],
        "bcrypt$" + BCRYPT.replace("$2b$", "$2y$"),
        "bcrypt$" + BCRYPT.replace("a.b", "aab"),
        "bcrypt_sha256$" + BCRYPT[1:],
        "scrypt$16384$salt$8$" + digest(64),
        "scrypt$16384$salt$8$5$" + digest(32),
        argon2(102400, 2, 8).replace("v=19", "v=20"),
        argon2(102400, 2, 8).replace("argon2id", "argon2x"),
        "argon2$argon2id$v=19$m=102400,t=2,p=8$" + "a" * 21 + "$" + "b" * 43,
    ],
)
def test_what_does_not_read_is_refused(encoded: str) -> None:
    """It would be an error at each sign-in, which tells that the account is there."""
    assert refusal_of(encoded) == "malformed_hash"


@pytest.mark.parametrize(
    "encoded",
    [
        f"pbkdf2_sha256${hashes.MAX_PBKDF2_ITERATIONS + 1}$salt$" + digest(32),
        "pbkdf2_sha1$999999999999999$salt$" + digest(20),
        "bcrypt$" + BCRYPT.replace("$12$", "$15$"),
        "bcrypt_sha256$" + BCRYPT.replace("$12$", "$31$"),
        "bcrypt$" + BCRYPT.replace("$12$", "$03$"),
        scrypt(2**14, 8, 17),
        scrypt(2**15, 8, 1),
        scrypt(2, 2**17, 1),
        scrypt(3, 8, 1),
        scrypt(1, 8, 1),
        argon2(hashes.MAX_ARGON2_KIB + 1, 1, 1),
        argon2(8, 9_999_999, 1),
        argon2(hashes.MAX_ARGON2_KIB, 1, hashes.MAX_ARGON2_LANES + 1),
        argon2(1024, 1, 9_999_999),
    ],
)
def test_what_a_sign_in_could_not_bear_is_refused(encoded: str) -> None:
    assert refusal_of(encoded) == "too_costly"


def test_what_the_column_could_not_hold_is_refused() -> None:
    assert refusal_of("pbkdf2_sha256$1000$" + "s" * 100 + "$" + digest(32)) == "too_long"


@pytest.mark.real_hasher
@pytest.mark.slow
@pytest.mark.parametrize(
    "encoded",
    [
        f"pbkdf2_sha256${hashes.MAX_PBKDF2_ITERATIONS}$salt$" + digest(32),
        "bcrypt_sha256$" + BCRYPT.replace("$12$", f"${hashes.MAX_BCRYPT_ROUNDS}$"),
        scrypt(2**14, 8, 15),
        scrypt(2**13, 16, 15),
        argon2(hashes.MAX_ARGON2_KIB, 4, 1),
        argon2(8 * 16, 1, 16),
    ],
)
def test_the_dearest_that_is_taken_is_checked_without_an_error(encoded: str) -> None:
    with warnings.catch_warnings(action="error"):
        assert not passwords.verify(PASSWORD, hashes.taken(encoded)).matches
