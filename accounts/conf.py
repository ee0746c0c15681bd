"""The settings of the accounts app: typed, each default beside its name."""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from django.conf import settings
from django.core.signals import setting_changed

MINUTE: Final = 60
UNIT_SECONDS: Final = {"s": 1, "m": MINUTE, "h": 60 * MINUTE, "d": 24 * 60 * MINUTE}
FOLLOWERS_LEEWAY: Final = timedelta(seconds=30)
LIMIT: Final = re.compile(r"(?P<name>[a-z_]+)=(?P<count>[1-9]\d{0,5})/(?P<period>[1-9]\d{0,4})(?P<unit>[smhd])")


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` failures within a window of `period_seconds`."""

    count: int
    period_seconds: int


def parse_limits(text: str) -> dict[str, Limit]:
    """`account=10/15m,address=100/15m` by name; ValueError says which part does not read."""
    limits: dict[str, Limit] = {}
    for part in text.replace(" ", "").split(","):
        if not (match := LIMIT.fullmatch(part)):
            raise ValueError(f"{part!r} is no limit; write name=count/period, such as account=10/15m")
        seconds = int(match["period"]) * UNIT_SECONDS[match["unit"]]
        limits[match["name"]] = Limit(int(match["count"]), seconds)
    return limits


def _setting(name: str, default: Any) -> Any:
    return getattr(settings, name, default)


class EmailVerification(StrEnum):
    """Optional: new accounts get the mail. Required: nobody signs in before."""

    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


class AuthSettings:
    """`AUTH_*` of Django's settings, as values with units: each is worked out at its first use, and shared by all."""

    @cached_property
    def issuer(self) -> str:
        return str(_setting("AUTH_ISSUER", "http://localhost:8000"))

    @cached_property
    def audience(self) -> list[str]:
        return list(_setting("AUTH_AUDIENCE", ["fleet"]))

    @cached_property
    def client_id(self) -> str:
        """`client_id` of the tokens of people who sign in here (RFC 9068 section 2.2)."""
        return str(_setting("AUTH_CLIENT_ID", "authservice"))

    @cached_property
    def algorithm(self) -> str:
        return str(_setting("AUTH_ALGORITHM", "ES256"))

    @cached_property
    def access_lifetime(self) -> timedelta:
        return timedelta(seconds=_setting("AUTH_ACCESS_LIFETIME", 5 * MINUTE))

    @cached_property
    def access_claims(self) -> list[str]:
        return list(_setting("AUTH_ACCESS_CLAIMS", ["groups"]))

    @cached_property
    def refresh_idle_lifetime(self) -> timedelta:
        return timedelta(seconds=_setting("AUTH_REFRESH_IDLE_LIFETIME", timedelta(days=14).total_seconds()))

    @cached_property
    def refresh_absolute_lifetime(self) -> timedelta:
        return timedelta(seconds=_setting("AUTH_REFRESH_ABSOLUTE_LIFETIME", timedelta(days=90).total_seconds()))

    @cached_property
    def refresh_grace(self) -> timedelta:
        """How long the immediate parent of a refresh token is still answered. No setting: part of the protocol."""
        return timedelta(seconds=30)

    @cached_property
    def clock_leeway(self) -> timedelta:
        return timedelta(seconds=_setting("AUTH_CLOCK_LEEWAY", 30))

    @cached_property
    def followers_leeway(self) -> timedelta:
        """For how long beyond its end somebody may believe a token: by our leeway, or by that of a follower of the log,
        whose clock may lag by half a minute whatever ours is.
        """
        return max(self.clock_leeway, FOLLOWERS_LEEWAY)

    @cached_property
    def notice_retention(self) -> timedelta:
        return timedelta(seconds=_setting("AUTH_NOTICE_RETENTION", timedelta(days=30).total_seconds()))

    @cached_property
    def audit_retention(self) -> timedelta:
        """Zero: for ever."""
        return timedelta(seconds=_setting("AUTH_AUDIT_RETENTION", timedelta(days=400).total_seconds()))

    @cached_property
    def key_encryption_keys(self) -> list[str]:
        return list(_setting("AUTH_KEY_ENCRYPTION_KEYS", []))

    @cached_property
    def key_rotation_age(self) -> timedelta:
        return timedelta(seconds=_setting("AUTH_KEY_ROTATION_AGE", timedelta(days=90).total_seconds()))

    @cached_property
    def registration_open(self) -> bool:
        return bool(_setting("AUTH_REGISTRATION", "closed") == "open")

    @cached_property
    def password_min_length(self) -> int:
        return int(_setting("AUTH_PASSWORD_MIN_LENGTH", 15))

    @cached_property
    def breached_password_url(self) -> str:
        """Of a range API, as Have I Been Pwned's. Empty: nobody is asked."""
        return str(_setting("AUTH_BREACHED_PASSWORD_URL", ""))

    @cached_property
    def login_limits(self) -> dict[str, Limit]:
        return parse_limits(_setting("AUTH_LOGIN_LIMITS", "account=10/15m,address=100/15m"))

    @cached_property
    def mail_limits(self) -> dict[str, Limit]:
        """For what sends a mail at a stranger's wish, or makes an account: whether or not it went well."""
        return parse_limits(_setting("AUTH_MAIL_LIMITS", "account=5/1h,address=100/1h"))

    @cached_property
    def email_verification(self) -> EmailVerification:
        return EmailVerification(_setting("AUTH_EMAIL_VERIFICATION", EmailVerification.OFF))

    @cached_property
    def password_reset_url(self) -> str:
        """With `{token}`, as the next two."""
        return str(_setting("AUTH_PASSWORD_RESET_URL", "")) or f"{self.issuer}/account/reset-password#{{token}}"

    @cached_property
    def email_verify_url(self) -> str:
        return str(_setting("AUTH_EMAIL_VERIFY_URL", "")) or f"{self.issuer}/account/verify-email#{{token}}"

    @cached_property
    def deletion_cancel_url(self) -> str:
        """Always a page of ours."""
        return f"{self.issuer}/account/cancel-deletion#{{token}}"

    @cached_property
    def deletion_delay(self) -> timedelta:
        return timedelta(seconds=_setting("AUTH_DELETION_DELAY", 0))

    @cached_property
    def max_concurrent_hashes(self) -> int:
        return int(_setting("AUTH_MAX_CONCURRENT_HASHES", 2))

    @cached_property
    def hash_queue(self) -> int:
        return int(_setting("AUTH_HASH_QUEUE", 4))

    @cached_property
    def fastlane(self) -> bool:
        return bool(_setting("AUTH_FASTLANE", default=True))

    @cached_property
    def redis_url(self) -> str:
        return str(_setting("REDIS_URL", ""))

    @cached_property
    def trusted_proxies(self) -> list[str]:
        return list(_setting("TRUSTED_PROXIES", []))

    def forget(self, **_: object) -> None:
        """What was worked out: a test has changed a setting."""
        vars(self).clear()


auth_settings: Final = AuthSettings()
setting_changed.connect(auth_settings.forget)
