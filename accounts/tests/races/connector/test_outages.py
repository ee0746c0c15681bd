"""While the auth service can't be reached or makes no sense: what was last known for a while, then “can't tell”; never
a false “no”, and never a “yes” to whom it has refused.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import pytest

from accounts.principals import Origin, System
from accounts.services import suspension
from accounts.tests.races import people
from accounts.tests.races.connector import proxy as proxies
from accounts.tests.races.connector import shops as shop_processes
from accounts.tests.races.connector.conftest import Lone
from accounts.tests.races.connector.proxy import Fault, Proxy
from accounts.tests.races.connector.shops import Credentials
from accounts.tests.races.connector.watching import Watch, watch
from accounts.tests.support.factories import Tokens
from accounts.tests.support.forging import claims_of
from accounts.tests.support.processes import Server, Servers

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.processes,
    pytest.mark.slow,
    pytest.mark.timeout(120),
    pytest.mark.trials(short=1, long=1),
]

MAX_STALENESS_SECONDS: Final = 10.0
POLL_SECONDS: Final = 1.0
SLOWEST_SECONDS: Final = 2.2
"""A call takes 2 s at most. Who waits for a turn to make one goes without it once the first has gone unanswered."""

SLACK_SECONDS: Final = 0.5
OUTAGE_SECONDS: Final = 19.0
RECOVERS_WITHIN_SECONDS: Final = 6.0


@dataclass(frozen=True, slots=True)
class Outage:
    begin: Callable[[Lone, Proxy], None]
    end: Callable[[Lone, Proxy], None]
    is_direct: bool = False
    """The order service knows the auth server itself, not what stands between."""


def misbehaving(fault: Fault) -> Outage:
    def begin(lone: Lone, proxy: Proxy) -> None:
        proxy.fault = fault

    def end(lone: Lone, proxy: Proxy) -> None:
        proxy.fault = None

    return Outage(begin, end)


STOPPED = Outage(lambda lone, proxy: lone.auth.kill(), lambda lone, proxy: lone.auth.start(), is_direct=True)
HUNG = Outage(lambda lone, proxy: lone.auth.freeze(), lambda lone, proxy: lone.auth.thaw(), is_direct=True)
OUTAGES: Final = [
    pytest.param(STOPPED, id="stopped"),
    pytest.param(HUNG, id="hung"),
    *(
        pytest.param(misbehaving(fault), id=fault.__name__, marks=() if fault is proxies.html else pytest.mark.faults)
        for fault in (
            proxies.html,
            proxies.html_refusal,
            proxies.server_error,
            proxies.truncated,
            proxies.cut_off,
            proxies.ten_megabytes,
            proxies.trickling,
            proxies.slow,
            proxies.redirect,
        )
    ),
]


@dataclass(frozen=True, slots=True)
class Watched:
    """`good` stays good; `out` signed out before; `suspended` is suspended meanwhile."""

    good: Watch
    out: Watch
    suspended: Watch


@pytest.mark.parametrize("outage", OUTAGES)
def test_an_outage_is_neither_a_no_nor_a_lasting_yes(servers: Servers, lone: Lone, outage: Outage) -> None:
    with proxies.before(lone.auth) as proxy, ExitStack() as stack:
        url = lone.auth.url if outage.is_direct else proxy.url
        known = Credentials(url, lone.credentials.client_id, lone.credentials.secret)
        (shop,) = shop_processes.start(lone.shops, known)
        good, out, suspended = (people.sign_in(lone.auth, people.register(lone.auth)) for _ in range(3))
        watches = (stack.enter_context(watch(shop, each.access, pause_seconds=0.05)) for each in (good, out, suspended))
        watched = Watched(*watches)
        sign_out(lone.auth, out)
        watched.out.wait_for(401)
        time.sleep(2)  # the follower is up to date, and the mirror too
        stranger = people.sign_in(lone.auth, people.register(lone.auth))

        began = time.monotonic()
        outage.begin(lone, proxy)
        suspend(servers, suspended)
        assert_can_not_tell_of_a_stranger(shop, stranger)
        time.sleep(began + OUTAGE_SECONDS - time.monotonic())
        outage.end(lone, proxy)
        mended = time.monotonic()
        watched.good.wait_for(200, since=mended, seconds=RECOVERS_WITHIN_SECONDS)
        watched.suspended.wait_for(401, since=mended, seconds=RECOVERS_WITHIN_SECONDS)
        time.sleep(1)
    assert_promises_held(watched, began, mended)
    assert proxy.followed == []


def sign_out(auth: Server, tokens: Tokens) -> None:
    with auth.client() as client:
        assert client.post("/auth/logout", token=tokens.access).status == 204


def suspend(servers: Servers, tokens: Tokens) -> None:
    with servers.database.orm():
        user_id = UUID(claims_of(tokens.access)["sub"])
        suspension.suspend(user_id, reason="a trial", actor=System("test"), origin=Origin())


def assert_can_not_tell_of_a_stranger(shop: Server, stranger: Tokens) -> None:
    """Whoever was never here has no row yet, and the details can't be had."""
    with shop.client() as client:
        answer = client.get("/orders", token=stranger.access)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1"), answer


def assert_promises_held(watched: Watched, began: float, mended: float) -> None:
    stale_at = began + MAX_STALENESS_SECONDS
    certain = watched.good.between(began, stale_at - POLL_SECONDS - SLOWEST_SECONDS - SLACK_SECONDS)
    assert {each.status for each in certain} == {200}, certain
    for each in (watched.good, watched.suspended, watched.out):
        lasting = [seen for seen in each.between(stale_at + SLACK_SECONDS, mended) if seen.answered < mended]
        assert lasting
        assert {(seen.status, seen.retry_after) for seen in lasting} == {(503, "1")}, lasting
        slow = [
            seen for seen in each.between(began, mended) if seen.answered - seen.began > SLOWEST_SECONDS + SLACK_SECONDS
        ]
        assert slow == []
        late = [seen for seen in each.of(200) if stale_at + SLACK_SECONDS < seen.answered < mended]
        assert late == []
    assert {each.status for each in watched.good.seen} == {200, 503}
    assert {each.status for each in watched.suspended.between(mended, mended + 60)} <= {401, 503}
    refused_at = watched.out.of(401)[0].began
    assert {each.status for each in watched.out.between(refused_at, mended + 60)} == {401, 503}
