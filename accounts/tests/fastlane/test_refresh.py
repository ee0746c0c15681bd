"""`POST /auth/refresh` on both ways. Two tokens are never the same, so of the lane's it is asked what it says."""

import json
import threading
import time
from contextlib import closing
from typing import Any, Final

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from prometheus_client import REGISTRY
from pytest_django import Settings
from structlog.testing import capture_logs

from accounts.fastlane.plain import Environ
from accounts.models import AuditEvent, RevocationReason, Session, User
from accounts.tests.fastlane.ways import Said, Ways, differences, hits, request
from accounts.tests.support import factories
from accounts.tests.support.factories import Tokens
from accounts.tests.support.forging import claims_of, resigned
from accounts.tokens import compact

OTHERS_WAIT_SECONDS: Final = 3.0
EACH_ITS_OWN: Final = {"jti", "iat", "nbf", "exp", "gen"}


@pytest.fixture
def warm(ways: Ways, user: User) -> Ways:
    """Django has renewed somebody's session once."""
    ways.by_lane(ask(factories.sign_in(user).refresh))
    return ways


def ask(token: str, **changes: Any) -> Environ:
    return send(b'{"refresh":"%s"}' % token.encode(), **changes)


def send(body: bytes, **changes: Any) -> Environ:
    return request("POST", "/auth/refresh", body, **changes)


def newest(said: Said) -> str:
    assert said.status == "200 OK", said
    return str(json.loads(said.body)["refresh"])


def said_of(said: Said) -> tuple[Any, ...]:
    """What the two ways have to agree about."""
    body = json.loads(said.body)
    claims = [
        {name: value for name, value in claims_of(body.pop(token)).items() if name not in EACH_ITS_OWN}
        for token in ("access", "refresh")
    ]
    headers = [(name, value) for name, value in said.headers if name != "Content-Length"]
    return said.status, headers, list(body.items()), claims, said.request_id


def renewals(answer: str = "renewed") -> float:
    return REGISTRY.get_sample_value("authservice_refreshes_total", {"answer": answer}) or 0.0


def test_the_newest_token_gets_the_same_answer(warm: Ways, tokens: Tokens) -> None:
    before = warm.handed_on
    by_lane = warm.by_lane(ask(tokens.refresh))
    again = warm.by_lane(send(b'{"refresh": "%s"}' % newest(by_lane).encode()))
    assert warm.handed_on == before
    by_django = warm.by_django(ask(newest(again)))
    assert said_of(by_lane) == said_of(again) == said_of(by_django)
    generations = [claims_of(newest(said))["gen"] for said in (by_lane, again, by_django)]
    assert generations == [1, 2, 3]
    assert Session.objects.get(pk=claims_of(tokens.refresh)["sid"]).generation == 3


def test_the_one_before_is_djangos_to_answer_and_gets_the_newest_again(warm: Ways, tokens: Tokens) -> None:
    current = newest(warm.by_lane(ask(tokens.refresh)))
    before = warm.handed_on
    assert newest(warm.by_lane(ask(tokens.refresh))) == current
    assert warm.handed_on == before + 1
    assert warm.is_hit(ask(current))


def test_a_stolen_token_ends_the_session_once(warm: Ways, tokens: Tokens, user: User) -> None:
    stolen = resigned(tokens.refresh, claims={"iat": claims_of(tokens.refresh)["iat"] - 100})
    current = newest(warm.by_lane(ask(newest(warm.by_lane(ask(tokens.refresh))))))
    refused = warm.by_lane(ask(stolen))
    assert (refused.status, json.loads(refused.body)["code"]) == ("401 Unauthorized", "refresh_token_reused")
    assert AuditEvent.objects.filter(type="sessions.revoked", subject=user.pk).count() == 1
    assert json.loads(warm.by_lane(ask(current)).body)["code"] == "session_revoked"


