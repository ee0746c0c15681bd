"""Whether the lane may be open at all: where it is asked for, and where it knows all that Django would heed."""

import logging
from typing import Any, Final

from django.conf import settings

from accounts.conf import auth_settings

MIDDLEWARE: Final = frozenset(
    {
        "authservice.middleware.RequestContextMiddleware",
        "authservice.headers.PolicyMiddleware",
        "django.middleware.security.SecurityMiddleware",
        "whitenoise.middleware.WhiteNoiseMiddleware",
        "authservice.headers.OriginMiddleware",
        "authservice.middleware.HostMiddleware",
    }
)
"""What these do to a plain request depends on nothing that `plain` does not look at. Of another nobody knows."""

UNTOUCHED: Final[dict[str, Any]] = {
    "DEBUG": False,
    "DISALLOWED_USER_AGENTS": [],
    "FORCE_SCRIPT_NAME": None,
    "PREPEND_WWW": False,
    "SECURE_HSTS_SECONDS": 0,
    "SECURE_PROXY_SSL_HEADER": None,
    "SECURE_SSL_REDIRECT": False,
    "USE_X_FORWARDED_HOST": False,
}
"""Settings of Django's that would make it look at more of a request; each as Django, or this service, has it."""


def obstacle() -> str:
    """Empty when the lane may be open."""
    if not auth_settings.fastlane:
        return "AUTH_FASTLANE"
    if logging.getLogger().isEnabledFor(logging.DEBUG):
        return "LOG_LEVEL"  # whoever debugs wants a line for each request, and the lane writes none
    if not MIDDLEWARE.issuperset(settings.MIDDLEWARE):
        return "MIDDLEWARE"
    return next((name for name, value in UNTOUCHED.items() if getattr(settings, name) != value), "")
