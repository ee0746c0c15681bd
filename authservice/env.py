"""The only reader of the environment: typed, loud about mistakes, and silent about secrets."""

import fcntl
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from accounts import conf
from authservice import email_url
from authservice.reading import Reader, Secret, wrong

BASE_DIR: Final = Path(__file__).resolve().parent.parent
EMBEDDED_HOSTS: Final = ["localhost", "127.0.0.1", "[::1]", "authservice"]
WELL_KNOWN_SECRETS: Final = ("secret", "changeme", "change-me", "django-insecure", "your-secret", "insecure", "example")
SECRET_MIN_LENGTH: Final = 50  # Django's own security.W009 measures the same way
ENCRYPTION_KEY_MIN_LENGTH: Final = 32
SECRET_MIN_DISTINCT: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What the environment says, with every default filled in. Durations are whole seconds."""

    names: tuple[str, ...]
    embedded: bool
    var_dir: Path
    stopping_file: str
    debug: bool
    database: dict[str, Any] = field(repr=False)
    redis_url: Secret
    secret_key: Secret
    secret_key_fallbacks: list[str] = field(repr=False)
    allowed_hosts: list[str]
    port: int
    web_concurrency: int
    server_threads: int
    shutdown_grace: int
    log_level: str
    log_format: str
    trusted_proxies: list[str]
    cors_allowed_origins: list[str]
    metrics_token: Secret
    graphiql: bool
    email: dict[str, Any] = field(repr=False)
    default_from_email: str
    auth: dict[str, Any] = field(repr=False)


def read(source: Mapping[str, str]) -> Environment:
    """The whole environment, or ImproperlyConfigured with the variable's name, its fault and what it takes."""
    reader = Reader(source)
    database_url = reader.secret("DATABASE_URL")
    embedded = not database_url
    var_dir = Path(reader.text("AUTHSERVICE_VAR", str(BASE_DIR / "var")))
    port = reader.whole("PORT", 8000, minimum=1, maximum=65535)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    web_concurrency = reader.whole("WEB_CONCURRENCY", 1 if embedded else min(cores, 4), minimum=1, maximum=1024)
    server_threads = reader.whole("SERVER_THREADS", 16, minimum=3, maximum=1024)
    auth = _auth(reader, port=port, embedded=embedded)
    hashing = _hashing(reader, cores=cores // web_concurrency, threads=server_threads)
    return Environment(
        embedded=embedded,
        var_dir=var_dir,
        stopping_file=reader.text("AUTHSERVICE_STOPPING_FILE"),
        debug=reader.flag("DEBUG", default=False),
        database=_database(database_url, var_dir),
        redis_url=_redis_url(reader),
        secret_key=_secret_key(reader, var_dir, embedded=embedded),
        secret_key_fallbacks=[Secret(key) for key in reader.listing("SECRET_KEY_FALLBACKS")],
        allowed_hosts=_required(reader.listing("ALLOWED_HOSTS", EMBEDDED_HOSTS if embedded else ()), "ALLOWED_HOSTS"),
        port=port,
        web_concurrency=web_concurrency,
        server_threads=server_threads,
        shutdown_grace=reader.whole("SHUTDOWN_GRACE", 0 if embedded else 5, minimum=0, maximum=300),
        log_level=reader.choice("LOG_LEVEL", "INFO", ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]),
        log_format=reader.choice("LOG_FORMAT", "console" if embedded else "json", ["json", "console"]),
        trusted_proxies=reader.networks("TRUSTED_PROXIES"),
        cors_allowed_origins=reader.listing("CORS_ALLOWED_ORIGINS"),
        metrics_token=reader.secret("METRICS_TOKEN"),
        graphiql=reader.flag("GRAPHIQL", default=embedded),
        email=_email(reader, "consolemail://" if embedded else "smtp://localhost"),
        default_from_email=_sender(reader, urlsplit(auth["AUTH_ISSUER"]).hostname or ""),
        auth=auth | hashing,
        names=tuple(reader.names),
    )


def _required(value: list[str], name: str) -> list[str]:
    if not value:
        raise ImproperlyConfigured(f"{name} is required when DATABASE_URL is set.")
    return value


