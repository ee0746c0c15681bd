"""The environment is read once, typed, and every mistake is named."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from authservice import env
from authservice.env import Environment
from authservice.reading import Secret

STRONG = "k3yW1thM4nyDifferentCharacters-" * 2
PRODUCTION = {
    "DATABASE_URL": "postgresql://service:pa%40ss@db.example:5432/auth?sslmode=require",
    "SECRET_KEY": STRONG,
    "ALLOWED_HOSTS": "auth.example.com",
    "AUTH_ISSUER": "https://auth.example.com/",
}


@pytest.fixture
def embedded(tmp_path: Path) -> dict[str, str]:
    return {"AUTHSERVICE_VAR": str(tmp_path / "var")}


def fault(source: Mapping[str, str]) -> str:
    with pytest.raises(ImproperlyConfigured) as refused:
        env.read(source)
    return str(refused.value)


def test_without_anything_said_the_mode_is_embedded(embedded: dict[str, str], tmp_path: Path) -> None:
    found = env.read(embedded)
    assert (found.embedded, found.port, found.web_concurrency, found.log_format) == (True, 8000, 1, "console")
    assert found.database["NAME"] == str(tmp_path / "var" / "authservice.sqlite3")
    assert found.allowed_hosts == ["localhost", "127.0.0.1", "[::1]", "authservice"]
    assert found.auth["AUTH_ISSUER"] == "http://localhost:8000"
    assert found.auth["AUTH_REGISTRATION"] == "open"


def test_embedded_mode_makes_one_secret_and_keeps_it_to_itself(embedded: dict[str, str], tmp_path: Path) -> None:
    first, second = env.read(embedded).secret_key, env.read(embedded).secret_key
    assert first == second
    assert len(first) > 80
    assert stat.S_IMODE((tmp_path / "var" / "secret_key").stat().st_mode) == 0o600


def test_the_port_is_in_the_issuer_of_embedded_mode(embedded: dict[str, str]) -> None:
    assert env.read({**embedded, "PORT": "9001"}).auth["AUTH_ISSUER"] == "http://localhost:9001"


def test_with_a_database_nothing_is_guessed() -> None:
    found = env.read(PRODUCTION)
    assert (found.embedded, found.log_format, found.debug, found.shutdown_grace) == (False, "json", False, 5)
    assert (found.database["HOST"], found.database["PASSWORD"]) == ("db.example", "pa@ss")
    assert found.database["OPTIONS"] == {"sslmode": "require"}
    assert found.auth["AUTH_ISSUER"] == "https://auth.example.com"
    assert found.auth["AUTH_REGISTRATION"] == "closed"


@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS", "AUTH_ISSUER"])
@pytest.mark.parametrize("value", [None, "", "  "])
def test_with_a_database_what_is_required_is_named(name: str, value: str | None) -> None:
    source = {key: text for key, text in PRODUCTION.items() if key != name} | ({} if value is None else {name: value})
    assert fault(source).startswith(f"{name} is required")


@pytest.mark.parametrize("key", ["short", "a" * 60, "django-insecure-" + STRONG, STRONG + "ChangeMe", "abcabc" * 20])
def test_a_weak_or_well_known_secret_is_refused_and_not_repeated(key: str) -> None:
    text = fault(PRODUCTION | {"SECRET_KEY": key})
    assert "too weak or well known" in text
    assert key not in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"), ("PORT", "65536"), ("PORT", "http"), ("PORT", "-1"), ("PORT", "8_000"), ("PORT", "٨٠"),
        ("PORT", "9" * 5000), ("DEBUG", "maybe"), ("LOG_LEVEL", "info"), ("LOG_FORMAT", "xml"),
        ("AUTH_ALGORITHM", "HS256"), ("AUTH_ALGORITHM", "none"), ("AUTH_REGISTRATION", "yes"),
        ("AUTH_BREACHED_PASSWORD_URL", "api.example.com/range"), ("AUTH_BREACHED_PASSWORD_URL", "ftp://x/range"),
        ("AUTH_BREACHED_PASSWORD_URL", "https:///range"), ("AUTH_BREACHED_PASSWORD_URL", "https://x/range?q="),
        ("AUTH_BREACHED_PASSWORD_URL", "https://[x/range"), ("AUTH_BREACHED_PASSWORD_URL", "https://u:p@x/range"),
        ("AUTH_PASSWORD_MIN_LENGTH", "7"), ("AUTH_ACCESS_LIFETIME", "5m"), ("AUTH_ACCESS_LIFETIME", "9"),
        ("AUTH_CLOCK_LEEWAY", "301"), ("TRUSTED_PROXIES", "10.0.0.0/33"), ("TRUSTED_PROXIES", "proxy.example"),
        ("REDIS_URL", "http://redis"), ("DATABASE_URL", "mysql://db/auth"),
        ("DATABASE_URL", "auth.sqlite3"), ("DATABASE_URL", "postgresql://a:b@db:port/auth"),
        ("AUTH_ISSUER", "auth.example.com"), ("AUTH_ISSUER", "ftp://auth.example.com"), ("AUTH_ISSUER", "https://"),
        ("AUTH_ISSUER", "https://auth.example.com?x=1"), ("AUTH_ISSUER", "https://auth.example.com#x"),
        ("AUTH_ISSUER", "https://["), ("AUTH_HASH_QUEUE", "-1"), ("AUTH_MAX_CONCURRENT_HASHES", "0"),
        ("AUTH_EMAIL_VERIFICATION", "on"), ("AUTH_DELETION_DELAY", "-1"), ("AUTH_DELETION_DELAY", "7776001"),
        ("AUTH_LOGIN_LIMITS", "account=10"), ("AUTH_LOGIN_LIMITS", "account=10/15m"),
        ("AUTH_MAIL_LIMITS", "account=5/1h"), ("AUTH_MAIL_LIMITS", "account=5/1h,address=0/1h"),
        ("AUTH_PASSWORD_RESET_URL", "https://app.example.com/reset"),
        ("AUTH_PASSWORD_RESET_URL", "https://app.example.com/reset?token={token}"),
        ("AUTH_PASSWORD_RESET_URL", "/reset#{token}"), ("AUTH_PASSWORD_RESET_URL", "https://[#{token}"),
        ("AUTH_EMAIL_VERIFY_URL", "javascript:alert(1)#{token}"),
    ],
)  # fmt: skip
def test_what_does_not_read_is_named_with_what_it_takes(name: str, value: str) -> None:
    text = fault(PRODUCTION | {name: value})
    assert text.startswith(f"{name} is ")
    assert "it takes" in text


def test_a_mistaken_url_shows_no_password() -> None:
    for name in ("DATABASE_URL", "REDIS_URL"):
        assert "hunter2" not in fault(PRODUCTION | {name: "mysql://service:hunter2@db/auth"})
    assert "hunter2" not in fault(PRODUCTION | {"DATABASE_URL": "postgresql://service:p@hunter2:x/auth"})
    for url in ("https://service:hunter2@api.example.com/range", "service:hunter2@api.example.com"):
        assert "hunter2" not in fault(PRODUCTION | {"AUTH_BREACHED_PASSWORD_URL": url})


@pytest.mark.parametrize(("text", "value"), [("on", True), ("TRUE", True), ("1", True), ("no", False), ("Off", False)])
def test_flags_read_in_every_common_way(text: str, value: bool) -> None:
    assert env.read(PRODUCTION | {"DEBUG": text}).debug is value


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("AUTH_AUDIENCE", " fleet , billing,, ", ["fleet", "billing"]),
        ("AUTH_ACCESS_CLAIMS", "groups,email", ["groups", "email"]),
        ("AUTH_KEY_ENCRYPTION_KEYS", f"{STRONG[::-1]},{STRONG}", [STRONG[::-1], STRONG]),
        ("AUTH_REFRESH_IDLE_LIFETIME", "3600", 3600),
        ("AUTH_EMAIL_VERIFICATION", "required", "required"),
        ("AUTH_EMAIL_VERIFY_URL", "", ""),
        (
            "AUTH_EMAIL_VERIFY_URL",
            "https://app.example.com/#/verify?t={token}",
            "https://app.example.com/#/verify?t={token}",
        ),
        ("AUTH_DELETION_DELAY", "604800", 604800),
    ],
)
def test_settings_of_the_app_read(name: str, text: str, value: Any) -> None:
    assert env.read(PRODUCTION | {name: text}).auth[name] == value


@pytest.mark.parametrize("url", ["redis://r:6379/0", "rediss://r/1", "unix:///run/redis.sock"])
def test_redis_is_named_by_url(url: str) -> None:
    assert env.read(PRODUCTION | {"REDIS_URL": url}).redis_url == url


def test_proxies_are_addresses_or_networks() -> None:
    found = env.read(PRODUCTION | {"TRUSTED_PROXIES": "10.0.0.0/8, 2001:db8::/32,192.0.2.1"})
    assert found.trusted_proxies == ["10.0.0.0/8", "2001:db8::/32", "192.0.2.1"]


def test_sqlite_by_url_is_no_embedded_mode(tmp_path: Path) -> None:
    found = env.read(PRODUCTION | {"DATABASE_URL": f"sqlite:///{tmp_path}/auth.sqlite3"})
    assert not found.embedded
    assert found.database["ENGINE"] == "django.db.backends.sqlite3"


def shown(found: Environment) -> str:
    return repr(found) + repr(found.auth) + repr(found.secret_key_fallbacks)


def test_secrets_hide_themselves() -> None:
    hidden = {
        "SECRET_KEY": STRONG,
        "SECRET_KEY_FALLBACKS": "fallback-one,fallback-two",
        "AUTH_KEY_ENCRYPTION_KEYS": "wrapping-one-0123456789-abcdefghij",
        "METRICS_TOKEN": "metrics-token",
        "REDIS_URL": "redis://:redis-password@r/0",
    }
    text = shown(env.read(PRODUCTION | hidden))
    for secret in (STRONG, "fallback-one", "fallback-two", "wrapping-one", "metrics-token", "redis-password", "pa@ss"):
        assert secret not in text


def test_a_secret_is_text_for_whoever_uses_it() -> None:
    secret = Secret("hunter2")
    assert (f"{secret}", secret + "!", repr(secret)) == ("hunter2", "hunter2!", "Secret('**********')")


def test_every_name_that_is_read_is_remembered_once() -> None:
    names = env.read(PRODUCTION).names
    assert len(names) == len(set(names)) > 30
    assert {"DATABASE_URL", "AUTH_LOGIN_LIMITS", "METRICS_TOKEN"} <= set(names)


@pytest.mark.parametrize("cores", [1, 2, 8, 64])
@pytest.mark.parametrize("threads", [3, 4, 8, 10, 11, 16, 64])
def test_by_default_hashes_leave_more_than_half_of_the_threads(
    monkeypatch: pytest.MonkeyPatch, cores: int, threads: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)), raising=False)
    for workers in (1, 4):
        found = env.read(PRODUCTION | {"SERVER_THREADS": str(threads), "WEB_CONCURRENCY": str(workers)}).auth
        hashes, queue = found["AUTH_MAX_CONCURRENT_HASHES"], found["AUTH_HASH_QUEUE"]
        assert (hashes + queue) * 2 < threads
        assert 1 <= hashes <= max(1, cores // workers)


def test_threads_without_room_for_the_wanted_queue_keep_one_hash() -> None:
    found = env.read(PRODUCTION | {"SERVER_THREADS": "8", "AUTH_HASH_QUEUE": "4"})
    assert found.auth["AUTH_MAX_CONCURRENT_HASHES"] == 1
