"""Faults that are nobody's outage: clocks that are off, made-up keys, a thread that dies."""

import time
from typing import Final
from uuid import uuid4

import pytest

from accounts.tests.races import people
from accounts.tests.races.connector import counting, revoking
from accounts.tests.races.connector import shops as shop_processes
from accounts.tests.races.connector.conftest import Lone
from accounts.tests.races.connector.revoking import BOUND_SECONDS
from accounts.tests.races.connector.under_faults import KILL
from accounts.tests.races.connector.watching import watch
from accounts.tests.support import forging
from accounts.tests.support.postgresql import PostgreSQL
from accounts.tests.support.processes import Server, Servers

pytestmark = [pytest.mark.postgresql, pytest.mark.processes, pytest.mark.slow, pytest.mark.trials(short=1, long=1)]

JWKS: Final = "GET .well-known/jwks.json"
FLOOD: Final = 300
HOUR: Final = 3600


@pytest.mark.parametrize("seconds", [30, -30])
def test_clocks_thirty_seconds_apart_are_tolerated(servers: Servers, lone: Lone, seconds: int) -> None:
    (shop,) = shop_processes.start(lone.shops, lone.credentials, env={"CLOCK_AHEAD_SECONDS": str(seconds)})
    assert revoking.last_yes(servers, lone.auth, shop) <= BOUND_SECONDS


def test_a_clock_ninety_seconds_behind_is_a_clear_refusal(servers: Servers, lone: Lone) -> None:
    (shop,) = shop_processes.start(lone.shops, lone.credentials, env={"CLOCK_AHEAD_SECONDS": "-90"})
    token = people.sign_in(lone.auth, people.register(lone.auth)).access
    with shop.client() as client:
        answer = client.get("/orders", token=token)
    told = {"code": "token_invalid", "detail": "The token is not valid yet; compare the clocks."}
    assert (answer.status, answer.json) == (401, told)


def test_a_clock_ninety_seconds_ahead_ends_tokens_early_and_revocations_are_felt_in_time(
    servers: Servers, lone: Lone
) -> None:
    (shop,) = shop_processes.start(lone.shops, lone.credentials, env={"CLOCK_AHEAD_SECONDS": "90"})
    assert revoking.last_yes(servers, lone.auth, shop) <= BOUND_SECONDS
    token = people.sign_in(lone.auth, people.register(lone.auth)).access
    now = int(time.time())
    with servers.database.orm():
        ending, lasting = (
            forging.resigned(token, claims={"iat": now - 200, "nbf": now - 200, "exp": now + left}) for left in (55, 85)
        )
    assert people.verify(lone.auth, ending).status == 200
    with shop.client() as client:
        assert client.get("/orders", token=lasting).status == 200
        answer = client.get("/orders", token=ending)
    told = {"code": "token_expired", "detail": "The token was good and is over; refresh it."}
    assert (answer.status, answer.json) == (401, told)


def test_made_up_keys_cause_one_fetch_and_hold_nobody_up(servers: Servers, lone: Lone) -> None:
    """An old token of theirs is refused, by a set that is younger; of a new one nobody can tell for some seconds."""
    (shop,) = shop_processes.start(lone.shops, lone.credentials)
    token = people.sign_in(lone.auth, people.register(lone.auth)).access
    shop_processes.order(shop, token)
    time.sleep(2)
    now = int(time.time())
    with servers.database.orm():
        new = [forging.resigned(token, header={"kid": uuid4().hex}) for _ in range(FLOOD)]
        dates = {"iat": now - HOUR, "nbf": now - HOUR}
        old = [forging.resigned(token, header={"kid": uuid4().hex}, claims=dates) for _ in range(FLOOD)]
    before = counting.calls([lone.auth])
    with shop.client() as client, watch(shop, token, pause_seconds=0.05) as watched:
        assert {client.get("/orders", token=each).status for each in old} == {401}
        answers = [client.get("/orders", token=each) for each in new]
    assert {answer.status for answer in answers} == {503}
    assert all(1 <= int(answer.headers["Retry-After"]) <= 30 for answer in answers)
    assert {each.status for each in watched.seen} == {200}
    asked = counting.calls([lone.auth]) - before
    assert asked[JWKS] == 1
    assert set(asked) <= {JWKS, *counting.POLLED}


@pytest.mark.parametrize("thread", ["authservice-follower", "authservice-mirror"])
def test_a_thread_that_dies_is_started_again_and_nothing_is_missed(
    servers: Servers, lone: Lone, postgresql: PostgreSQL, thread: str
) -> None:
    (shop,) = shop_processes.start(lone.shops, lone.credentials, env={"CLOCK_AHEAD_SECONDS": "0"})
    assert revoking.last_yes(servers, lone.auth, shop) <= BOUND_SECONDS
    with shop.client() as client:
        assert client.get(f"{KILL}{thread}").json == 1
        time.sleep(6)  # it dies when it wakes up, which the mirror's does every 5 s
    assert revoking.last_yes(servers, lone.auth, shop) <= BOUND_SECONDS
    revoking.delete_owner(servers, lone.auth, shop, postgresql, lone.shops.database)
    assert calls_of_a_known_caller(lone, shop) <= counting.POLLED  # it verifies by itself again


def calls_of_a_known_caller(lone: Lone, shop: Server) -> set[str]:
    """What their requests of three seconds cost the auth service."""
    token = people.sign_in(lone.auth, people.register(lone.auth)).access
    shop_processes.order(shop, token)
    before = counting.calls([lone.auth])
    with watch(shop, token, pause_seconds=0.05):
        time.sleep(3)
    return set(counting.calls([lone.auth]) - before)
