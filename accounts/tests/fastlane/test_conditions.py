"""The lane is open where it is asked for and knows all that Django heeds; of what it does not know it stays out."""

from collections.abc import Iterable
from typing import Any

import pytest
from pytest_django import Settings
from structlog.testing import capture_logs

from accounts.fastlane import conditions
from accounts.tests.fastlane.ways import Ways, verify
from accounts.tests.support.factories import Tokens
from authservice import wsgi


@pytest.fixture(autouse=True)
def _asked_for(settings: Settings) -> None:
    """Also where the suite runs without it."""
    settings.AUTH_FASTLANE = True


def test_as_delivered_it_is_open() -> None:
    assert conditions.obstacle() == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AUTH_FASTLANE", False), ("DEBUG", True), ("USE_X_FORWARDED_HOST", True), ("SECURE_SSL_REDIRECT", True),
        ("SECURE_HSTS_SECONDS", 60), ("PREPEND_WWW", True), ("DISALLOWED_USER_AGENTS", ["x"]),
        ("SECURE_PROXY_SSL_HEADER", ("HTTP_X_FORWARDED_PROTO", "https")), ("FORCE_SCRIPT_NAME", "/x"),
        ("MIDDLEWARE", ["somebody.elses.Middleware"]),
    ],
)  # fmt: skip
def test_another_setting_shuts_it(settings: Settings, name: str, value: object) -> None:
    setattr(settings, name, value)
    assert conditions.obstacle() == name

    def django(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return []

    assert wsgi.hurried(django) is django


def test_who_debugs_gets_a_line_for_each_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("logging.Logger.isEnabledFor", lambda *_: True)
    assert conditions.obstacle() == "LOG_LEVEL"


def test_no_line_tells_of_a_yes(warm: Ways, tokens: Tokens) -> None:
    with capture_logs() as lines:
        warm.by_lane(verify(tokens.access))
    assert lines == []


@pytest.mark.parametrize("header", [("Set-Cookie", "a=b"), ("Server-Timing", "db;dur=1"), ("X-Own", "1")])
def test_a_header_that_may_be_somebodys_keeps_it_out(ways: Ways, tokens: Tokens, header: tuple[str, str]) -> None:
    django = ways.django

    def adding(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return django(environ, lambda status, headers, *rest: start_response(status, [*headers, header], *rest))

    ways.django = adding
    with capture_logs() as lines:
        for _ in range(3):
            assert header in ways.by_lane(verify(tokens.access)).headers
    assert [line["headers"] for line in lines if line["event"] == "fastlane_stays_out"] == [[header[0]]]
    assert ways.handed_on == 3


def test_nothing_is_learnt_from_a_refusal(ways: Ways, tokens: Tokens) -> None:
    ways.by_lane(verify("x"))
    assert not ways.is_hit(verify(tokens.access))
    assert ways.is_hit(verify(tokens.access))


def test_a_fault_of_the_lanes_own_is_djangos_to_answer(
    warm: Ways, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("accounts.fastlane.believing.believe", broken)
    with capture_logs() as lines:
        assert warm.by_lane(verify(tokens.access)).status == "200 OK"
    assert [line["event"] for line in lines] == ["fastlane_failed", "request"]
