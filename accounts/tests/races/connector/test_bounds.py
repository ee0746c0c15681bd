"""“No” reaches a service that verifies by itself within 2 seconds, though no request there costs one elsewhere."""

import time
from collections import Counter
from contextlib import ExitStack
from typing import Final

import pytest

from accounts.tests.races.connector import changing, counting, shops
from accounts.tests.races.connector.changing import CHANGES, Change
from accounts.tests.races.connector.conftest import Fleet
from accounts.tests.races.connector.watching import Watch, watch
from accounts.tests.support.processes import Server
from accounts.tests.support.trials import Distributions

pytestmark = [pytest.mark.postgresql, pytest.mark.processes, pytest.mark.slow, pytest.mark.usefixtures("unhurried")]

BOUND_SECONDS: Final = 2.0
REFUSED_WITHIN_SECONDS: Final = 10.0
SETTLED_SECONDS: Final = 1.2
"""A “yes” that came back would show: the next poll of the log is done by then."""

WARM_REQUESTS: Final = 20


def warm_calls(fleet: Fleet, shop: Server, token: str, path: str) -> Counter[str]:
    """What so many requests cost the auth service, without what polls in its own rhythm."""
    before = counting.calls(fleet.auth.both)
    with shop.client() as client:
        assert {client.get(path, token=token).status for _ in range(WARM_REQUESTS)} == {200}
    asked = counting.calls(fleet.auth.both) - before
    return Counter({call: number for call, number in asked.items() if call not in counting.POLLED})


def wait_until_followed(fleet: Fleet, shop: Server) -> None:
    """From its first request on the service asks, until it has read the log."""
    deadline = time.monotonic() + REFUSED_WITHIN_SECONDS
    token = changing.make_person(fleet)
    while warm_calls(fleet, shop, token, changing.ORDERS):
        assert time.monotonic() < deadline


def make_all(fleet: Fleet, shop: Server) -> dict[str, str]:
    """A token for each change; people have been here before."""
    tokens = {name: change.make(fleet) for name, change in CHANGES.items()}
    for name, token in tokens.items():
        if CHANGES[name].path == changing.ORDERS:
            shops.order(shop, token)
    return tokens


def act(fleet: Fleet, change: Change, token: str) -> float:
    """When it returned."""
    with fleet.auth.here.client() as client:
        answer = change.act(client, fleet, token)
    returned = time.monotonic()
    assert answer.status < 300, answer
    return returned


def last_acceptances(fleet: Fleet, shop: Server, tokens: dict[str, str]) -> dict[str, float]:
    """For how long requests begun after each change returned were accepted; nothing but “yes” and “no” is heard."""
    with ExitStack() as stack:
        watches: dict[str, Watch] = {
            name: stack.enter_context(watch(shop, token, path=CHANGES[name].path, pause_seconds=0.01))
            for name, token in tokens.items()
        }
        returned = {name: act(fleet, CHANGES[name], token) for name, token in tokens.items()}
        for watched in watches.values():
            watched.wait_for(401, seconds=REFUSED_WITHIN_SECONDS)
        time.sleep(SETTLED_SECONDS)
    for watched in watches.values():
        assert {each.status for each in watched.seen} == {200, 401}
    return {name: watched.last_yes_after(returned[name]) for name, watched in watches.items()}


@pytest.mark.timeout(240)
@pytest.mark.trials(short=10, long=100)
def test_a_change_is_felt_in_a_remote_service_within_two_seconds_and_a_request_costs_no_call(
    fleet: Fleet, trials: int, distributions: Distributions
) -> None:
    (shop,) = shops.start(fleet.shops, fleet.credentials)
    wait_until_followed(fleet, shop)
    for _ in range(trials):
        tokens = make_all(fleet, shop)
        for name, token in tokens.items():
            assert warm_calls(fleet, shop, token, CHANGES[name].path) == {}, name
        for name, seconds in last_acceptances(fleet, shop, tokens).items():
            distributions[f"{name}: last acceptance"].append(seconds)
            assert seconds <= BOUND_SECONDS, name
