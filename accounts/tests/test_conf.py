"""Settings as typed values, each with its default beside it."""

from datetime import timedelta
from functools import cached_property

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from accounts.conf import AuthSettings, EmailVerification, Limit, auth_settings, parse_limits

DEFAULTS = {
    "issuer": "http://localhost:8000",
    "audience": ["fleet"],
    "client_id": "authservice",
    "algorithm": "ES256",
    "access_lifetime": timedelta(minutes=5),
    "access_claims": ["groups"],
    "refresh_idle_lifetime": timedelta(days=14),
    "refresh_absolute_lifetime": timedelta(days=90),
    "refresh_grace": timedelta(seconds=30),
    "clock_leeway": timedelta(seconds=30),
    "followers_leeway": timedelta(seconds=30),
    "notice_retention": timedelta(days=30),
    "audit_retention": timedelta(days=400),
    "key_encryption_keys": [],
    "key_rotation_age": timedelta(days=90),
    "registration_open": False,
    "password_min_length": 15,
    "breached_password_url": "",
    "login_limits": {"account": Limit(10, 900), "address": Limit(100, 900)},
    "mail_limits": {"account": Limit(5, 3600), "address": Limit(100, 3600)},
    "email_verification": EmailVerification.OFF,
    "password_reset_url": "http://localhost:8000/account/reset-password#{token}",
    "email_verify_url": "http://localhost:8000/account/verify-email#{token}",
    "deletion_cancel_url": "http://localhost:8000/account/cancel-deletion#{token}",
    "deletion_delay": timedelta(0),
    "max_concurrent_hashes": 2,
    "hash_queue": 4,
    "fastlane": True,
    "redis_url": "",
    "trusted_proxies": [],
}


def test_every_setting_has_a_default(settings: Settings) -> None:
    for name in dir(django_settings):
        if name.startswith("AUTH_") or name in {"REDIS_URL", "TRUSTED_PROXIES"}:
            delattr(settings, name)
    properties = [name for name, value in vars(AuthSettings).items() if isinstance(value, cached_property)]
    assert {name: getattr(auth_settings, name) for name in properties} == DEFAULTS


def test_a_setting_that_is_changed_is_worked_out_anew(settings: Settings) -> None:
    for seconds in (60, 120):
        settings.AUTH_ACCESS_LIFETIME = seconds
        assert auth_settings.access_lifetime == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("account=5/30s", {"account": Limit(5, 30)}),
        ("account=10/15m,address=100/15m", {"account": Limit(10, 900), "address": Limit(100, 900)}),
        (" account = 1/2h , address=3/1d ", {"account": Limit(1, 7200), "address": Limit(3, 86_400)}),
    ],
)
def test_limits_read(text: str, limits: dict[str, Limit]) -> None:
    assert parse_limits(text) == limits


@pytest.mark.parametrize(
    "text", ["", "account", "account=10", "account=0/1m", "account=10/0m", "account=10/15x", "a=1/1m,"]
)
def test_what_is_no_limit_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="is no limit"):
        parse_limits(text)