def _auth(reader: Reader, *, port: int, embedded: bool) -> dict[str, Any]:
    """The AUTH_* settings by name, as `accounts.conf` reads them from Django's settings."""
    return {
        "AUTH_ISSUER": _issuer(reader, f"http://localhost:{port}" if embedded else ""),
        "AUTH_AUDIENCE": reader.listing("AUTH_AUDIENCE", ["fleet"]),
        "AUTH_CLIENT_ID": reader.text("AUTH_CLIENT_ID", "authservice"),
        "AUTH_ALGORITHM": reader.choice("AUTH_ALGORITHM", "ES256", ["ES256", "RS256", "EdDSA"]),
        "AUTH_ACCESS_LIFETIME": reader.whole("AUTH_ACCESS_LIFETIME", 300, minimum=10, maximum=86_400),
        "AUTH_ACCESS_CLAIMS": reader.listing("AUTH_ACCESS_CLAIMS", ["groups"]),
        "AUTH_REFRESH_IDLE_LIFETIME": reader.whole("AUTH_REFRESH_IDLE_LIFETIME", 14 * 86_400, minimum=60),
        "AUTH_REFRESH_ABSOLUTE_LIFETIME": reader.whole("AUTH_REFRESH_ABSOLUTE_LIFETIME", 90 * 86_400, minimum=60),
        "AUTH_CLOCK_LEEWAY": reader.whole("AUTH_CLOCK_LEEWAY", 30, minimum=0, maximum=300),
        "AUTH_NOTICE_RETENTION": reader.whole("AUTH_NOTICE_RETENTION", 30 * 86_400, minimum=60),
        "AUTH_AUDIT_RETENTION": reader.whole("AUTH_AUDIT_RETENTION", 400 * 86_400, minimum=0),
        "AUTH_KEY_ENCRYPTION_KEYS": _encryption_keys(reader),
        "AUTH_KEY_ROTATION_AGE": reader.whole("AUTH_KEY_ROTATION_AGE", 90 * 86_400, minimum=3600),
        "AUTH_REGISTRATION": reader.choice("AUTH_REGISTRATION", "open" if embedded else "closed", ["open", "closed"]),
        "AUTH_PASSWORD_MIN_LENGTH": reader.whole("AUTH_PASSWORD_MIN_LENGTH", 15, minimum=8, maximum=128),
        "AUTH_BREACHED_PASSWORD_URL": _range_url(reader),
        "AUTH_EMAIL_VERIFICATION": reader.choice("AUTH_EMAIL_VERIFICATION", "off", [*conf.EmailVerification]),
        "AUTH_PASSWORD_RESET_URL": _link(reader, "AUTH_PASSWORD_RESET_URL"),
        "AUTH_EMAIL_VERIFY_URL": _link(reader, "AUTH_EMAIL_VERIFY_URL"),
        "AUTH_DELETION_DELAY": reader.whole("AUTH_DELETION_DELAY", 0, minimum=0, maximum=90 * 86_400),
        "AUTH_LOGIN_LIMITS": _limits(reader, "AUTH_LOGIN_LIMITS", "account=10/15m,address=100/15m"),
        "AUTH_MAIL_LIMITS": _limits(reader, "AUTH_MAIL_LIMITS", "account=5/1h,address=100/1h"),
        "AUTH_FASTLANE": reader.flag("AUTH_FASTLANE", default=True),
    }


