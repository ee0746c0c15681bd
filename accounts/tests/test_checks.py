"""Misconfiguration is found at boot, by number, with a hint."""

from collections.abc import Mapping

import pytest
from django.core import checks
from pytest_django import Settings


def found() -> list[str]:
    messages = [message for message in checks.run_checks() if str(message.id).startswith("accounts.")]
    assert all(message.hint for message in messages)
    return [str(message.id) for message in messages]


def test_the_defaults_are_sound() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("changes", "identifier"),
    [
        ({"AUTH_LOGIN_LIMITS": "account=10"}, "accounts.E001"),
        ({"AUTH_LOGIN_LIMITS": "account=10/15m"}, "accounts.E001"),
        ({"AUTH_LOGIN_LIMITS": "account=10/15m,address=1/1s,planet=1/1s"}, "accounts.E001"),
        ({"AUTH_MAIL_LIMITS": "account=10"}, "accounts.E006"),
        ({"AUTH_MAIL_LIMITS": "account=5/1h"}, "accounts.E006"),
        ({"SERVER_THREADS": 16, "AUTH_MAX_CONCURRENT_HASHES": 4, "AUTH_HASH_QUEUE": 4}, "accounts.E002"),
        ({"AUTH_ACCESS_LIFETIME": 600, "AUTH_REFRESH_IDLE_LIFETIME": 300}, "accounts.E003"),
        ({"AUTH_REFRESH_IDLE_LIFETIME": 600, "AUTH_REFRESH_ABSOLUTE_LIFETIME": 599}, "accounts.E003"),
        ({"AUTH_ACCESS_CLAIMS": ["groups", "password"]}, "accounts.E004"),
        ({"AUTH_NOTICE_RETENTION": 329}, "accounts.E005"),
        ({"AUTH_NOTICE_RETENTION": 329, "AUTH_CLOCK_LEEWAY": 0}, "accounts.E005"),
        ({"AUTH_AUDIT_RETENTION": 400}, "accounts.E007"),
        ({"AUTH_AUDIT_RETENTION": 86_399}, "accounts.E007"),
        ({"EMBEDDED": False, "EMAIL_BACKEND": "accounts.delivery.console.EmailBackend"}, "accounts.W007"),
        ({"EMBEDDED": False, "EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}, "accounts.W007"),
    ],
)
def test_misconfiguration_has_a_number(settings: Settings, changes: Mapping[str, object], identifier: str) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)
    assert found() == [identifier]


@pytest.mark.parametrize("seconds", [0, 86_400])
def test_the_audit_is_kept_for_a_day_or_for_ever(settings: Settings, seconds: int) -> None:
    settings.AUTH_AUDIT_RETENTION = seconds
    assert found() == []


@pytest.mark.parametrize("threads", [None, 17])
def test_fewer_hashes_than_half_the_threads_are_no_matter(settings: Settings, threads: int | None) -> None:
    settings.SERVER_THREADS, settings.AUTH_MAX_CONCURRENT_HASHES, settings.AUTH_HASH_QUEUE = threads, 4, 4
    assert found() == []


def test_every_profile_field_may_be_a_claim(settings: Settings) -> None:
    settings.AUTH_ACCESS_CLAIMS = ["email", "email_verified", "first_name", "phone_number"]
    assert found() == []


def test_embedded_mode_may_write_mails_to_the_log(settings: Settings) -> None:
    settings.EMBEDDED, settings.EMAIL_BACKEND = True, "accounts.delivery.console.EmailBackend"
    assert found() == []
    settings.EMBEDDED, settings.EMAIL_BACKEND = False, "accounts.delivery.smtp.EmailBackend"
    assert found() == []
