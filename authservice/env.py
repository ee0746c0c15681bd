"""The only reader of the environment: typed, loud about mistakes, and silent about secrets."""

import fcntl
import ipaddress
import os
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from accounts import conf

BASE_DIR: Final = Path(__file__).resolve().parent.parent
EMBEDDED_HOSTS: Final = ["localhost", "127.0.0.1", "[::1]", "authservice"]
WELL_KNOWN_SECRETS: Final = ("secret", "changeme", "change-me", "django-insecure", "your-secret", "insecure", "example")
DIGITS: Final = re.compile(r"[0-9]{1,12}")
SECRET_MIN_LENGTH: Final = 50  # Django's own security.W009 measures the same way
ENCRYPTION_KEY_MIN_LENGTH: Final = 32
SECRET_MIN_DISTINCT: Final = 10


class Secret(str):
    """Text that hides itself in representations, so that a dump of the settings tells nothing."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret('**********')"


@dataclass(slots=True)
class Reader:
    """Reads single variables; remembers every name it was asked for, so that the documents can be checked."""

    source: Mapping[str, str]
    names: list[str] = field(default_factory=list)

    def text(self, name: str, default: str = "") -> str:
        self.names.append(name)
        return self.source.get(name, "").strip() or default

    def secret(self, name: str) -> Secret:
        return Secret(self.text(name))

    def listing(self, name: str, default: Iterable[str] = ()) -> list[str]:
        return [item for part in self.text(name).split(",") if (item := part.strip())] or list(default)

    def whole(self, name: str, default: int, *, minimum: int, maximum: int = 2**31 - 1) -> int:
        raw = self.text(name, str(default))
        if not DIGITS.fullmatch(raw) or not minimum <= int(raw) <= maximum:
            raise wrong(name, raw, f"a whole number from {minimum} to {maximum}")
        return int(raw)

    def flag(self, name: str, *, default: bool) -> bool:
        raw = self.text(name, "on" if default else "off").lower()
        if raw in {"1", "true", "on", "yes"}:
            return True
        if raw in {"0", "false", "off", "no"}:
            return False
        raise wrong(name, raw, "on or off")

    def choice(self, name: str, default: str, options: Iterable[str]) -> str:
        raw = self.text(name, default)
        if raw not in options:
            raise wrong(name, raw, "one of " + ", ".join(options))
        return raw

    def networks(self, name: str) -> list[str]:
        values = self.listing(name)
        for value in values:
            try:
                ipaddress.ip_network(value, strict=False)
            except ValueError:
                raise wrong(name, value, "addresses or networks such as 10.0.0.0/8, separated by commas") from None
        return values


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
        auth=_auth(reader, port=port, embedded=embedded)
        | _hashing(reader, cores=cores // web_concurrency, threads=server_threads),
        names=tuple(reader.names),
    )


def wrong(name: str, value: str, wanted: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name} is {value!r}; it takes {wanted}.")


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
        "AUTH_KEY_ENCRYPTION_KEYS": _encryption_keys(reader),
        "AUTH_KEY_ROTATION_AGE": reader.whole("AUTH_KEY_ROTATION_AGE", 90 * 86_400, minimum=3600),
        "AUTH_REGISTRATION": reader.choice("AUTH_REGISTRATION", "open" if embedded else "closed", ["open", "closed"]),
        "AUTH_PASSWORD_MIN_LENGTH": reader.whole("AUTH_PASSWORD_MIN_LENGTH", 15, minimum=8, maximum=128),
        "AUTH_LOGIN_LIMITS": _login_limits(reader),
        "AUTH_FASTLANE": reader.flag("AUTH_FASTLANE", default=True),
    }


def _hashing(reader: Reader, *, cores: int, threads: int) -> dict[str, int]:
    """By default under half of the threads may be held by hashes, so that verification never waits behind them."""
    room = max((threads - 1) // 2, 1)
    queue = reader.whole("AUTH_HASH_QUEUE", min(4, room - 1), minimum=0)
    hashes = reader.whole("AUTH_MAX_CONCURRENT_HASHES", max(1, min(cores, room - queue)), minimum=1)
    return {"AUTH_HASH_QUEUE": queue, "AUTH_MAX_CONCURRENT_HASHES": hashes}


def _login_limits(reader: Reader) -> str:
    raw = reader.text("AUTH_LOGIN_LIMITS", "account=10/15m,address=100/15m")
    wanted = "both limits, such as account=10/15m,address=100/15m"
    try:
        names = set(conf.parse_limits(raw))
    except ValueError:
        raise wrong("AUTH_LOGIN_LIMITS", raw, wanted) from None
    if names != {"account", "address"}:
        raise wrong("AUTH_LOGIN_LIMITS", raw, wanted)
    return raw


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
