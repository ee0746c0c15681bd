"""The environment that the tests run in, whatever the developer's own says."""

import atexit
import os
import secrets
import shutil
import tempfile
from functools import cache
from pathlib import Path

from accounts.tests.support.postgresql import PostgreSQL

CHECKOUT = Path(__file__).resolve().parents[3]

# What the project or its programs would read from the developer's shell.
_PREFIXES = ("AUTH_", "AUTHSERVICE_", "GRANIAN_", "OTEL_", "PG", "PROMETHEUS_", "SENTRY_")
_NAMES = (
    "ALLOWED_HOSTS",
    "CORS_ALLOWED_ORIGINS",
    "DATABASE_URL",
    "DEBUG",
    "DEFAULT_FROM_EMAIL",
    "DJANGO_SETTINGS_MODULE",
    "EMAIL_URL",
    "GRAPHIQL",
    "LOG_FORMAT",
    "LOG_LEVEL",
    "METRICS_TOKEN",
    "PORT",
    "REDIS_URL",
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
    "SERVER_THREADS",
    "SHUTDOWN_GRACE",
    "TRUSTED_PROXIES",
    "WEB_CONCURRENCY",
)
_KEPT = "AUTH_FASTLANE"  # `AUTH_FASTLANE=off make test` runs everything without it


@cache
def session_directory() -> Path:
    """A directory for everything that this run writes, removed at its end.

    Others may pass through it: as root, PostgreSQL runs as a user who may not enter root's own directories.
    """
    parent = "/tmp" if os.geteuid() == 0 else None  # root's TMPDIR may be closed to others
    directory = Path(tempfile.mkdtemp(prefix="authservice-tests-", dir=parent))
    directory.chmod(0o711)
    atexit.register(remove_session_directory)
    return directory


def remove_session_directory() -> None:
    if session_directory.cache_info().currsize:
        shutil.rmtree(session_directory(), ignore_errors=True)
        session_directory.cache_clear()


@cache
def postgresql() -> PostgreSQL:
    """The cluster of this run; `start()` it before use."""
    return PostgreSQL(session_directory() / "postgresql")


def clear() -> None:
    """Forget every variable that could change what the tests see."""
    for name in list(os.environ):
        if name != _KEPT and (name in _NAMES or name.startswith(_PREFIXES)):
            del os.environ[name]


def prepare(database: str) -> None:
    """Set the variables that the project's settings read, for `sqlite` (embedded mode) or `postgresql`."""
    clear()
    var = session_directory() / "var"
    var.mkdir(exist_ok=True)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "authservice.settings",
        "AUTHSERVICE_VAR": str(var),
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
        "AUTH_ISSUER": "http://localhost:8000",
        "AUTH_REGISTRATION": "open",
        "SHUTDOWN_GRACE": "0",
    }
    if database == "postgresql":
        os.environ["DATABASE_URL"] = postgresql().url("authservice")
