"""Who does not get through, and what they are told."""

import time
from collections.abc import Callable
from typing import Final

import pytest

from accounts.services import suspension
from accounts.services.clients import clients
from accounts.tests.gateways.echo import Echo
from accounts.tests.gateways.gateways import Gateway
from accounts.tests.gateways.people import OPERATOR, ORIGIN, Authservice, Person, Service
from accounts.tests.gateways.sending import Answer, Headers, send
from accounts.tests.support.forging import resigned

pytestmark = pytest.mark.gateways

FELT_WITHIN_SECONDS: Final = 1.0


def assert_refused(answer: Answer, status: int) -> None:
    """With a problem document; a 401 challenges (RFC 6750 section 3)."""
    assert answer.status == status, answer
    assert answer.headers["Content-Type"].partition(";")[0] == "application/problem+json"
    assert answer.json["status"] == status
    assert answer.json["title"]


def assert_challenged(answer: Answer, *, for_token: bool) -> None:
    assert_refused(answer, 401)
    challenge = answer.headers["WWW-Authenticate"]
    assert challenge.startswith("Bearer realm=")
    assert ('error="invalid_token"' in challenge) == for_token


def test_nobody_gets_through_without_a_token(gateway: Gateway, application: Echo) -> None:
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"):
        answer = send(gateway.port, method=method)
        if method == "HEAD":
            assert (answer.status, answer.body) == (401, b"")
        else:
            assert_challenged(answer, for_token=False)
    assert application.paths == []


@pytest.mark.parametrize(
    "sent",
    [
        [("Authorization", "Bearer")],
        [("Authorization", "Bearer a.b.c")],
        [("Authorization", "bearer a.b.c")],
        [("Authorization", "Bearer " + "x" * 4000)],
        [("Authorization", "Basic YWRhOnBhc3N3b3Jk")],
    ],
    ids=lambda sent: sent[0][1][:12],
)
def test_garbage_opens_nothing(gateway: Gateway, application: Echo, sent: Headers) -> None:
    assert_challenged(send(gateway.port, headers=sent), for_token=True)
    assert application.paths == []


def test_one_good_token_of_two_opens_nothing(gateway: Gateway, application: Echo, person: Person) -> None:
    good, bad = ("Authorization", f"Bearer {person.tokens.access}"), ("Authorization", "Bearer a.b.c")
    for headers in ([good, bad], [bad, good]):
        assert send(gateway.port, headers=headers).status in {400, 401}
    assert application.paths == []


def test_a_token_in_the_query_opens_nothing(gateway: Gateway, application: Echo, person: Person) -> None:
    assert_challenged(send(gateway.port, f"/orders?access_token={person.tokens.access}"), for_token=False)
    assert application.paths == []


def test_a_refresh_token_opens_nothing(gateway: Gateway, application: Echo, person: Person) -> None:
    assert_challenged(send(gateway.port, token=person.tokens.refresh), for_token=True)
    assert application.paths == []


def test_an_expired_token_opens_nothing(
    gateway: Gateway, application: Echo, authservice: Authservice, person: Person
) -> None:
    hour_ago = int(time.time()) - 3600
    with authservice.inside():
        expired = resigned(person.tokens.access, claims={"iat": hour_ago, "nbf": hour_ago, "exp": hour_ago + 300})
    assert_challenged(send(gateway.port, token=expired), for_token=True)
    assert application.paths == []


def test_a_suspended_person_does_not_get_through(
    gateway: Gateway, application: Echo, authservice: Authservice, person: Person
) -> None:
    def suspend() -> None:
        with authservice.inside():
            suspension.suspend(person.user_id, reason="case 4711", actor=OPERATOR, origin=ORIGIN)

    assert_felt(gateway, application, person.tokens.access, suspend)


def test_a_session_that_ended_does_not_get_through(
    gateway: Gateway, application: Echo, authservice: Authservice, person: Person
) -> None:
    def sign_out() -> None:
        with authservice.server.client() as client:
            assert client.post("/auth/logout", token=person.tokens.access).status == 204

    assert_felt(gateway, application, person.tokens.access, sign_out)


def test_a_disabled_service_does_not_get_through(
    gateway: Gateway, application: Echo, authservice: Authservice, service: Service
) -> None:
    def disable() -> None:
        with authservice.inside():
            clients.change(service.client_id, {"is_active": False}, actor=OPERATOR, origin=ORIGIN)

    assert_felt(gateway, application, service.token, disable)


def assert_felt(gateway: Gateway, application: Echo, token: str, revoke: Callable[[], None]) -> None:
    """Good until then; nothing that begins a second after it returned gets through."""
    assert send(gateway.port, token=token).status == 200
    revoke()
    deadline = time.monotonic() + FELT_WITHIN_SECONDS
    while send(gateway.port, token=token).status == 200:
        assert time.monotonic() < deadline
    time.sleep(max(0.0, deadline - time.monotonic()))
    application.paths.clear()
    assert_challenged(send(gateway.port, token=token), for_token=True)
    assert application.paths == []


def test_a_group_is_demanded(gateway: Gateway, application: Echo, authservice: Authservice, service: Service) -> None:
    outsider, insider = authservice.person("staffing", "Staff"), authservice.person("staff", "others")
    for token in (outsider.tokens.access, service.token):
        assert_refused(send(gateway.port, "/staff/reports", token=token), 403)
    assert_challenged(send(gateway.port, "/staff/reports"), for_token=False)
    assert application.paths == []
    assert send(gateway.port, "/staff/reports", token=insider.tokens.access).seen.named("X-Auth-Groups") == [
        "others,staff"
    ]


def test_a_scope_is_demanded(gateway: Gateway, application: Echo, authservice: Authservice, person: Person) -> None:
    outsider, insider = authservice.service("orders:sync2", "orders"), authservice.service("orders:sync", "b")
    for token in (outsider.token, person.tokens.access):
        answer = send(gateway.port, "/sync/orders", token=token)
        assert_refused(answer, 403)
    assert application.paths == []
    assert send(gateway.port, "/sync/orders", token=insider.token).status == 200