def _hashing(reader: Reader, *, cores: int, threads: int) -> dict[str, int]:
    """By default under half of the threads may be held by hashes, so that verification never waits behind them."""
    room = max((threads - 1) // 2, 1)
    queue = reader.whole("AUTH_HASH_QUEUE", min(4, room - 1), minimum=0)
    hashes = reader.whole("AUTH_MAX_CONCURRENT_HASHES", max(1, min(cores, room - queue)), minimum=1)
    return {"AUTH_HASH_QUEUE": queue, "AUTH_MAX_CONCURRENT_HASHES": hashes}


def _limits(reader: Reader, name: str, default: str) -> str:
    raw = reader.text(name, default)
    with suppress(ValueError):
        if set(conf.parse_limits(raw)) == {"account", "address"}:
            return raw
    raise wrong(name, raw, f"both limits, such as {default}")


def _link(reader: Reader, name: str) -> str:
    """To the operator's own front end. The fragment is the one part of an address that no server is sent, or logs."""
    raw = reader.text(name)
    with suppress(ValueError):
        parts = urlsplit(raw)
        if not raw or (parts.scheme in {"http", "https"} and parts.netloc and "{token}" in parts.fragment):
            return raw
    raise wrong(name, raw, "a URL with {token} in its fragment, such as https://app.example.com/reset#{token}")


def _range_url(reader: Reader) -> str:
    """Of the API that knows breached passwords by the first digits of their SHA-1; what follows it is ours to write."""
    raw = reader.text("AUTH_BREACHED_PASSWORD_URL")
    wanted = "a URL such as https://api.pwnedpasswords.com/range, without a user"
    if "@" in raw:  # nothing would be sent as one; nor is a password shown
        raise wrong("AUTH_BREACHED_PASSWORD_URL", "…", wanted)
    with suppress(ValueError):
        parts = urlsplit(raw)
        if not raw or (parts.scheme in {"http", "https"} and parts.hostname and not (parts.query or parts.fragment)):
            return raw
    raise wrong("AUTH_BREACHED_PASSWORD_URL", raw, wanted)


def _encryption_keys(reader: Reader) -> list[Secret]:
    keys = [Secret(key) for key in reader.listing("AUTH_KEY_ENCRYPTION_KEYS")]
    if any(len(key) < ENCRYPTION_KEY_MIN_LENGTH or len(set(key)) < SECRET_MIN_DISTINCT for key in keys):
        raise ImproperlyConfigured(
            f"AUTH_KEY_ENCRYPTION_KEYS takes random keys of {ENCRYPTION_KEY_MIN_LENGTH} characters or more."
        )
    return keys


def _issuer(reader: Reader, default: str) -> str:
    """RFC 8414 section 2: a URL without query or fragment; never taken from a request."""
    raw = reader.text("AUTH_ISSUER", default)
    if not raw:
        raise ImproperlyConfigured(
            "AUTH_ISSUER is required when DATABASE_URL is set, such as https://auth.example.com."
        )
    wanted = "a URL without query or fragment, such as https://auth.example.com"
    try:
        parts = urlsplit(raw)
    except ValueError:
        raise wrong("AUTH_ISSUER", raw, wanted) from None
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
        raise wrong("AUTH_ISSUER", raw, wanted)
    return raw.rstrip("/")


def _database(url: str, var_dir: Path) -> dict[str, Any]:
    if not url:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(var_dir / "authservice.sqlite3")}
    scheme, _, _ = url.partition("://")
    wanted = "a postgresql:// URL, or sqlite:///path, or nothing at all"
    if scheme not in {"postgres", "postgresql", "sqlite"}:
        raise wrong("DATABASE_URL", f"{scheme[:10]}…", wanted)
    try:
        return dict(environ.Env.db_url_config(url))
    except ValueError:  # says what it met, which may be part of a password
        raise wrong("DATABASE_URL", f"{scheme}://…", wanted) from None


def _redis_url(reader: Reader) -> Secret:
    url = reader.secret("REDIS_URL")
    if url and (scheme := url.partition("://")[0]) not in {"redis", "rediss", "unix"}:
        raise wrong("REDIS_URL", f"{scheme[:10]}…", "a redis://, rediss:// or unix:// URL")
    return url


def _email(reader: Reader, default: str) -> dict[str, Any]:
    url = reader.secret("EMAIL_URL")
    try:
        return email_url.parse(url or default)
    except ValueError:
        raise wrong("EMAIL_URL", f"{url.partition('://')[0][:10]}…", email_url.WANTED) from None


def _sender(reader: Reader, host: str) -> str:
    """One mailbox (RFC 5322 section 3.4), with a name or without."""
    raw = reader.text("DEFAULT_FROM_EMAIL", f"no-reply@[{host}]" if ":" in host else f"no-reply@{host}")
    if not email_url.is_mailbox(raw):
        raise wrong("DEFAULT_FROM_EMAIL", raw, "one address, such as Accounts <no-reply@example.com>")
    return raw


def _secret_key(reader: Reader, var_dir: Path, *, embedded: bool) -> Secret:
    key = reader.secret("SECRET_KEY")
    if not key and embedded:
        return _kept_secret(var_dir / "secret_key")
    made = 'python -c "import secrets; print(secrets.token_urlsafe(64))"'
    if not key:
        raise ImproperlyConfigured(f"SECRET_KEY is required when DATABASE_URL is set; make one with: {made}")
    if (
        len(key) < SECRET_MIN_LENGTH
        or len(set(key)) < SECRET_MIN_DISTINCT
        or any(word in key.lower() for word in WELL_KNOWN_SECRETS)
    ):
        raise ImproperlyConfigured(f"SECRET_KEY is too weak or well known; make one with: {made}")
    return key


def _kept_secret(path: Path) -> Secret:
    """The secret that embedded mode makes once and keeps, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # two processes may start at once; one makes it, both read it
        if not (kept := file.read().strip()):
            kept = secrets.token_urlsafe(64)
            file.write(kept)
    return Secret(kept)


ENV: Final = read(os.environ)
