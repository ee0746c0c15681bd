"""Misconfiguration found at boot: numbered, each with a hint."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import checks as django_checks
from django.core.checks import CheckMessage, Error, Tags

from accounts.conf import Limit, auth_settings
from accounts.tokens import issuing

BOTH_LIMITS = frozenset({"account", "address"})
SHORTEST_AUDIT_RETENTION = timedelta(days=1)
TO_THE_LOG = frozenset({"accounts.delivery.console.EmailBackend", "django.core.mail.backends.console.EmailBackend"})


def register() -> None:
    django_checks.register(check_login_limits, Tags.security)
    django_checks.register(check_mail_limits, Tags.security)
    django_checks.register(check_hash_bounds, Tags.security)
    django_checks.register(check_lifetimes, Tags.security)
    django_checks.register(check_access_claims, Tags.security)
    django_checks.register(check_notice_retention, Tags.security)
    django_checks.register(check_audit_retention, Tags.security)
    django_checks.register(check_mails_are_sent, Tags.security)


def check_login_limits(app_configs: Sequence[Any] | None, **_: object) -> list[CheckMessage]:
    return _check_limits("AUTH_LOGIN_LIMITS", lambda: auth_settings.login_limits, "accounts.E001")


def check_mail_limits(app_configs: Sequence[Any] | None, **_: object) -> list[CheckMessage]:
    return _check_limits("AUTH_MAIL_LIMITS", lambda: auth_settings.mail_limits, "accounts.E006")


def _check_limits(name: str, read: Callable[[], dict[str, Limit]], identifier: str) -> list[CheckMessage]:
    hint = f"Write both limits: {name}=account=10/15m,address=100/15m."
    try:
        limits = read()
    except ValueError as problem:
        return [Error(f"{name} does not read: {problem}.", hint=hint, id=identifier)]
    if set(limits) != BOTH_LIMITS:
        return [Error(f"{name} names other limits than account and address.", hint=hint, id=identifier)]
    return []


def check_hash_bounds(app_configs: Sequence[Any] | None, **_: object) -> list[CheckMessage]:
    threads = getattr(settings, "SERVER_THREADS", None)
    bound = auth_settings.max_concurrent_hashes + auth_settings.hash_queue
    if threads is None or bound * 2 < threads:
        return []
    return [
        Error(
            f"Up to {bound} of {threads} server threads may wait for password hashes, so verification would wait too.",
            hint="Keep AUTH_MAX_CONCURRENT_HASHES + AUTH_HASH_QUEUE under half of SERVER_THREADS.",
            id="accounts.E002",
        )
    ]


def check_lifetimes(app_configs: Sequence[Any] | None, **_: object) -> list[CheckMessage]:
    if auth_settings.access_lifetime <= auth_settings.refresh_idle_lifetime <= auth_settings.refresh_absolute_lifetime:
        return []
    return [
        Error(
            "The lifetimes are out of order: access, then idle, then absolute must grow.",
            hint="Set AUTH_ACCESS_LIFETIME ≤ AUTH_REFRESH_IDLE_LIFETIME ≤ AUTH_REFRESH_ABSOLUTE_LIFETIME.",
            id="accounts.E003",
        )
    ]


def check_audit_retention(app_configs: Sequence[Any] | None, **_: object) -> list[CheckMessage]:
    """Whoever writes days would lose all of it in minutes."""
    if not timedelta(0) < auth_settings.audit_retention < SHORTEST_AUDIT_RETENTION:
        return []
    return [
        Error(
            "AUTH_AUDIT_RETENTION is less than a day, and everything older is removed.",
            hint="It is in seconds: 34560000 are 400 days. 0 keeps the audit for ever.",
            id="accounts.E007",
        )
    ]


def check_access_claims(app_configs: Sequence[Any] | None, **_: object) -> list[CheckMessage]:
    unknown = sorted(set(auth_settings.access_claims) - issuing.claimable())
    if not unknown:
        return []
    return [
        Error(
            f"AUTH_ACCESS_CLAIMS names what no token can carry: {', '.join(unknown)}.",
            hint=f"There are: {', '.join(sorted(issuing.claimable()))}.",
            id="accounts.E004",
        )
    ]


def check_notice_retention(app_configs: Sequence[Any] | None, **_: object) -> list[CheckMessage]:
    if auth_settings.notice_retention >= auth_settings.access_lifetime + auth_settings.followers_leeway:
        return []
    return [
        Error(
            "Notices would be removed while tokens that they refuse are still good elsewhere.",
            hint="Set AUTH_NOTICE_RETENTION ≥ AUTH_ACCESS_LIFETIME + AUTH_CLOCK_LEEWAY, or + 30 if that is more.",
            id="accounts.E005",
        )
    ]


def check_mails_are_sent(app_configs: Sequence[Any] | None, **_: object) -> list[CheckMessage]:
    """Embedded mode is there to try things, and its log is read by whoever does."""
    if getattr(settings, "EMBEDDED", False) or settings.EMAIL_BACKEND not in TO_THE_LOG:
        return []
    return [
        django_checks.Warning(
            "Mails, with links that set passwords, are written to the log.",
            hint="Set EMAIL_URL, such as smtp+tls://user:password@mail.example.com.",
            id="accounts.W007",
        )
    ]