def test_whatever_is_refused_is_djangos_to_refuse(warm: Ways, tokens: Tokens, user: User) -> None:
    suspended = factories.make_user("eve@example.com")
    out = factories.sign_in(suspended).refresh
    User.objects.filter(pk=suspended.pk).update(is_active=False)
    over = factories.sign_in(user)
    Session.objects.filter(pk=claims_of(over.refresh)["sid"]).revoke(RevocationReason.LOGOUT)
    environs = {
        "another signature": ask(tokens.refresh[:-4] + "AAAA"),
        "an access token": ask(tokens.access),
        "no token": ask("x"),
        "an empty token": ask(""),
        "a later generation of nobody's": ask(resigned(tokens.refresh, claims={"sid": str(user.pk)})),
        "of a session that is over": ask(over.refresh),
        "of somebody suspended": ask(out),
        "no member": send(b"{}"),
        "twice": send(b'{"refresh":"%s","refresh":"x"}' % tokens.refresh.encode()),
        "beside another": send(b'{"refresh":"x","more":"%s"}' % tokens.refresh.encode()),
        "no JSON": send(b'{"refresh":"x"'),
        "a query": ask("x", QUERY_STRING="x=1"),
        "another host": ask(tokens.refresh, HTTP_HOST="evil.example"),
        "HTML accepted": ask("x", HTTP_ACCEPT="text/html"),
        "GET": ask(tokens.refresh, REQUEST_METHOD="GET"),
        "a form": ask(tokens.refresh, CONTENT_TYPE="application/x-www-form-urlencoded"),
        "a very long body": ask("x" * 9000),
    }
    assert differences(warm, environs) == {}
    assert hits(warm, environs) == set()
    assert warm.is_hit(ask(tokens.refresh))


@pytest.mark.parametrize(
    "changes",
    [
        {"HTTP_ORIGIN": "https://app.example.com"},
        {"HTTP_COOKIE": "x=1"},
        {"HTTP_X_AUTH_TRANSPORT": "cookie"},
        {"HTTP_X_CSRF_TOKEN": "x"},
        {"QUERY_STRING": "x=1"},
        {"HTTP_EXPECT": "100-continue"},
        {"CONTENT_LENGTH": "4000"},
        {"PATH_INFO": "/auth/refresh/"},
    ],
)
def test_what_is_remarkable_is_djangos_to_answer(warm: Ways, tokens: Tokens, changes: Environ) -> None:
    assert not warm.is_hit(ask(tokens.refresh, **changes))


def test_each_is_told_and_counted_once(warm: Ways, tokens: Tokens) -> None:
    renewed, refused = renewals(), renewals("invalid_refresh_token")
    with capture_logs() as lines:
        assert warm.is_hit(ask(tokens.refresh))
    assert [(line["event"], line["outcome"]) for line in lines] == [("refresh", "success")]
    with capture_logs() as lines:
        assert not warm.is_hit(ask("x.y.z"))
    assert [line["outcome"] for line in lines if line["event"] == "refresh"] == ["failure"]
    assert (renewals(), renewals("invalid_refresh_token")) == (renewed + 1, refused + 1)


def test_a_token_that_would_be_too_large_leaves_the_session_as_it_is(
    warm: Ways, tokens: Tokens, settings: Settings
) -> None:
    known, settings.AUTH_AUDIENCE = settings.AUTH_AUDIENCE, ["x" * compact.MAX_LENGTH]
    assert json.loads(warm.by_lane(ask(tokens.refresh)).body)["code"] == "token_too_large"
    assert Session.objects.get(pk=claims_of(tokens.refresh)["sid"]).generation == 0
    settings.AUTH_AUDIENCE = known
    assert warm.is_hit(ask(tokens.refresh))


def test_a_renewal_is_told_under_the_id_that_is_answered(
    warm: Ways, tokens: Tokens, caplog: pytest.LogCaptureFixture
) -> None:
    said = warm.by_lane(ask(tokens.refresh, HTTP_X_REQUEST_ID="no sane one"))
    (line,) = [record.msg for record in caplog.records if "'refresh'" in str(record.msg)][-1:]
    assert said.request_id != "no sane one"
    assert line["request_id"] == said.request_id  # type: ignore[index]  # structlog's own form of a line


@pytest.mark.postgresql
def test_whoever_holds_the_session_is_waited_for_once(warm: Ways, tokens: Tokens) -> None:
    held, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with closing(connection), transaction.atomic():
            Session.objects.select_for_update(no_key=True).get(pk=claims_of(tokens.refresh)["sid"])
            held.set()
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(3.5)")  # within a statement: nobody cuts it off
            may_end.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(10)
    began = time.monotonic()
    try:
        assert warm.by_lane(ask(tokens.refresh)).status.startswith("503")
        assert time.monotonic() - began <= OTHERS_WAIT_SECONDS
    finally:
        may_end.set()
        holder.join(10)
    assert warm.is_hit(ask(tokens.refresh))


def test_the_newest_takes_two_statements(warm: Ways, tokens: Tokens) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert warm.is_hit(ask(tokens.refresh))
    assert [query["sql"].split()[0] for query in captured.captured_queries] == ["SELECT", "UPDATE"]
