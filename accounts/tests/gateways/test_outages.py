"""Where authservice can not say yes, nobody gets through; and where it can not be asked, nobody waits for long, and
nobody is told "no".
"""

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import pytest

from accounts.tests.gateways.conftest import StartGateway
from accounts.tests.gateways.echo import Echo
from accounts.tests.gateways.gateways import KINDS, Gateway
from accounts.tests.gateways.people import Authservice, Person
from accounts.tests.gateways.sending import send
from accounts.tests.gateways.stand_in import StandIn, standing_in
from accounts.tests.gateways.test_identity import NAMES, identity
from accounts.tests.support.ports import free_port

pytestmark = pytest.mark.gateways

WITHIN_SECONDS: Final = 5
SAY_WHEN: Final = {"nginx", "caddy", "envoy"}
"""Traefik can't add a header to the answers of its own alone."""
NOT_YES: Final = (301, 302, 304, 400, 404, 405, 418, 429, 500, 502, 503, 504)


def assert_undecided(gateway: Gateway, application: Echo, token: str | None) -> None:
    began = time.monotonic()
    answer = send(gateway.port, "/orders", token=token)
    assert time.monotonic() - began < WITHIN_SECONDS
    assert answer.status == 503, answer
    assert application.paths == []
    if gateway.name in SAY_WHEN:
        assert answer.headers["Retry-After"] == "1"
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json["status"] == 503


def freeze(authservice: Authservice) -> None:
    """Return once it hangs: a signal takes its time to reach every thread."""
    authservice.server.freeze()
    with authservice.server.client(timeout_seconds=0.3) as client, suppress(TimeoutError):
        while client.get("/healthz").status == 200:
            time.sleep(0.01)


def test_while_authservice_hangs_nobody_gets_through_and_nobody_is_told_no(
    gateway: Gateway, application: Echo, authservice: Authservice, person: Person
) -> None:
    freeze(authservice)
    try:
        for token in (person.tokens.access, None):
            assert_undecided(gateway, application, token)
    finally:
        authservice.server.thaw()
    assert send(gateway.port, token=person.tokens.access).status == 200


def test_while_authservice_is_down_nobody_gets_through_and_nobody_is_told_no(
    gateway: Gateway, application: Echo, authservice: Authservice, person: Person
) -> None:
    authservice.server.kill()
    try:
        for token in (person.tokens.access, None):
            assert_undecided(gateway, application, token)
    finally:
        authservice.server.start()
    assert send(gateway.port, token=person.tokens.access).status == 200


@pytest.mark.parametrize("name", KINDS)
def test_a_gateway_that_starts_first_waits_for_authservice(
    start_gateway: StartGateway, application: Echo, authservice: Authservice, person: Person, name: str
) -> None:
    """Envoy's `jwt_authn` has no keys then, and would tell the holder of a good token that it is none."""
    authservice.server.kill()
    try:
        gateway = start_gateway(name, authservice=authservice.server.port)
        application.paths.clear()
        for token in (person.tokens.access, None):
            assert_undecided(gateway, application, token)
    finally:
        authservice.server.start()
    deadline = time.monotonic() + WITHIN_SECONDS
    while send(gateway.port, token=person.tokens.access).status != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize("name", KINDS)
def test_an_outage_of_the_service_behind_is_not_taken_for_authservices(
    start_gateway: StartGateway, authservice: Authservice, person: Person, name: str
) -> None:
    gateway = start_gateway(name, authservice=authservice.server.port, application=free_port())
    assert send(gateway.port, token=person.tokens.access).status == (503 if name == "envoy" else 502)
    assert send(gateway.port).status == 401


@pytest.fixture(scope="module")
def stand_in() -> Iterator[StandIn]:
    with standing_in(free_port()) as stand_in:
        yield stand_in


@pytest.fixture(scope="module", params=KINDS)
def before_stand_in(request: pytest.FixtureRequest, start_gateway: StartGateway, stand_in: StandIn) -> Gateway:
    return start_gateway(request.param, authservice=stand_in.port)


@pytest.mark.parametrize("status", NOT_YES)
def test_whatever_is_not_yes_lets_nobody_through(
    before_stand_in: Gateway, application: Echo, stand_in: StandIn, status: int
) -> None:
    stand_in.status = status
    assert send(before_stand_in.port, "/orders").status >= 300
    assert application.paths == []


def test_that_it_can_not_be_told_is_handed_on(before_stand_in: Gateway, stand_in: StandIn) -> None:
    stand_in.status = 503
    assert send(before_stand_in.port, "/orders").status == 503


def test_a_yes_that_names_nobody_lets_nobody_name_themselves(before_stand_in: Gateway, stand_in: StandIn) -> None:
    stand_in.status = 200
    seen = send(before_stand_in.port, "/orders", [(name, "forged") for name in NAMES]).seen
    assert set(identity(seen).values()) == {""}


def test_authservice_hears_nothing_forged_of_where_a_request_comes_from(
    before_stand_in: Gateway, stand_in: StandIn
) -> None:
    stand_in.status = 200
    stand_in.asked.clear()
    send(before_stand_in.port, "/orders", [("X-Forwarded-For", "203.0.113.9")])
    (asked,) = stand_in.asked
    assert "203.0.113.9" not in str(asked.get_all("X-Forwarded-For"))
